/* SPDX-License-Identifier: Apache-2.0
 *
 * The spine: start, tick, stop. manager_tick() is the order in which data flows;
 * everything it calls is named in manager.h or in a stage's header.
 */
#include "daemon/manager.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "alert/alert.h"
#include "alert/witness.h"
#include "base/log.h"
#include "collect/collect.h"
#include "config/config.h"
#include "config/sinks.h"
#include "daemon/exporter.h"
#include "detect/engine.h"
#include "enrich/enrich.h"
#include "model/flowtab.h"
#include "model/relay.h"
#include "model/words.h"
#include "serve/serve.h"
#include "store/store.h"

enum {
	MANAGER_DISCOVER_S = 60,   /* look for new database servers */
	MANAGER_MEASURE_US = 2000, /* of a tick spent measuring database directories */
	MANAGER_DRAIN_TICKS = 30,
	MANAGER_LEARNING_DAYS = 14,  /* the day horizon is warm */
	MANAGER_PRESSED_IDLE_S = 10, /* idle for so long goes at once when the table fills up */
	MANAGER_TRACES_MAX = 4,      /* relays a tick whose database is looked for */
	MANAGER_SUSPECTS_MAX = 64,   /* findings of a tick whose senders are looked at closely */
};

/* Processes that exited and belong to no listed flow are remembered so long: an event
 * of theirs may still wait in a queue. */
static const uint64_t exited_keep_ns = 60ull * 1000000000;

static uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void on_life(void *ctx, const struct collect_life *event)
{
	enrich_life(ctx, event);
}

/* Learns more of the processes that alerts of this tick may name. */
static void look_at_suspects(struct manager *m, const struct tick *tick,
			     const struct finding *findings, size_t count)
{
	unsigned int traces = MANAGER_TRACES_MAX;

	relay_watch(m->flows, m->enrich);
	for (size_t i = 0; i < MIN(count, (size_t)MANAGER_SUSPECTS_MAX); i++) {
		const struct flow *flow = NULL;

		if (findings[i].level > EG_LEVEL_NONE)
			flow = witness_flow(tick, &findings[i]);
		if (!flow)
			continue;
		enrich_suspect(m->enrich, flow->ident);
		flowtab_look_up_peer(m->flows, flow);
		flowtab_prove_session(m->flows, flow);
		if (traces && relay_trace(m->flows, m->enrich, flow))
			traces--;
	}
}

/* Learning has ended: nothing public should be normal that nobody has looked at. */
static void tell_learned(struct manager *m)
{
	static const char text[] = "see who was learned to send to whom: egressctl baseline report";

	log_warning("two weeks are learned; %s", text);
	if (m->store)
		(void)store_add_audit(m->store, m->clock.now, 0, "learning ended", text);
	audit_send(m, m->clock.now, 0, "learning ended", text);
}

/* Detection and alerting on one tick. */
static void judge(struct manager *m, const struct tick *tick)
{
	const struct finding *findings;
	size_t count;
	uint32_t days = engine_age_days(m->engine);
	int r = engine_feed(m->engine, tick, &findings, &count);

	if (r == 0)
		look_at_suspects(m, tick, findings, count);
	if (r == 0)
		r = alerts_feed(m->alerts, m->engine, tick, findings, count, emit_alert, m);
	if (days < MANAGER_LEARNING_DAYS && engine_age_days(m->engine) >= MANAGER_LEARNING_DAYS)
		tell_learned(m);
	if (r < 0)
		log_error("this second was not judged: %s; counting goes on", strerror(-r));
}

/* Idle rows go now and then; every tick while a table that was three quarters full is
 * more than half full. */
static void drain(struct manager *m)
{
	uint64_t entries, max, idle_s = m->params->daemon.flow_idle_s;

	collect_map_fill(m->collect, &entries, &max);
	m->pressed = entries > (m->pressed ? max / 2 : max - max / 4);
	if (m->pressed)
		idle_s = MIN(idle_s, (uint64_t)MANAGER_PRESSED_IDLE_S);
	if (m->pressed || m->ticks % MANAGER_DRAIN_TICKS == 0)
		(void)collect_drain_idle(m->collect, told_idle_ns(m, idle_s * 1000000000));
}

/* What need not happen every second. */
static void keep_house(struct manager *m, const struct sample *sample)
{
	const struct params_daemon *p = &m->params->daemon;
	int64_t now = m->clock.now;

	health_tick(m);
	drain(m);
	if (m->ticks % MANAGER_DRAIN_TICKS == 0) {
		flowtab_expire(m->flows, sample->wall_ns, p->flow_ended_s);
		enrich_sweep(m->enrich, sample->boot_ns - MIN(sample->boot_ns, exited_keep_ns));
	}
	if (now >= m->discover_ts + MANAGER_DISCOVER_S) {
		enrich_discover_databases(m->enrich);
		watch_databases(m);
		enrich_refresh_geo(m->enrich);
		m->discover_ts = now;
	}
	(void)enrich_measure_step(m->enrich, MANAGER_MEASURE_US);
	if (m->store && now / 60 != m->rollup_ts / 60) {
		(void)store_add_rollup(m->store, m->rollup_ts / 60 * 60, m->flows);
		(void)store_trim(m->store, now);
		m->rollup_ts = now;
	}
	state_keep_aside(m);
}

