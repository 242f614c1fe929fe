/* SPDX-License-Identifier: Apache-2.0
 *
 * The one owner of all state. manager_tick() is the daemon's whole story; read it
 * first.
 */
#ifndef DAEMON_MANAGER_H
#define DAEMON_MANAGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/errand.h"
#include "daemon/clock.h"
#include "daemon/normals.h"
#include "daemon/workloads.h"
#include "egress/params.h"
#include "egress/types.h"

struct alerts;
struct collect;
struct config;
struct engine;
struct enrich;
struct event;
struct event_base;
struct dnstap;
struct exporter;
struct sessions;
struct flowtab;
struct held;
struct names;
struct reverse;
struct serve;
struct slots;
struct spool;
struct store;
struct words;
struct alert_event;
struct tick;

enum { MANAGER_RULES = 8 }; /* at least SERIES_KINDS */

/* In the loop: ticks and signals first, then children and those who may change things,
 * then those who may only read (serve/conn.c). */
enum { MANAGER_PRIORITY = 0, MANAGER_PRIORITIES = 3 };

/* daemon/health.c: what may be lost for a while. */
enum health { HEALTH_DESCRIPTORS, HEALTH_PINS, HEALTH_ATTACHED, HEALTH_JUDGED, HEALTH_COUNT };

/* Writes the state, while the loop goes on: both others are the thread's meanwhile. */
struct keeper {
	struct errand errand;
	struct slots *slots;
	struct buf bytes;
	int result;
};

struct manager {
	const struct params *params;
	struct config *config;   /* owned; replaced on SIGHUP */
	const char *config_path; /* as given, NULL = default */
	const char *force_rung;
	char host[256];
	char *pin_dir; /* NULL = not pinned */
	int lock_fd;

	struct collect *collect;
	struct enrich *enrich;
	struct names *names;
	struct words *words;     /* what the operator has said */
	struct dnstap *dnstap;   /* NULL = no names from DNS answers */
	struct reverse *reverse; /* NULL = no reverse names */
	struct flowtab *flows;
	struct engine *engine;
	struct alerts *alerts;
	struct spool *spool; /* NULL = could not be had, said in reductions */
	struct slots *slots;
	struct keeper keeper;
	struct store *store; /* NULL = no history */
	struct serve *serve;
	struct exporter *exporter; /* NULL = nothing to send, no metrics */
	struct sessions *sessions; /* NULL = no database server is asked */
	struct held *held;         /* who holds which socket; for who asks */
	struct event_base *loop;
	struct event *tick_event, *life_event, *watch_event, *term_event, *int_event, *hup_event;

	struct normals normals; /* for who asks; never older than a tick */
	struct event_clock clock;
	uint64_t started_boot_ns;
	uint64_t ticks;
	int64_t saved_ts;           /* event time of the last state save that began */
	int64_t rollup_ts;          /* minute of the last roll-up */
	int64_t discover_ts;        /* last look for database servers */
	int64_t last_ts;            /* of the state that was loaded; 0 = none */
	uint64_t gap_bytes;         /* counted by the kernel while no daemon ran */
	uint64_t saved_total_bytes; /* kernel total in the loaded state */
	int watched;                /* last answer of collect_watch() that was one */
	uint64_t tick_cost_ns, tick_cost_max_ns;
	uint64_t alerts_total[MANAGER_RULES][EG_LEVEL_COUNT]; /* opened, for /metrics */
	int64_t heartbeat_ts, metrics_ts;                     /* last ones */
	uint64_t heartbeat_bytes;                             /* total at the last one */
	uint64_t heartbeats;
	struct buf summary;          /* lines of the last one that are not in the spool yet */
	int64_t summary_ts;          /* of the last one; 0 = none yet */
	bool summary_waits;          /* for a sink that is behind */
	bool summary_ends;           /* the daemon stops: the last one */
	struct slots *told;          /* what the summaries have told; NULL = not kept */
	int64_t told_ts;             /* when it was kept */
	uint64_t told_boot_ns;       /* what was counted by then is in it; 0 = nobody asks */
	uint64_t counters_made_ns;   /* collect_made_ns() */
	uint64_t alerts_not_on_disk; /* events whose spool write failed */
	struct buf reductions;       /* lines: guarantees that are reduced here */
	bool health[HEALTH_COUNT];   /* true = lost now */
	struct workloads workloads;  /* for /metrics */
	bool pressed;                /* the flow table fills up: idle rows go sooner */
	bool failed;                 /* the loop ended because of an error */
	bool detach;                 /* remove the pins when stopping */
};

/* Opens everything; on error the message is logged and the exit status returned
 * (1, 2, 4, 77); 0 = counting. */
