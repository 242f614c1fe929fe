/* SPDX-License-Identifier: Apache-2.0
 *
 * Words across restarts. Those of the configuration are known by their id and only
 * what they used is saved; the others are saved key by key as they were said, and go
 * through the same checks when they are read again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/pack.h"
#include "model/words_internal.h"

enum {
	WORDS_MAGIC = 0x57574745, /* "EGWW" */
	WORDS_VERSION = 1,
};

static void put_said(struct buf *out, const struct declaration *said)
{
	uint32_t count = 0;

	for (size_t i = 0; i < declaration_key_count; i++)
		count += said->given >> i & 1;
	pack_u32(out, count);
	for (size_t i = 0; i < declaration_key_count; i++) {
		_cleanup_buf_ struct buf value = BUF_INIT;

		if (!declaration_value(said, i, &value))
			continue;
		pack_str(out, declaration_keys[i].name);
		pack_str(out, value.data ? value.data : "");
		if (value.error)
			out->error = value.error;
	}
}

int words_save(const struct words *w, struct buf *out)
{
	pack_u32(out, WORDS_MAGIC);
	pack_u32(out, WORDS_VERSION);
	pack_u32(out, (uint32_t)w->count);
	for (size_t i = 0; i < w->count; i++) {
		const struct word *word = &w->entry[i].word;

		pack_u8(out, (uint8_t)word->said.kind);
		pack_u8(out, word->from_config);
		pack_str(out, word->by);
		pack_u64(out, (uint64_t)word->made_ts);
		pack_u64(out, (uint64_t)word->period);
		pack_u64(out, word->used_bytes);
		pack_u64(out, word->over_bytes);
		pack_u64(out, word->read_bytes);
		put_said(out, &word->said);
	}
	return out->error;
}

/* False: well-formed, but no declaration of this version (or the bytes are bad: u->bad). */
static bool get_said(struct unpack *u, enum word_kind kind, struct declaration *ret)
{
	bool good = true;
	_cleanup_buf_ struct buf why = BUF_INIT;
	uint32_t count = unpack_u32(u);

	declaration_init(ret, kind);
	for (uint32_t i = 0; i < count && !u->bad; i++) {
		const char *key = unpack_str(u), *value = unpack_str(u);

		good = good && !u->bad && declaration_set(ret, key, value, &why) == 0;
	}
	/* lasting: the configuration's too; an expired one is no error */
	return good && !u->bad && declaration_check(ret, true, &why) == 0;
}

/* One saved word into `w`, which it may know from the configuration. */
static int get_word(struct unpack *u, struct words *w)
{
	struct word read = { .id = 0 }, *word;
	uint8_t kind = unpack_u8(u);
	uint64_t hash;
	bool good;
	int err;

	if (kind >= WORD_KINDS)
		return -EBADMSG;
	read.from_config = unpack_u8(u) != 0;
	snprintf(read.by, sizeof(read.by), "%s", unpack_str(u));
	read.made_ts = (int64_t)unpack_u64(u);
	read.period = (int64_t)unpack_u64(u);
	read.used_bytes = unpack_u64(u);
	read.over_bytes = unpack_u64(u);
	read.read_bytes = unpack_u64(u);
	good = get_said(u, (enum word_kind)kind, &read.said);
	if (u->bad)
		return -EBADMSG;
	if (!good)
		return 0; /* one word less must not cost the baseline beside it */
	err = words_digest(&read.said, &hash);
	if (err)
		return err;
	word = words_find_hash(w, hash);
	if (!word && read.from_config)
		return 0; /* no longer there */
	if (!word) {
		word = words_join(w, &read.said, hash);
		if (!word)
			return 0; /* the configuration has taken its room */
		memcpy(word->by, read.by, sizeof(word->by));
	}
	word->made_ts = read.made_ts;
	word->period = read.period;
	word->used_bytes = read.used_bytes;
	word->over_bytes = read.over_bytes;
	word->read_bytes = read.read_bytes;
	return 0;
}

int words_load(struct words *w, const void *data, size_t len)
{
	struct unpack u = { .p = data, .end = (const unsigned char *)data + len };
	_cleanup_free_ struct words *fresh = malloc(sizeof(*fresh));
	uint32_t count;
	int err = 0;

	if (!fresh)
		return -ENOMEM;
	*fresh = *w;
	if (unpack_u32(&u) != WORDS_MAGIC || unpack_u32(&u) != WORDS_VERSION)
		return -EBADMSG;
	count = unpack_u32(&u);
	while (count-- && !err && !u.bad)
		err = get_word(&u, fresh);
	if (!err && (u.bad || u.p != u.end))
		err = -EBADMSG;
	if (!err)
		*w = *fresh;
	return err;
}
