/* SPDX-License-Identifier: Apache-2.0
 *
 * Group `file`: reads of watched directories. Loaded when there is a first directory to
 * watch (that takes as long as all the rest together), attached only while there is one,
 * because its hook costs every system call of the host a little.
 */
#ifndef COLLECT_FILE_H
#define COLLECT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/errand.h"
#include "collect/sample.h"

struct collect;
struct facts;
struct objects;

/* The collector's memory of this group. */
struct file_side {
	struct eg_watch *watch; /* mapped, shared with the kernel; NULL: the group is missing */
	struct eg_file_cpu *cpus;
	struct eg_file_ledger *ledger;
	int identify_fd; /* the program that knows directories; -1: none */
	uint32_t turn;   /* of collect_watch() */
	struct eg_reader_key *keys;
	struct eg_reader_val *vals;
	struct sample_reader *readers;
	size_t reader_count;
};

/* What loads and attaches the group, or takes it off, while the loop goes on: a collector
 * of its own that has the group's objects and links, and belongs to the thread meanwhile. */
struct file_aside {
	struct errand errand;
	struct collect *other; /* NULL: nothing is out */
	bool takes_off;        /* else: brings up */
	bool back;             /* the thread has ended */
	bool asked;            /* collect_watch() said -EINPROGRESS */
	int result;            /* in `other`: how it went */
};

enum { FILE_PROGRAMS = 4, FILE_FS_HOOKS = 9 };

/* Loads the best rung and attaches it for a moment. */
void file_facts(struct facts *f, const char *force_rung, struct objects *o, struct collect *c);
/* Can the group be loaded later, by a daemon that has given up CAP_SYS_ADMIN? */
bool file_can_wait(const char *force_rung);
/* Names of the programs of the rung that facts and plan give, NULL where there is none. */
void file_programs(const struct collect *c, const char *ret[FILE_PROGRAMS]);
/* The rung at the file systems' own functions (file_fs.c): loads, attaches, takes over
 * those that this kernel has. */
int file_fs_load(struct objects *o, struct collect *c);
int file_fs_attach(struct collect *c);
bool file_fs_adopt(struct collect *c);
/* Takes over what the daemon before left running. */
void file_adopt(struct collect *c);
/* Maps the counters, if the maps are there, and finishes what a killed daemon left half
 * done. */
int file_start(struct collect *c);
void file_stop(struct collect *c);

/* --- file_aside.c --- */
/* Attached when wanted, and loaded before if need be. 0: it is; -EINPROGRESS: a thread is
 * at it; -ENOTSUP where no rung works, -EIO where the hook does not fire, other errors.
 * When not wanted: 0 at once, or -EINPROGRESS. */
int file_settle(struct collect *c, bool wanted);
/* Has the hooks taken off; what is watched no longer counts at once. */
void file_leave(struct collect *c);
/* Waits for the thread and closes what it had. */
void file_aside_close(struct collect *c);

/* --- file_dirs.c --- */
/* Tells the kernel of a directory, which has this turn then. 0; -ENOSPC: no room. */
int file_dir_tell(const struct collect *c, int dir_fd);
/* Makes the directories of this turn count, and no others: how many. */
size_t file_dirs_publish(struct collect *c);

/* --- file_trial.c --- */
/* Proves that the hook fires, by one read that must appear in the counters. */
bool file_trial(struct collect *c);

/* --- file_read.c --- */
/* Totals before the rows; then rows, sums and totals again. */
void file_read_before(const struct collect *c, struct sample *s);
int file_read(struct collect *c, struct sample *s);
/* Rows of processes that ended go to the ledger. */
void file_drain(struct collect *c);
/* Our own go there too: what the self-test read is no news. */
void file_drain_self(struct collect *c);

#endif
