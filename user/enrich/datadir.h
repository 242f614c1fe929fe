/* SPDX-License-Identifier: Apache-2.0
 *
 * Data directories of database servers, and the size of what is in them. Pure path
 * rules here and in datadir.c; the search is discover.c, the walk measure.c.
 */
#ifndef ENRICH_DATADIR_H
#define ENRICH_DATADIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DATADIRS_MAX 64u /* directories kept; a server has a handful */

struct datadirs {
	const char *path[DATADIRS_MAX];  /* as the server names it; owned */
	uint32_t pid[DATADIRS_MAX];      /* whose mount namespace the path is of */
	uint64_t mount_ns[DATADIRS_MAX]; /* inode of that namespace; 0 = not known */
	size_t count;
};

/* Can data lie here? Not in /, /usr, /proc, /dev, /run, logs, or a bare home. */
bool datadir_plausible(const char *path);

/* Adds `path` unless a directory above it is there already; drops those below it. Only paths
 * of one mount namespace are above or below each other: two containers call theirs alike. */
void datadirs_add(struct datadirs *d, const char *path, uint32_t pid, uint64_t mount_ns);
/* The same for a directory the server was told to use: any but / may be it. */
void datadirs_add_told(struct datadirs *d, const char *path, uint32_t pid, uint64_t mount_ns);
void datadirs_clear(struct datadirs *d);

/* A directory from argv (joined by NUL): -D DIR, -DDIR, --datadir=DIR, --dbpath DIR, ... */
bool datadir_from_args(const char *args, size_t len, char *out, size_t size);

struct measure;
/* Begins a walk over copies of the paths, through <proc_root>/<pid>/root where that
 * can be opened, else as they are. NULL: no memory. */
struct measure *measure_new(const char *proc_root, const struct datadirs *dirs);
void measure_free(struct measure *m);
/* Walks for at most budget_us. True at the end; then *ret_bytes is the sum of file sizes. */
bool measure_step(struct measure *m, unsigned int budget_us, uint64_t *ret_bytes);

#endif
