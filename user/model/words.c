/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of what was said, and who matches; see words.h.
 */
#include "model/words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "model/words_internal.h"

enum { FIRST_KEYS = 12 }; /* of a declaration, when ids began: each counts, said or not */

int words_new(struct words **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void words_free(struct words *w)
{
	free(w);
}

size_t words_size(const struct words *w)
{
	return w->count;
}

const struct word *words_at(const struct words *w, size_t index)
{
	return index < w->count ? &w->entry[index].word : NULL;
}

const struct word *words_find(const struct words *w, uint32_t id)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->entry[i].word.id == id)
			return &w->entry[i].word;
	return NULL;
}

void words_id_text(uint32_t id, char ret[WORD_ID_TEXT])
{
	snprintf(ret, WORD_ID_TEXT, "%08" PRIx32, id);
}

int words_digest(const struct declaration *said, uint64_t *ret)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	buf_add_str(&text, word_kind_names[said->kind]);
	for (size_t i = 0; i < declaration_key_count; i++) {
		/* Keys that came later count where they are said: ids outlive an update. */
		if (i >= FIRST_KEYS && !(said->given >> i & 1))
			continue;
		buf_addf(&text, "\n%zu", i);
		(void)declaration_value(said, i, &text);
	}
	if (text.error)
		return text.error;
	*ret = XXH3_64bits(text.data, text.len);
	return 0;
}

struct word *words_find_hash(struct words *w, uint64_t hash)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->entry[i].hash == hash)
			return &w->entry[i].word;
	return NULL;
}

struct word *words_join(struct words *w, const struct declaration *said, uint64_t hash)
{
	uint32_t id = (uint32_t)(hash >> 32);
	struct entry *e;

	if (w->count == WORDS_MAX)
		return NULL;
	while (!id || words_find(w, id))
		id++;
	e = &w->entry[w->count++];
	*e = (struct entry){ .word = { .id = id, .said = *said }, .hash = hash };
	return &e->word;
}

void words_erase(struct words *w, size_t index)
{
	w->count--;
	memmove(&w->entry[index], &w->entry[index + 1], (w->count - index) * sizeof(w->entry[0]));
	w->active_count = w->loose_count = 0; /* until the next tick begins */
}

int words_add(struct words *w, const struct declaration *said, const char *by, int64_t now,
	      const struct word **ret)
{
	struct word *word;
	uint64_t hash;
	int err = words_digest(said, &hash);

	if (err)
		return err;
	*ret = words_find_hash(w, hash);
	if (*ret)
		return -EEXIST;
	word = words_join(w, said, hash);
	if (!word)
		return -ENOSPC;
	snprintf(word->by, sizeof(word->by), "%s", by);
	word->made_ts = now;
	*ret = word;
	return 0;
}

int words_remove(struct words *w, const char *prefix, enum word_kind kind, struct word *ret)
{
	size_t found = w->count;

	for (size_t i = 0; i < w->count; i++) {
		const struct word *word = &w->entry[i].word;
		char id[WORD_ID_TEXT];

		words_id_text(word->id, id);
		if ((kind != WORD_KINDS && word->said.kind != kind) ||
		    strncmp(id, prefix, strlen(prefix)) != 0)
			continue;
		if (found < w->count)
			return -ENOTUNIQ;
		found = i;
	}
	if (found == w->count)
		return -ENOENT;
	*ret = w->entry[found].word;
	if (ret->from_config)
		return -EPERM;
	words_erase(w, found);
	return 0;
}

static bool is_among(const struct declarations *all, uint64_t hash)
{
	uint64_t other;

	for (size_t i = 0; all && i < all->count; i++)
		if (words_digest(&all->list[i], &other) == 0 && other == hash)
			return true;
	return false;
}

