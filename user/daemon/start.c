/* SPDX-License-Identifier: Apache-2.0
 *
 * Start and stop: every part opened in the order in which data flows, each with
 * what it means when it cannot be had. Degrade or stop, never half.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "alert/alert.h"
#include "base/log.h"
#include "collect/collect.h"
#include "collect/held.h"
#include "config/config.h"
#include "daemon/exporter.h"
#include "daemon/manager.h"
#include "daemon/sessions.h"
#include "detect/engine.h"
#include "enrich/enrich.h"
#include "model/flowtab.h"
#include "model/words.h"
#include "serve/serve.h"
#include "sink/spool.h"
#include "store/slots.h"
#include "store/store.h"

enum {
	EXIT_FAILED = 1,
	EXIT_BAD_INPUT = 2,
	EXIT_NO_PERMISSION = 4,
	EXIT_UNSUPPORTED = 77,
};

enum {
	LOOP_TURN_US = 20000,    /* of clients and children, then the clock is looked at */
	LOOP_TURN_CALLBACKS = 8, /* or so many of them: an answer takes 50 ms at most */
};

static int start_directory(struct manager *m)
{
	const char *dir = m->params->daemon.state_dir;
	int r = daemon_lock(dir, &m->lock_fd);

	if (r == -EBUSY)
		log_error(
			"state directory %s: another egressd uses it; stop that one, or give this one "
			"its own with --state-dir and --socket",
			dir);
	else if (r == -EXDEV)
		log_error("state directory %s: others may write in it, so what is in it cannot be "
			  "trusted; make it root's: chown root %s; chmod 0700 %s",
			  dir, dir, dir);
	else if (r < 0)
		log_error(
			"state directory %s: %s; make it writable or choose another with --state-dir",
			dir, strerror(-r));
	return r == 0 ? 0 : r == -EACCES ? EXIT_NO_PERMISSION : EXIT_FAILED;
}

static int explain_collect(int r)
{
	switch (r) {
	case -EPERM:
	case -EACCES:
		log_error("the kernel refuses to load or attach the counters: run as root, or give "
			  "CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN; `egressd --support` says more");
		return EXIT_NO_PERMISSION;
	case -ENOENT:
		log_error(
			"this kernel offers no way to count: BTF (CONFIG_DEBUG_INFO_BTF) and cgroup v2 "
			"are needed; `egressd --support` says more");
		return EXIT_UNSUPPORTED;
	case -EBUSY:
		log_error(
			"another sensor holds the same pinned counters; give this one its own --state-dir");
		return EXIT_FAILED;
	case -EINVAL:
		log_error(
			"pinned counters of a newer version are in the way: start that version, or "
			"remove them with `egressd --detach` (their counts end)");
		return EXIT_FAILED;
	default: log_error("counters: %s", strerror(-r)); return EXIT_FAILED;
	}
}

static int start_counting(struct manager *m)
{
	const struct params_daemon *p = &m->params->daemon;
	struct collect_options options = {
		.cgroup_root = p->cgroup_root[0] ? p->cgroup_root : NULL,
		.max_flows = p->max_flows,
		.ephemeral = p->ephemeral,
		.devices = p->devices,
		.force_rung = m->force_rung,
	};
	const struct collect_rung *rungs;
	size_t count;
	int r;

	if (!p->ephemeral) {
		r = daemon_pin_dir(p->bpffs, p->state_dir, &m->pin_dir);
		if (r < 0)
			manager_reduced(
				m,
				"continuity: no bpffs (%s), so counting ends with the daemon; mount one "
				"on /sys/fs/bpf",
				strerror(-r));
	}
	options.pin_dir = m->pin_dir;
	r = collect_open(&options, &m->collect);
	if (r < 0)
		return explain_collect(r);
	count = collect_rungs(m->collect, &rungs);
	for (size_t i = 0; i < count; i++) {
		log_info("counting: %s: %s", rungs[i].group, rungs[i].rung);
		if (rungs[i].detail[0])
			manager_reduced(m, "%s: %s", rungs[i].group, rungs[i].detail);
	}
	if (collect_adopted(m->collect))
		log_info(
			"counters of the previous daemon adopted: nothing sent in between is lost");
	return 0;
}

static int start_model(struct manager *m)
{
	const struct params_daemon *p = &m->params->daemon;
	const struct enrich_options options = {
		.cgroup_root = p->cgroup_root[0] ? p->cgroup_root : NULL,
		.runtime_sockets = m->params->containers.sockets,
		.container_labels = m->params->containers.labels,
		.geo_paths = m->params->destinations.databases,
		.reverse_names = m->params->destinations.reverse_names,
	};
	int r = enrich_new(&options, &m->enrich);

	if (r == 0)
		r = names_new(&m->names);
	if (r == 0)
		r = names_set_networks(m->names, m->params->networks.names);
	if (r == 0)
		r = flowtab_new(m->enrich, m->names, &m->flows);
	if (r == 0)
		r = state_words(m);
	if (r == 0)
		r = state_engine(m, &m->engine);
	if (r == 0)
		r = alerts_new(&m->params->alert, m->host, &m->alerts);
	if (r == 0)
		alerts_set_words(m->alerts, m->words);
	if (r < 0)
		log_error("start: %s", strerror(-r));
	return r < 0 ? EXIT_FAILED : 0;
}

/* Clients wait for the tick, not it for them: their requests are done a few at a time, and
 * between them the loop looks for what is due. */
