/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operator may declare: an expected transfer, a peer's role, a daily budget,
 * a silence on what matches. One table of keys for the configuration's lists and for
 * requests to the daemon. Pure.
 */
#ifndef CONFIG_DECLARATION_H
#define CONFIG_DECLARATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/prefix.h"
#include "egress/types.h"

struct buf;
struct place;

enum word_kind {
	WORD_EXPECT = 0,  /* this transfer, with its bytes, is meant to be */
	WORD_ROLE = 1,    /* what a peer, network or program is for */
	WORD_BUDGET = 2,  /* no more than this in a UTC day, whatever was learned */
	WORD_SILENCE = 3, /* hear nothing of what matches, within a budget */
	WORD_KINDS
};

enum word_role { ROLE_REPLICA = 0, ROLE_BACKUP = 1, ROLE_APPLICATION = 2, ROLE_COUNT };

/* What a byte budget is for. */
enum word_period { PERIOD_TOTAL = 0, PERIOD_DAY = 1, PERIOD_WINDOW = 2, PERIOD_COUNT };

enum word_scope { WORD_ANYWHERE = 0, WORD_INTERNAL = 1, WORD_PUBLIC = 2, WORD_SCOPES };

enum {
	DECLARATION_NAME_MAX = 128, /* of actor, user, container, destination; with NUL */
	DECLARATION_WHY_MAX = 201,
	MINUTES_A_DAY = 1440,
	DECLARATIONS_MAX = 256, /* of one configuration: each row of a tick meets them */
};

struct declaration {
	enum word_kind kind;
	enum word_role role;
	enum word_period period;
	enum word_scope scope;
	enum eg_level level; /* of the alert when the budget is exceeded */
	/* Patterns of * and ?; "" = any. */
	char actor[DECLARATION_NAME_MAX];
	char user[DECLARATION_NAME_MAX];
	char container[DECLARATION_NAME_MAX];
	char destination
		[DECLARATION_NAME_MAX]; /* as given: an address, a prefix, a name; "" = any */
	bool has_prefix;                /* destination is an address or prefix */
	struct prefix prefix;
	bool has_window;
	uint16_t from_min, to_min; /* minutes of a UTC day; to <= from: over midnight */
	uint8_t days;              /* bit n: on that UTC day, 0 = Monday; 0 = on any */
	uint64_t bytes;
	int64_t until_ts; /* 0 = lasting */
	char why[DECLARATION_WHY_MAX];
	uint32_t given; /* bit n: key n of the table was set */
	int line;       /* in its file; 0 = none */
};

extern const char *const word_kind_names[WORD_KINDS];     /* "expect", ... */
extern const char *const word_role_names[ROLE_COUNT];     /* "replica", ... */
extern const char *const word_period_names[PERIOD_COUNT]; /* "total", "day", "window" */
extern const char *const word_scope_names[WORD_SCOPES];   /* "any", "internal", "public" */

/* For the reference and the help: what may be said in a declaration of that kind. */
struct declaration_key {
	const char *name;
	uint8_t kinds; /* bit WORD_*: may be said there */
	uint8_t needs; /* bit WORD_*: must be said there */
	const char *help;
};
extern const struct declaration_key declaration_keys[];
extern const size_t declaration_key_count;

void declaration_init(struct declaration *d, enum word_kind kind);
/* One key. -EINVAL with one clause in `why`: unknown, said twice, malformed. */
int declaration_set(struct declaration *d, const char *key, const char *value, struct buf *why);
/* The whole: what must be there is, and no blanket. `lasting`: it may have no end, since
 * a file is read by more than one. Sets the period where none was said. -EINVAL. */
int declaration_check(struct declaration *d, bool lasting, struct buf *why);
/* Key number i as it would be set again; false: it was not said. */
bool declaration_value(const struct declaration *d, size_t i, struct buf *out);
/* "restic -> 10.0.5.9, 600 GB each 01:00-05:00, until 2027-01-01T00:00:00Z". */
void declaration_describe(const struct declaration *d, struct buf *out);

/* Does the text match a pattern of * and ?; an empty pattern matches everything. */
bool declaration_pattern(const char *pattern, const char *text);

/* The configuration's lists, in the order of the file. */
struct declarations {
	struct declaration *list;
	size_t count;
};
/* A new one of that kind; *ret NULL (with an error said at `at`) when there are too
 * many. -ENOMEM. */
int declarations_add(struct declarations *all, enum word_kind kind, struct place *at,
		     struct declaration **ret);
void declarations_free(struct declarations *all);
/* Every declaration as a whole; problems are said at `at`. */
void declarations_check(const struct declarations *all, struct place *at);

#endif
