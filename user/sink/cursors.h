/* SPDX-License-Identifier: Apache-2.0
 *
 * How far each reader of the spool has come, on disk: one small preallocated file,
 * two copies an entry written in turn. It is also the spool's lock.
 */
#ifndef SINK_CURSORS_H
#define SINK_CURSORS_H

#include <stdbool.h>
#include <stdint.h>

#define CURSORS_MAX 16     /* readers: sinks of one daemon */
#define CURSOR_NAME_MAX 31 /* bytes, of a-z 0-9 _ - */

struct cursor {
	char name[CURSOR_NAME_MAX + 1]; /* "" = free */
	uint64_t sequence;              /* last acknowledged */
	unsigned int copy;              /* the one that holds it; the other is written next */
};

struct cursors {
	int fd;
	struct cursor entries[CURSORS_MAX];
};

/* Opens or makes PATH (0600, allocated). -EBUSY: another process has it. A damaged
 * entry is as if it were not there: its reader gets everything again. */
int cursors_open(const char *path, struct cursors *ret);
void cursors_close(struct cursors *c);

/* Last acknowledged sequence; 0 for a reader never heard of. -EINVAL: bad name. */
int cursors_get(const struct cursors *c, const char *name, uint64_t *ret_sequence);
/* On disk when it returns. Never goes back. -EUSERS: too many readers. */
int cursors_set(struct cursors *c, const char *name, uint64_t sequence);

/* What every reader has acknowledged (0 without readers); the furthest of all. */
uint64_t cursors_lowest(const struct cursors *c);
uint64_t cursors_highest(const struct cursors *c);

/* Offline: one call for each entry that was ever used, good or spoilt. With `repair` a
 * spoilt copy is made like the good one, and an entry with none is freed. */
struct cursor_check {
	char name[CURSOR_NAME_MAX + 1]; /* "" when no copy is good */
	uint64_t sequence;
	unsigned int good, spoilt; /* copies */
	bool repaired;
};
typedef int (*cursor_check_fn)(void *ctx, const struct cursor_check *check);
int cursors_check(int fd, bool repair, cursor_check_fn fn, void *ctx);

#endif