static struct event_base *new_loop(void)
{
	static const struct timeval turn = { .tv_usec = LOOP_TURN_US };
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config && event_config_set_max_dispatch_interval(config, &turn, LOOP_TURN_CALLBACKS,
							     MANAGER_PRIORITY + 1) == 0)
		base = event_base_new_with_config(config);
	if (config)
		event_config_free(config);
	if (base && event_base_priority_init(base, MANAGER_PRIORITIES) < 0) {
		event_base_free(base);
		return NULL;
	}
	return base;
}

static int start_loop(struct manager *m)
{
	int r;

	m->loop = new_loop();
	if (!m->loop) {
		log_error("event loop: out of memory");
		return EXIT_FAILED;
	}
	r = ops_open(m);
	if (r == -EADDRINUSE)
		log_error(
			"control socket %s: another egressd answers on it; give this one its own --socket",
			m->params->daemon.socket_path);
	else if (r < 0)
		log_error("control socket %s: %s", m->params->daemon.socket_path, strerror(-r));
	return r < 0 ? EXIT_FAILED : 0;
}

static void start_exporter(struct manager *m)
{
	const struct exporter_options options = {
		.base = m->loop,
		.spool = m->spool,
		.sinks = config_sinks(m->config),
		.params = &m->params->exports,
		.host = m->host,
		.state_dir = m->params->daemon.state_dir,
	};
	int r = exporter_open(&options, &m->exporter);

	if (r < 0)
		manager_reduced(m, "nothing is sent to the SIEM: %s", strerror(-r));
}

static void start_sessions(struct manager *m)
{
	int r = sessions_open(m->loop, m->enrich, &m->params->sessions, m->params->exports.user,
			      &m->sessions);

	if (r < 0)
		manager_reduced(m, "database servers are not asked for their sessions: %s",
				strerror(-r));
}

static void start_clock(struct manager *m)
{
	struct timespec boot;
	const struct sample *sample;
	struct tick tick = { .host = m->host, .interval_s = 1 };
	struct flowtab_totals totals;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	m->counters_made_ns = collect_made_ns(m->collect);
	m->started_boot_ns = (uint64_t)boot.tv_sec * 1000000000 + (uint64_t)boot.tv_nsec;
	event_clock_start(&m->clock, m->started_boot_ns, (int64_t)time(NULL), m->last_ts);
	m->saved_ts = m->clock.now;
	/* The first sample is the baseline the first second is measured against. */
	if (collect_read(m->collect, &sample) < 0)
		return;
	(void)flowtab_update(m->flows, sample, &tick);
	flowtab_get_totals(m->flows, &totals);
	m->heartbeat_bytes = totals.egress_bytes; /* the first one's interval begins now */
	if (collect_adopted(m->collect) && m->saved_total_bytes) {
		uint64_t total = sample->total_after[EG_COLUMN_EGRESS].payload_bytes;

		if (total >= m->saved_total_bytes) {
			m->gap_bytes = total - m->saved_total_bytes;
			log_info("%" PRIu64 " bytes were counted while no daemon ran",
				 m->gap_bytes);
		}
	}
}

static uint64_t elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)((now.tv_sec - since->tv_sec) * 1000 +
			  (now.tv_nsec - since->tv_nsec) / 1000000);
}

int manager_start(struct manager *m)
{
	struct timespec begin;
	int status;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	if (m->params->daemon.host_name[0])
		snprintf(m->host, sizeof(m->host), "%s", m->params->daemon.host_name);
	else if (gethostname(m->host, sizeof(m->host) - 1) < 0)
		snprintf(m->host, sizeof(m->host), "localhost");
	status = start_directory(m);
	if (!status)
		status = start_counting(m);
	if (!status)
		status = start_model(m);
	if (status)
		return status;
	manager_open_disk(m);
	start_clock(m);
	status = start_loop(m);
	if (status)
		return status;
	names_open(m);
	start_exporter(m);
	start_sessions(m);
	if (daemon_drop_privileges(m->exporter || m->sessions) < 0)
		manager_reduced(m,
				"privileges: could not give up capabilities that are not needed");
	(void)held_new(&m->held); /* a thread: with what is left of the privileges */
	log_info("counting on %s after %" PRIu64 " ms; control socket %s", m->host,
		 elapsed_ms(&begin), m->params->daemon.socket_path);
	return 0;
}

static void free_event(struct event *e)
{
	if (e)
		event_free(e);
}

void manager_stop(struct manager *m)
{
	if (m->slots && m->engine && m->ticks)
		(void)state_keep(m);
	/* The minute that has begun: the next start counts from here. */
	if (m->store && m->rollup_ts)
		(void)store_add_rollup(m->store, m->rollup_ts / 60 * 60, m->flows);
	summary_stop(m);
	exporter_close(m->exporter);
	sessions_close(m->sessions);
	held_free(m->held);
	names_close(m);
	serve_close(m->serve);
	store_close(m->store);
	state_close(m);
	slots_close(m->slots);
	spool_close(m->spool);
	alerts_free(m->alerts);
	engine_free(m->engine);
	flowtab_free(m->flows);
	words_free(m->words);
	normals_free(&m->normals);
	names_free(m->names);
	enrich_free(m->enrich);
	collect_close(m->collect);
	if (m->detach && m->pin_dir && collect_detach(m->pin_dir) == 0)
		log_info("detached: nothing is counted until egressd starts again");
	free_event(m->tick_event);
	free_event(m->life_event);
	free_event(m->watch_event);
	free_event(m->term_event);
	free_event(m->int_event);
	free_event(m->hup_event);
	if (m->loop)
		event_base_free(m->loop);
	free(m->pin_dir);
	buf_free(&m->reductions);
	config_free(m->config);
	if (m->lock_fd >= 0)
		close(m->lock_fd);
}
