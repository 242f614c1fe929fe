/* SPDX-License-Identifier: Apache-2.0
 *
 * One flow as the view keeps it, and the table of all of them: the daemon's answer
 * goes in line by line, identity and the recent past stay across answers. Pure: no
 * clock, no socket.
 */
#ifndef TOP_FLOW_H
#define TOP_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "egress/types.h"
#include "top/fields.h"
#include "top/texts.h"

#define HISTORY_SLOTS 60 /* one a refresh: a minute at the default pace */

/* Whether a row's bytes left the host. */
enum flow_billing {
	FLOW_LEAVES = 0,
	FLOW_LOCAL,        /* handed over inside the host: loopback, host-local */
	FLOW_HANDOFF_REST, /* the rest of such: where they went is not known */
	FLOW_SHADOW,       /* hand-off bytes of an IP socket: a cross-check, shown they would count
			    * the same bytes twice */
};

struct flow_row {
	uint64_t id; /* hash of the identity fields */
	uint64_t
		process_hash; /* of its entity id, or pid and start: what it has read counts once */
	uint64_t parent_hash; /* process_hash of who started it; 0 = not known */
	uint64_t dst_hash;    /* of the destination, to count distinct ones */
	uint32_t known;       /* bit per num_field: sent and not null */
	uint32_t generation;  /* answer that mentioned it last */
	uint8_t level;        /* enum eg_level of an open alert that names it */
	uint8_t scope;        /* enum eg_scope */
	uint8_t billing;      /* enum flow_billing */
	bool ended;           /* its process or socket is gone; the total stays */
	bool other;           /* the daemon's rest row, keeps sums exact */
	bool dismissed;       /* ended and sent away by the user */
	uint16_t alert;       /* the first of the open alerts that names it, + 1; 0 = none */
	uint64_t num[N_COUNT];
	const char *text[T_COUNT]; /* of the table's texts; NULL = not known */
	UT_hash_handle hh;
	double minute;                /* sum of history */
	float history[HISTORY_SLOTS]; /* bytes/s, ring; head is the table's */
};

/* A process above others; it may send nothing. */
struct flow_ancestor {
	uint64_t id, parent; /* as process_hash and parent_hash */
	const char *name;    /* of the table's texts; NULL = not known */
	uint32_t pid;
	bool exited;
};

struct flow_ancestors {
	struct flow_ancestor *all;
	size_t count, room;
};

struct flow_totals {
	uint64_t payload, attributed, unattributed, lost;
	bool known;
};

struct flat_hints;

struct flow_table {
	struct flat_hints *hints;
	struct flow_row *rows; /* uthash by id */
	struct texts texts;
	struct flow_row **list; /* all of them, as of the last end */
	size_t list_room, listed;
	size_t count;                            /* with those that came since */
	struct flow_ancestors ancestors, coming; /* of the last end; of the present answer */
	uint32_t generation;
	unsigned int head;   /* history slot of the newest answer that has ended */
	unsigned int filled; /* slots in use, up to HISTORY_SLOTS */
	struct flow_totals totals, coming_totals;
	uint64_t bad_lines; /* not JSON objects, or without a meaning */
};

/* Rows lie all over memory: a loop over many asks for one a few rounds ahead, all but
 * its history. */
#define FLOW_AHEAD 8
static inline void flow_fetch(const struct flow_row *row)
{
	for (size_t at = 0; at < offsetof(struct flow_row, hh); at += 64)
		__builtin_prefetch((const char *)row + at);
}

/* true if the daemon gave this number for the row. */
static inline bool flow_knows(const struct flow_row *row, enum num_field f)
{
	return row->known & (1u << f);
}

/* An answer: begin, each line, end. In between the list is that of the answer before, and
 * its rows stay, some with numbers of the new one. Rows that the answer did not mention go
 * away at end (the daemon keeps ended ones for an hour). flow_table_line: 0, -ENOMEM; a
 * line that makes no sense is counted and skipped. */
void flow_table_begin(struct flow_table *t);
int flow_table_line(struct flow_table *t, const char *line, size_t len);
struct flow_line;
/* A line of history: the bytes of one step of step_s seconds, `age` steps ago (0 = newest);
 * several of one flow add up. Between begin and end, instead of flow_table_line(). */
int flow_table_past(struct flow_table *t, const struct flow_line *line, unsigned int age,
		    unsigned int step_s);
void flow_table_end(struct flow_table *t);
void flow_table_free(struct flow_table *t);

/* Hides every ended row from now on; returns how many. */
size_t flow_table_dismiss(struct flow_table *t);

#endif
