/* SPDX-License-Identifier: Apache-2.0
 *
 * The container of saved state; see state.h. Header: magic "EGSTATE1", u32 version,
 * u32 zero, u64 engine bytes, u64 alerts bytes, u64 XXH3-64 of all that follows: engine, alerts,
 * and behind them the words.
 */
#include "alert/state.h"

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <xxhash.h>

#include "alert/alert.h"
#include "base/pack.h"
#include "detect/engine.h"
#include "model/words.h"

enum { STATE_VERSION = 2, /* 1 had no words */ STATE_HEADER = 8 + 4 + 4 + 8 + 8 + 8 };

static const char state_magic[8] = { 'E', 'G', 'S', 'T', 'A', 'T', 'E', '1' };

int state_save(const struct engine *engine, const struct alerts *alerts, const struct words *words,
	       struct buf *out)
{
	_cleanup_buf_ struct buf all = BUF_INIT;
	size_t engine_len, alerts_len;
	int err = engine_save(engine, &all);

	engine_len = all.len;
	if (!err)
		err = alerts_save(alerts, &all);
	alerts_len = all.len - engine_len;
	if (!err && words)
		err = words_save(words, &all);
	if (err)
		return err;
	buf_add(out, state_magic, sizeof(state_magic));
	pack_u32(out, STATE_VERSION);
	pack_u32(out, 0);
	pack_u64(out, engine_len);
	pack_u64(out, alerts_len);
	pack_u64(out, XXH3_64bits(all.data, all.len));
	buf_add(out, all.data, all.len);
	return all.error ? all.error : out->error;
}

/* What is behind the alerts; nothing there: nothing was said. */
static int load_words(struct words *words, struct names *names, const void *data, size_t len)
{
	int err = words && len ? words_load(words, data, len) : 0;

	return !err && words ? words_mark(words, names) : err;
}

int state_load(struct engine *engine, struct alerts *alerts, struct words *words,
	       struct names *names, const void *data, size_t len)
{
	const unsigned char *bytes = data, *body = bytes + STATE_HEADER;
	struct unpack w = { .p = bytes + sizeof(state_magic), .end = bytes + len };
	uint64_t engine_len, alerts_len, rest;
	uint32_t version;
	int err;

	if (len < STATE_HEADER || memcmp(bytes, state_magic, sizeof(state_magic)) != 0)
		return -EBADMSG;
	version = unpack_u32(&w);
	if (version < 1 || version > STATE_VERSION || unpack_u32(&w) != 0)
		return -EBADMSG;
	rest = len - STATE_HEADER;
	engine_len = unpack_u64(&w);
	alerts_len = unpack_u64(&w);
	if (engine_len > rest || alerts_len > rest - engine_len ||
	    (version == 1 && alerts_len != rest - engine_len))
		return -EBADMSG;
	if (unpack_u64(&w) != XXH3_64bits(body, rest))
		return -EBADMSG;
	err = load_words(words, names, body + engine_len + alerts_len,
			 rest - engine_len - alerts_len);
	if (!err)
		err = engine_load(engine, body, engine_len);
	return err ? err : alerts_load(alerts, body + engine_len, alerts_len, names);
}