int manager_start(struct manager *m);
/* Runs until SIGTERM or SIGINT; returns the exit status. */
int manager_run(struct manager *m);
/* Saves state, closes; NULL members are fine. */
void manager_stop(struct manager *m);
/* One tick: see manager.c. */
void manager_tick(struct manager *m);

/* daemon/process.c: first of all: descriptors 0 to 2 are open, no core dump and nobody but
 * root looks in, memory of large answers goes back, libevent's words go to the log.
 * -errno: no /dev/null. */
int daemon_prepare(void);

/* daemon/disk.c: opens spool, baselines and history below the state directory. */
void manager_open_disk(struct manager *m);
/* A guarantee is reduced: said in the log now and in `status` for ever. */
_printf_(2, 3) void manager_reduced(struct manager *m, const char *format, ...);

/* One is lost, or is back: said when that is new. */
void health_set(struct manager *m, enum health which, bool lost);
/* Looks whether guarantees still hold; repairs what can be. */
void health_tick(struct manager *m);
/* A line each of what is reduced: since the start, and now. */
void health_lines(const struct manager *m, struct buf *out);

/* daemon/lock.c: one daemon a state directory. Makes the directory (0700).
 * -EBUSY: another one runs; -EXDEV: others than root and ourselves may write in it;
 * *ret_fd is to be kept open. */
int daemon_lock(const char *state_dir, int *ret_fd);

/* daemon/pins.c: where the pins of this state directory live, below a mounted
 * bpffs (mounted when it is not); to be freed. -ENOENT: no bpffs can be had. */
int daemon_pin_dir(const char *bpffs, const char *state_dir, char **ret);

/* daemon/privilege.c: gives up every capability that a running sensor does not
 * need. -EPERM: could not. daemon_may_load(): has what loading needs. */
int daemon_drop_privileges(bool starts_children);
bool daemon_may_load(void);

/* daemon/notify.c: READY=1 and friends for systemd; does nothing elsewhere. */
void daemon_notify(const char *state);

/* daemon/peers.c: names of peers, from DNS answers and reverse zones. */
void names_open(struct manager *m);
void names_tick(struct manager *m);
void names_close(struct manager *m);
void names_status(const struct manager *m, struct buf *rows);

/* daemon/watch.c: tells the collector which directories' readers to count; again, by an
 * event of the loop, when what counts them has been loaded. */
void watch_databases(struct manager *m);
void watch_start(struct manager *m);

/* daemon/state.c: baselines and open incidents across restarts. */
int state_words(struct manager *m);                             /* the configuration's alone */
int state_engine(const struct manager *m, struct engine **ret); /* new, with a key of its own */
int state_restore(struct manager *m); /* -EBADMSG: not a state; engine and alerts half-loaded */
int state_clear(struct manager *m);   /* a fresh engine, no incidents; what was said stays */
int state_keep(struct manager *m);    /* now, and waits until it is on disk */
/* Once a tick: begins to write what is due, a minute after the last or with saved_ts 0. */
void state_keep_aside(struct manager *m);
void state_close(struct manager *m); /* before the slots are closed */

/* daemon/emit.c: an alert event on its way to disk, then to people. */
int emit_alert(void *manager, const struct alert_event *event);
/* Spooled events that standard error has not had yet, those of a crashed daemon too. */
void emit_show(struct manager *m);

/* daemon/telemetry.c: heartbeats and metrics, when they are due. */
void telemetry_tick(struct manager *m);
/* daemon/summary.c: flows and reads of an interval, when it is due; the last one. */
void summary_tick(struct manager *m);
void summary_stop(struct manager *m);
/* daemon/told.c: what the summaries have told, across restarts. told_open() goes on where the
 * last daemon ended, or begins now: m->summary_ts, and in m->summary the lines that the spool
 * has not got.
 * told_keep() comes before the lines of a summary leave. */
void told_open(struct manager *m);
void told_keep(struct manager *m);
/* How long a row has to be idle before it may leave the kernel's table, at least idle_ns:
 * what it counted is then kept. A table that fills up does not wait for that longer than
 * for one try to keep it. */
uint64_t told_idle_ns(struct manager *m, uint64_t idle_ns);
/* What was changed on the sensor, by whom: its record, and to the sinks with it. */
void audit_line(const struct manager *m, int64_t ts, uint64_t uid, const char *action,
		const char *detail, struct buf *out);
void audit_send(struct manager *m, int64_t ts, uint64_t uid, const char *action,
		const char *detail);

/* daemon/metrics_text.c: the page behind /metrics, appended. */
void metrics_text(const struct manager *m, struct buf *out);

/* daemon/ops.c: operations of the control socket. */
int ops_open(struct manager *m);
void ops_publish_tick(struct manager *m, const struct tick *tick);

#endif