void manager_tick(struct manager *m)
{
	struct tick tick = { .host = m->host };
	const struct sample *sample;
	uint64_t begin = clock_ns(CLOCK_BOOTTIME);
	uint32_t seconds = event_clock_advance(&m->clock, begin, (int64_t)time(NULL));
	int r;

	if (!seconds)
		return;
	(void)collect_life_poll(m->collect, on_life, m->enrich);
	enrich_poll(m->enrich);
	names_tick(m);
	r = collect_read(m->collect, &sample);
	if (r < 0) {
		health_set(m, HEALTH_JUDGED, true);
		log_warning("counters could not be read: %s; the next tick will have them",
			    strerror(-r));
		m->clock.now -= seconds;
		m->clock.boot_ns -= (uint64_t)seconds * 1000000000;
		return;
	}
	tick.ts = m->clock.now - seconds;
	tick.interval_s = seconds;
	tick.db_bytes = m->params->detect.database_bytes ? m->params->detect.database_bytes
							 : enrich_database_bytes(m->enrich);
	r = flowtab_update(m->flows, sample, &tick);
	health_set(m, HEALTH_JUDGED, r < 0);
	if (r < 0) {
		log_error("flow table: %s; bytes stay counted in the kernel", strerror(-r));
	} else {
		workloads_add(&m->workloads, &tick);
		judge(m, &tick);
	}
	emit_show(m);
	ops_publish_tick(m, &tick);
	telemetry_tick(m);
	summary_tick(m);
	keep_house(m, sample);
	m->ticks++;
	m->tick_cost_ns = clock_ns(CLOCK_BOOTTIME) - begin;
	m->tick_cost_max_ns = MAX(m->tick_cost_max_ns, m->tick_cost_ns);
	daemon_notify("WATCHDOG=1");
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	manager_tick(ctx);
}

static void on_life_ready(evutil_socket_t fd, short what, void *ctx)
{
	struct manager *m = ctx;

	(void)fd;
	(void)what;
	(void)collect_life_poll(m->collect, on_life, m->enrich);
}

static void on_stop_signal(evutil_socket_t fd, short what, void *ctx)
{
	struct manager *m = ctx;

	(void)what;
	log_info("%s: stopping%s", fd == SIGTERM ? "SIGTERM" : "SIGINT",
		 m->pin_dir ? "; the pinned counters go on counting (egressd --detach removes them)"
			    : "");
	event_base_loopbreak(m->loop);
}

static void adopt_words(struct manager *m)
{
	int r = words_adopt(m->words, config_words(m->config), m->clock.now);

	if (r == 0)
		r = words_mark(m->words, m->names);
	if (r < 0)
		log_warning("SIGHUP: not all of expect, role and budget were taken: %s",
			    r == -ENOSPC ? "there are too many; remove some" : strerror(-r));
}

/* SIGHUP: what detection and alerting may learn while running; the rest needs a restart. */
static void on_reload(evutil_socket_t fd, short what, void *ctx)
{
	struct manager *m = ctx;
	struct buf error _cleanup_buf_ = BUF_INIT;
	struct config *fresh;

	(void)fd;
	(void)what;
	if (config_load(m->config_path, &fresh, &error) < 0) {
		log_error("SIGHUP: %s; keeping the old configuration",
			  error.data ? error.data : "failed");
		return;
	}
	/* The stages hold pointers into the old object: change its values in place. */
	config_adopt(m->config, fresh);
	config_swap_lists(m->config, fresh);
	engine_params_changed(m->engine);
	alerts_set_params(m->alerts, &m->params->alert);
	adopt_words(m);
	exporter_reload(m->exporter, config_sinks(m->config));
	if (!m->exporter && config_sinks(m->config)->count)
		log_warning("SIGHUP: the first sinks need a restart");
	config_free(fresh);
	log_info("SIGHUP: detection and alert settings reloaded; daemon settings need a restart");
}

static int add_event(struct event *e, const struct timeval *t)
{
	if (!e || event_priority_set(e, MANAGER_PRIORITY) < 0)
		return -ENOMEM;
	return event_add(e, t) == 0 ? 0 : -ENOMEM;
}

int manager_run(struct manager *m)
{
	/* A little under the interval: a late timer must not skip a second. */
	uint32_t ms = m->params->daemon.interval_ms;
	const struct timeval every = { .tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000 };
	int fd = collect_life_fd(m->collect);

	m->tick_event = event_new(m->loop, -1, EV_PERSIST, on_tick, m);
	m->term_event = evsignal_new(m->loop, SIGTERM, on_stop_signal, m);
	m->int_event = evsignal_new(m->loop, SIGINT, on_stop_signal, m);
	m->hup_event = evsignal_new(m->loop, SIGHUP, on_reload, m);
	if (add_event(m->tick_event, &every) || add_event(m->term_event, NULL) ||
	    add_event(m->int_event, NULL) || add_event(m->hup_event, NULL)) {
		log_error("event loop: out of memory");
		return 1;
	}
	if (fd >= 0) {
		m->life_event = event_new(m->loop, fd, EV_READ | EV_PERSIST, on_life_ready, m);
		if (add_event(m->life_event, NULL) < 0)
			log_warning(
				"names of very short processes may be missing: no event for the life ring");
	}
	watch_start(m);
	signal(SIGPIPE, SIG_IGN);
	daemon_notify("READY=1\nSTATUS=counting");
	event_base_dispatch(m->loop);
	daemon_notify("STOPPING=1");
	return m->failed ? 1 : 0;
}