int words_adopt(struct words *w, const struct declarations *all, int64_t now)
{
	uint64_t hash;
	int err = 0;

	for (size_t i = w->count; i-- > 0;)
		if (w->entry[i].word.from_config && !is_among(all, w->entry[i].hash))
			words_erase(w, i);
	for (size_t i = 0; all && i < all->count && !err; i++) {
		struct word *word;

		err = words_digest(&all->list[i], &hash);
		if (err)
			return err;
		word = words_find_hash(w, hash);
		if (!word) {
			word = words_join(w, &all->list[i], hash);
			if (word)
				word->made_ts = now;
		}
		if (!word)
			return -ENOSPC;
		word->from_config = true;
		snprintf(word->by, sizeof(word->by), "configuration");
	}
	return err;
}

int words_mark(const struct words *w, struct names *names)
{
	int err = 0;

	for (size_t i = 0; i < w->count && !err; i++)
		if (w->entry[i].word.said.has_prefix)
			err = names_mark(names, &w->entry[i].word.said.prefix);
	return err;
}

int words_mark_declared(const struct declarations *all, struct names *names)
{
	int err = 0;

	for (size_t i = 0; all && i < all->count && !err; i++)
		if (all->list[i].has_prefix)
			err = names_mark(names, &all->list[i].prefix);
	return err;
}

/* The name of a program's file; comm only where that is unknown, since a process may call
 * itself what it likes. */
bool word_fits_actor(const struct word *word, const struct actor *actor)
{
	const struct declaration *d = &word->said;

	if (!d->actor[0] && !d->user[0] && !d->container[0])
		return true;
	return actor && declaration_pattern(d->actor, actor->exe[0] ? actor->exe : actor->comm) &&
	       declaration_pattern(d->user, actor->user) &&
	       declaration_pattern(d->container, actor->container);
}

bool word_fits_dest(const struct word *word, const struct dest *dest)
{
	const struct declaration *d = &word->said;

	if (!d->destination[0])
		return true;
	if (!dest)
		return false;
	if (d->has_prefix)
		return dest->declared && prefix_holds(&d->prefix, dest->declared);
	return strcmp(d->destination, dest->group) == 0 ||
	       strcmp(d->destination, dest->example) == 0;
}

bool words_expects(const struct words *w, const struct actor *actor, const struct dest *dest)
{
	for (size_t i = 0; i < w->active_count; i++) {
		const struct word *word = &w->entry[w->active[i]].word;

		if (word->said.kind == WORD_EXPECT && word->used_bytes < word->said.bytes &&
		    word_fits_actor(word, actor) && (!dest || word_fits_dest(word, dest)))
			return true;
	}
	return false;
}

int words_role(const struct words *w, const struct actor *actor, const struct dest *dest)
{
	for (size_t i = 0; i < w->count; i++) {
		const struct word *word = &w->entry[i].word;

		if (word->said.kind == WORD_ROLE && word->active &&
		    (dest || !word->said.destination[0]) && word_fits_actor(word, actor) &&
		    word_fits_dest(word, dest))
			return (int)word->said.role;
	}
	return -1;
}

static uint64_t bytes_left(const struct word *word)
{
	return word->said.bytes - MIN(word->used_bytes, word->said.bytes);
}

uint32_t words_silence(const struct words *w, const struct actor *actor, const struct dest *dest)
{
	const struct word *best = NULL;

	for (size_t i = 0; i < w->count; i++) {
		const struct word *word = &w->entry[i].word;

		if (word->said.kind == WORD_SILENCE && word->active && bytes_left(word) &&
		    word_fits_actor(word, actor) && word_fits_dest(word, dest) &&
		    (!best || bytes_left(word) > bytes_left(best)))
			best = word;
	}
	return best ? best->id : 0;
}

bool words_hush(struct words *w, uint32_t id, uint64_t bytes)
{
	for (size_t i = 0; i < w->count; i++) {
		struct word *word = &w->entry[i].word;
		bool enough;

		if (word->id != id || word->said.kind != WORD_SILENCE || !word->active)
			continue;
		enough = bytes <= bytes_left(word);
		word->used_bytes += MIN(bytes, bytes_left(word));
		return enough;
	}
	return false;
}
