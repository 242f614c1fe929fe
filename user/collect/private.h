/* SPDX-License-Identifier: Apache-2.0
 *
 * The collector's own state, shared by the files of this directory and by nobody
 * else: map and link descriptors, the mapped counters, the last sample.
 */
#ifndef COLLECT_PRIVATE_H
#define COLLECT_PRIVATE_H

#include <time.h>

#include "collect/collect.h"
#include "collect/facts.h"
#include "collect/file.h"
#include "collect/objects.h"
#include "collect/plan.h"
#include "collect/residual.h"

struct bpf_link;
struct bpf_object;
struct bpf_program;
struct ring_buffer;

/* Shared maps, in the order of map_names (maps.c). */
enum map_id {
	MAP_ROWS,
	MAP_INDEX,
	MAP_FREE,
	MAP_CHUNKS,
	MAP_CPUS,
	MAP_LEDGER,
	MAP_SOCKETS,
	MAP_LISTENERS,
	MAP_RING,
	MAP_READERS, /* group `file`, this and the rest */
	MAP_WATCHED,
	MAP_VERDICTS,
	MAP_FILE_WATCH,
	MAP_FILE_CPUS,
	MAP_FILE_LEDGER,
	MAP_COUNT
};

enum { SLOTS_PER_CHUNK = 64, LINKS_MAX = 48 };

/* A program that stays attached: the link, and how to read its misses. */
struct collect_link {
	const char *name;      /* of the program; also of the pin */
	struct bpf_link *link; /* NULL: adopted */
	int link_fd, prog_fd;
};

/* A retired row that a program might still be adding to. */
struct limbo {
	unsigned int slot;
	unsigned int column;
	struct eg_flow_val at_retire;
};

struct collect {
	char *pin_dir; /* NULL: not pinned */
	int lock_fd;   /* on the pin directory, held while we live */
	bool ephemeral, adopted;
	const char *force_rung; /* as in collect_options */
	struct facts facts;
	struct plan plan;

	int map_fd[MAP_COUNT];
	unsigned int max_flows, cpu_count;
	struct eg_row *rows; /* mapped, shared with the kernel */
	uint64_t *chunks;
	struct eg_cpu *cpus;
	struct eg_ledger *ledger;

	struct objects objects; /* loaded by us; NULL members: adopted or missing */
	struct bpf_link *again; /* runs inet_again__iter; NULL: not on that rung */
	struct collect_link links[LINKS_MAX];
	size_t link_count;

	struct sample sample;
	uint64_t previous_boot_ns; /* of the sample before */
	struct sample_row *sample_rows;
	size_t sample_cap;

	struct file_side file;
	struct file_aside aside;
	struct residual residual;
	char *residual_named;

	struct limbo *limbo;
	size_t limbo_count;
	uint64_t limbo_since_ns;

	struct ring_buffer *ring;
	collect_life_fn life_fn;
	void *life_ctx;
	int life_budget;

	struct collect_rung rungs[PLAN_GROUPS + 6];
	size_t rung_count;
	char *rung_text[PLAN_GROUPS + 6]; /* details that are not constants */
};

/* --- rungs.c --- */
/* Writes the plan's words into the rungs that collect_rungs() gives. */
void rungs_fill(struct collect *c);

/* --- maps.c: the shared maps, made or adopted, and mapped into memory --- */

/* Opens the pinned maps. 0; -ENOENT when there are none (or only a torn set, which it
 * removes); -EINVAL when they are of another ABI. */
int maps_adopt(struct collect *c);
/* Sets sizes of, and hands existing maps to, an object that is open but not loaded. */
int maps_prepare(struct collect *c, struct bpf_object *obj);
/* Takes over descriptors of the maps that loading made. */
int maps_take(struct collect *c, struct bpf_object *obj);
/* Maps the counters; for new maps also fills the free slots and starts the ledger. */
int maps_start(struct collect *c, bool fresh);
int maps_pin(struct collect *c);
/* A mapped one, shared with the kernel; NULL on failure. */
void *maps_memory(const struct collect *c, int id);
void maps_memory_free(const struct collect *c, int id, void *memory);
void maps_close(struct collect *c);

/* --- pins.c: the directory of pins --- */

/* Makes and locks the directory (mounting bpffs if need be). -EBUSY: somebody else
 * holds it. -ENOTSUP, -EPERM, ...: no pinning here. */
int pins_open(struct collect *c, const char *pin_dir);
int pins_path(const struct collect *c, const char *kind, const char *name, char *buf, size_t size);
/* Removes what versions up to this one pinned. -ENOENT: there was nothing. */
int pins_remove(const char *pin_dir, int newest_abi);
/* Whether pins_open() would find a bpffs there; makes no directory. */
enum fact pins_possible(const char *pin_dir);

