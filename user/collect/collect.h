/* SPDX-License-Identifier: Apache-2.0
 *
 * collect/ owns everything that touches BPF: it finds out what this kernel
 * offers (facts), decides (plan, pure), loads and attaches (apply), proves that
 * the hooks fire (self-test) and reads the counters. Nothing to the right of it
 * knows what a BPF map is.
 */
#ifndef COLLECT_COLLECT_H
#define COLLECT_COLLECT_H

#include <stdbool.h>
#include <stddef.h>

#include "collect/sample.h"

struct buf;
struct collect;

struct collect_options {
	const char *pin_dir;     /* directory under a bpffs, made if missing; NULL = do not pin */
	const char *cgroup_root; /* cgroup v2 mount, NULL = find it */
	unsigned int max_flows;  /* flow map entries; 0 = default (65536) */
	bool ephemeral;          /* remove the pins at collect_close() */
	const char *devices;     /* lead off the host besides hardware, ":" between; NULL = none */
	const char *force_rung;  /* test option: force a rung of the hand-off ladder; NULL = best */
};

/* Life of a process, as the kernel saw it; for enrich/. */
enum collect_life_kind { LIFE_EXEC, LIFE_EXIT };
struct collect_life {
	enum collect_life_kind kind;
	uint32_t tgid, ppid, uid, loginuid;
	uint64_t start_ns; /* thread-group leader start_boottime */
	uint64_t parent_start_ns;
	uint64_t cgroup_id; /* v2 */
	char comm[16];
	const char
		*exe; /* path given to exec, may be relative; "" at exit; valid during the call */
	const char *args; /* argv joined by NUL, possibly cut; valid during the call */
	size_t args_len;
};
typedef void (*collect_life_fn)(void *ctx, const struct collect_life *event);

/* Probes, plans, loads (or adopts pinned maps of the same ABI), attaches, finds
 * the sockets that are already open, runs the self-test. On success *ret is the
 * caller's, to be freed with collect_close(). Errors: -EPERM (capability), -ENOENT
 * (no BTF or no rung possible), -EBUSY (another sensor holds the same pins),
 * -EINVAL (pins of a newer ABI; those of an older one are ended once we count). Every reduced guarantee
 * can be read with collect_rungs(). */
int collect_open(const struct collect_options *options, struct collect **ret);

/* The cgroup v2 mount in use; "" = none. */
const char *collect_cgroup_root(const struct collect *c);

/* Reads all counters in batches. *ret stays valid until the next call. Never
 * blocks. Returns 0 or a negative errno; after an error the previous sample is
 * still valid and the bytes of the missed interval appear in the next one. */
int collect_read(struct collect *c, const struct sample **ret);

/* Removes rows idle for longer than idle_ns (0 = default) without losing a byte:
 * their counters move to sample.drained. Returns the number removed. */
int collect_drain_idle(struct collect *c, uint64_t idle_ns);

/* Watches these directories (descriptors, O_PATH will do; the caller keeps them) and all
 * below them on the same file system, and no others any more. Call again now and then:
 * what was renamed into or out of them is noticed then. Returns how many are watched.
 * -EINPROGRESS: the programs are loaded and attached, or taken off, by a thread (some
 * 0.1 s); nothing is watched yet, ask again when collect_watch_again() says so.
 * -ENOTSUP: reads cannot be counted here; -EIO: the hook is attached but does not
 * fire, so it was taken off; other errors: some directory could not be added. */
int collect_watch(struct collect *c, const int *dir_fds, size_t count);

/* To be called when collect_watch_fd() (for the event loop; -1 = none) is readable. True:
 * collect_watch() said -EINPROGRESS and is worth calling again. */
bool collect_watch_again(struct collect *c);
int collect_watch_fd(const struct collect *c);

/* As collect_watch(), and waits for the thread: for programs without an event loop. */
int collect_watch_now(struct collect *c, const int *dir_fds, size_t count);

/* Delivers waiting life events (bounded work). fd for the event loop: */
int collect_life_fd(const struct collect *c);
int collect_life_poll(struct collect *c, collect_life_fn fn, void *ctx);

/* Cgroup programs that somebody took off while we run are attached again, and counting goes
 * on with the same maps: how many; 0 is usual. -errno: it cannot be done, nothing is counted.
 * What left in between is billed only for TCP connections that outlive it. */
int collect_attached(struct collect *c);
/* False: pins that were made are gone, so counting ends with this process. */
bool collect_pinned(const struct collect *c);

/* One line per guarantee that is reduced here ("hand-off bytes: missing, because
 * ..."), the rungs in use, map fill. Borrowed strings, valid until collect_close(). */
struct collect_rung {
	const char *group;  /* "egress", "handoff", "life", ... */
	const char *rung;   /* "cgroup_skb", "tp_btf sock_send_length", "missing", ... */
	const char *detail; /* what this costs, for an SRE; "" = nothing */
};
size_t collect_rungs(const struct collect *c, const struct collect_rung **ret);
bool collect_adopted(const struct collect *c); /* counters of an earlier daemon were taken over */
uint64_t collect_made_ns(
	const struct collect *c); /* CLOCK_BOOTTIME when they began: tells them apart */
void collect_map_fill(const struct collect *c, uint64_t *ret_entries, uint64_t *ret_max);

/* Facts, plan and gaps in words (json = false) or one JSON object; loads probes
 * but attaches nothing that stays. Returns 0, or -ENOENT / -EPERM as above. */
int collect_support(const struct collect_options *options, bool json, struct buf *out);

/* Removes the pins under pin_dir, so that counting ends. 0, or -ENOENT if none. */
int collect_detach(const char *pin_dir);

/* Detaches when ephemeral, else leaves pinned programs counting. NULL is fine. */
void collect_close(struct collect *c);

#endif
