/* SPDX-License-Identifier: Apache-2.0
 *
 * What the operator has said: expected transfers, roles, daily budgets, silences; from
 * the configuration and by command. The list, who matches, and what is left of each
 * budget. Pure; time is the event time that the caller gives.
 */
#ifndef MODEL_WORDS_H
#define MODEL_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/declaration.h"
#include "model/tick.h"

struct buf;
struct words;

enum {
	WORDS_MAX = 256,      /* at once, those of the configuration too */
	WORD_BY_MAX = 64,     /* "uid 1000", with its NUL */
	WORD_KEPT_S = 86400,  /* an expired one stays listed for so long */
	WORD_ID_TEXT = 9,     /* eight hex digits, with the NUL */
	WORD_READ_FACTOR = 4, /* a dump of so much is read for each byte sent: compression */
};

struct word {
	uint32_t id; /* never 0 */
	struct declaration said;
	bool from_config;
	char by[WORD_BY_MAX];
	int64_t made_ts;
	/* In its present period (the day, the window, the whole time). */
	int64_t period;      /* which one: days since 1970 */
	uint64_t used_bytes; /* of the budget, at most all of it (BUDGET: all that was sent) */
	uint64_t over_bytes; /* beyond it */
	uint64_t read_bytes; /* of database files, by a declared transfer */
	uint64_t tick_bytes; /* sent in this tick, covered or not; not saved */
	/* Who last added to it; not saved. */
	const struct actor *last_actor;
	const struct dest *last_dest;
	bool active, expired; /* now: inside its window and not expired */
};

int words_new(struct words **ret);
void words_free(struct words *w);

/* Adds one that declaration_check() passed. -EEXIST: the same was said already, *ret is
 * that one; -ENOSPC. */
int words_add(struct words *w, const struct declaration *said, const char *by, int64_t now,
	      const struct word **ret);
/* By the beginning of its id, of that kind only (WORD_KINDS: any); *ret is what it was.
 * -ENOENT, -ENOTUNIQ; -EPERM: it is the configuration's. */
int words_remove(struct words *w, const char *prefix, enum word_kind kind, struct word *ret);
/* The configuration's declarations: new ones join, those no longer there go, what stays
 * keeps what it used. NULL: none. Too many: the first ones are taken, -ENOSPC. */
int words_adopt(struct words *w, const struct declarations *all, int64_t now);

/* In order of joining. */
size_t words_size(const struct words *w);
const struct word *words_at(const struct words *w, size_t index);
const struct word *words_find(const struct words *w, uint32_t id); /* NULL: none */
void words_id_text(uint32_t id, char ret[WORD_ID_TEXT]);

/* Tells `names` every prefix, so that destinations can be told apart. */
int words_mark(const struct words *w, struct names *names);
/* The same of a configuration's, before the first destination is interned. NULL: none. */
int words_mark_declared(const struct declarations *all, struct names *names);

/* A tick begins at `ts`: periods roll over, what is over is forgotten. */
void words_begin(struct words *w, int64_t ts);
/* All that was sent in a word's period, of what it is about. */
uint64_t word_sent_bytes(const struct word *word);
/* Its budget is exceeded, and that still counts. */
bool word_is_exceeded(const struct word *word);
/* Rows can match something now: an expectation or a budget. */
bool words_any_active(const struct words *w);
/* Bytes of a row that leave the host, to a public place or not. Counts them on every
 * budget they belong to; returns how many of them a declared transfer covers. */
uint64_t words_spend(struct words *w, const struct tick_row *row, bool is_public);
/* Database file bytes an actor read: how many of them a declared transfer covers. */
uint64_t words_spend_read(struct words *w, const struct tick_row *row);

/* A declared transfer of this actor to this destination (NULL: to any) holds: its time is
 * now and its budget has some left. */
bool words_expects(const struct words *w, const struct actor *actor, const struct dest *dest);
/* A role that fits; dest NULL: only roles that name no destination. -1: none. */
int words_role(const struct words *w, const struct actor *actor, const struct dest *dest);

/* The silence on what matches, or 0; the one with most left. `words_hush` uses it up. */
uint32_t words_silence(const struct words *w, const struct actor *actor, const struct dest *dest);
/* Takes bytes off a silence; false when it has not so many left (it is then used up). */
bool words_hush(struct words *w, uint32_t id, uint64_t bytes);

/* Those made by command, and what was used of all; into fresh `w` or one with the
 * configuration's. -EBADMSG: corrupt or of a newer version; w is unchanged. */
int words_save(const struct words *w, struct buf *out);
int words_load(struct words *w, const void *data, size_t len);

#endif