/* --- upgrade.c: pins of another build --- */

/* After the maps are adopted, before the links are: true when another build pinned the
 * programs. Its tracing links are taken off then. */
bool upgrade_prepare(struct collect *c);
/* When all is attached: exchanges the egress program if `replace`, marks the pins as
 * ours, and ends the counters of older versions, which it says as a rung. */
int upgrade_finish(struct collect *c, bool replace);

/* --- links.c: attached programs --- */

#define LINK_EGRESS "egress_skb__cgroup"
#define LINK_INET_SEND_BTF "inet_send__tp_btf"
#define LINK_INET_SEND_CLASSIC "inet_send__tracepoint"
#define LINK_INET_STATE_BTF "inet_state__tp_btf"
#define LINK_INET_STATE_CLASSIC "inet_state__tracepoint"
#define LINK_SEND_BTF "handoff_send__tp_btf"
#define LINK_SEND_CLASSIC "handoff_send__tracepoint"
#define LINK_LIFE_EXEC_BTF "life_exec__tp_btf"
#define LINK_LIFE_EXIT_BTF "life_exit__tp_btf"
#define LINK_LIFE_EXEC_CLASSIC "life_exec__tracepoint"
#define LINK_LIFE_EXIT_CLASSIC "life_exit__tracepoint"

/* Takes over one pinned link. -ENOENT: there is none that counts. */
int link_adopt(struct collect *c, const char *name);
/* Is the program of this name attached? */
bool links_has(const struct collect *c, const char *name);
/* Detaches and unpins the programs whose names begin so. */
void links_drop(struct collect *c, const char *prefix);
/* Takes over the links of another collector, and pins them if we pin. On an error some are
 * taken; the rest stays there. */
int links_take(struct collect *c, struct collect *from);
/* Unpins the programs whose names begin so, and moves them there: still attached. */
void links_give(struct collect *c, const char *prefix, struct collect *to);
/* Attaches (to the cgroup, where one is given), keeps, and pins if we pin. */
int link_attach(struct collect *c, struct bpf_program *prog, const char *cgroup_root);
void links_close(struct collect *c);

/* --- attach.c --- */
/* Attaches a loaded program, to the cgroup where one is given; the link is the caller's.
 * -ENOENT: prog is NULL. */
int attach_program(const struct bpf_program *prog, const char *cgroup_root, struct bpf_link **ret);
/* The same for a moment, with a program of a loaded object. */
int attach_try(const struct bpf_object *obj, const char *name, const char *cgroup_root);
/* Classic tracepoints are attached through tracefs: mounts it where it is not. */
bool attach_tracefs(void);

/* --- adopt.c --- */
/* Takes over the pinned links, and notes them in the facts. */
void adopt_links(struct collect *c);

/* --- apply.c: load and attach what the plan says --- */
int apply_plan(struct collect *c);
void apply_undo(struct collect *c);

/* --- inet.c: IP traffic by the results of send calls, where no cgroup can be had --- */
/* Attaches the rung of the plan. */
int inet_attach(struct collect *c);
/* Brings what TCP sent again up to date. */
void inet_refresh(struct collect *c);
void inet_close(struct collect *c);

/* --- drain.c --- */
/* After an adoption: finishes what a killed daemon left half done. */
int drain_recover(struct collect *c);

/* --- selftest.c --- */
/* Sends known bytes through loopback and a socket pair and compares; adds its verdict
 * to the rungs. Fails only when it cannot be carried out for want of memory. */
int selftest_run(struct collect *c);

/* --- life.c --- */
int life_start(struct collect *c);
void life_stop(struct collect *c);

/* --- counters.c: the kernel's, mapped into our memory --- */

/* Lets a program finish that is between a row and its total; retry: 0, 1, ... */
enum { TOTAL_RETRIES = 64 + 50 };
void counters_wait(int retry);
uint64_t counters_one(const eg_u64 *p);
/* A row's, as users count: *ret is overwritten. */
void counters_load(struct eg_flow_val *ret, const struct eg_flow_val *kernel, unsigned int column);
void counters_add(struct eg_flow_val *sum, const struct eg_flow_val *v);
bool counters_ownerless(const struct eg_flow_key *key);
/* 0 where there is no such clock. */
uint64_t clock_ns(clockid_t clock);
uint64_t clock_boot_ns(void);

/* --- snapshot.c --- */
/* Of the programs of group `file`, or of all others. */
uint64_t snapshot_recursion_misses(const struct collect *c, bool file);

#endif
