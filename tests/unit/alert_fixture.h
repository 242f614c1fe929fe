/* SPDX-License-Identifier: Apache-2.0
 *
 * Findings made by hand, and a record of the events that follow.
 */
#ifndef ALERT_FIXTURE_H
#define ALERT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "alert/alert.h"
#include "base/buf.h"
#include "base/vocab.h"
#include "model/names.h"

enum { T0 = 1714571998, FOUND_MAX = 32 };

struct alert_test {
	struct names *names;
	struct alerts *alerts;
	struct tick tick;
	struct finding found[FOUND_MAX];
	size_t count;
	struct buf log; /* a line an event: "open page pair SUBJECT" */
	char id[8][33]; /* alert ids in order of first sight */
	size_t id_count;
	char last_event_id[33];
	int refuse; /* what the receiver returns */
};

static inline const struct params_alert *alert_test_params(void)
{
	static const struct params_alert params = {
		.update_min_s = 900,
		.clear_min_s = 1800,
		.clear_max_s = 86400,
		.reopen_s = 86400,
		.fold_s = 3600,
		.pages_per_day = 3,
	};

	return &params;
}

static inline void alert_test_start(struct alert_test *t, uint32_t interval_s)
{
	memset(t, 0, sizeof(*t));
	assert_int_equal(names_new(&t->names), 0);
	assert_int_equal(alerts_new(alert_test_params(), "db-07", &t->alerts), 0);
	t->tick = (struct tick){ .host = "db-07", .ts = T0, .interval_s = interval_s };
}

static inline void alert_test_end(struct alert_test *t)
{
	alerts_free(t->alerts);
	names_free(t->names);
	buf_free(&t->log);
}

/* Which incident this is, counted from 0 by first sight. */
static inline size_t alert_test_number(struct alert_test *t, const char *alert_id)
{
	for (size_t i = 0; i < t->id_count; i++)
		if (strcmp(t->id[i], alert_id) == 0)
			return i;
	assert_true(t->id_count < ARRAY_SIZE(t->id));
	memcpy(t->id[t->id_count], alert_id, sizeof(t->id[0]));
	return t->id_count++;
}

static inline int alert_test_event(void *ctx, const struct alert_event *e)
{
	struct alert_test *t = ctx;

	memcpy(t->last_event_id, e->event_id, sizeof(t->last_event_id));
	if (t->refuse)
		return t->refuse;
	buf_addf(&t->log, "%zu %s %s %s%s%s %s\n", alert_test_number(t, e->alert_id),
		 alert_event_name(e->kind), level_name(e->level), e->digest ? "digest " : "",
		 e->silenced ? "silenced " : "", alert_rule_name(e->headline.kind), e->subject);
	return 0;
}

/* A loud series: dst NULL = none. Its id follows from what it is. */
static inline struct finding *alert_test_add(struct alert_test *t, enum series_kind kind,
					     const char *exe, const char *dst, enum eg_level level)
{
	struct finding *f = &t->found[t->count++];
	const struct dest *dest = dst ? names_dest(t->names, dst, EG_SCOPE_UNKNOWN) : NULL;
	const struct actor *actor = exe ? names_actor(t->names, exe, exe, "", "mallory") : NULL;

	assert_true(t->count <= FOUND_MAX);
	*f = (struct finding){
		.series_id = ((uint64_t)kind + 1) * 1000003 + (actor ? actor->id : 0) +
			     (kind == SERIES_PAIR ? dest->id * 31 : 0),
		.kind = kind,
		.cls = dest ? CLASS_PUBLIC : CLASS_ANY,
		.actor = actor,
		.dest = dest,
		.init = kind == SERIES_PAIR ? EG_INIT_CONNECTED : EG_INIT_UNKNOWN,
		.port = kind == SERIES_PAIR ? 443 : 0,
		.horizon = 2,
		.score_milli = level == EG_LEVEL_PAGE     ? 25000
			       : level == EG_LEVEL_TICKET ? 12000
							  : 3000,
		.level = level,
		.warm = true,
		.value_bytes = 100 << 20,
		.allowed_bytes = 10 << 20,
		.tx_bytes = 1 << 20,
		.day_bytes = 100 << 20,
		.profile_age_days = 14,
		.state_hash = UINT64_C(0x5e7f00d5),
		.ratio_milli = 10000,
	};
	f->volume_milli = f->score_milli;
	return f;
}

static inline int by_series(const void *a, const void *b)
{
	uint64_t x = ((const struct finding *)a)->series_id;
	uint64_t y = ((const struct finding *)b)->series_id;

	return (x > y) - (x < y);
}

/* Feeds what was added as one tick and moves on; the findings are used up. */
static inline int alert_test_tick(struct alert_test *t)
{
	int rc;

	qsort(t->found, t->count, sizeof(t->found[0]), by_series);
	rc = alerts_feed(t->alerts, NULL, &t->tick, t->found, t->count, alert_test_event, t);
	t->tick.ts += t->tick.interval_s;
	t->count = 0;
	return rc;
}

static inline void alert_test_silence(struct alert_test *t, int64_t seconds)
{
	for (; seconds > 0; seconds -= t->tick.interval_s)
		assert_int_equal(alert_test_tick(t), 0);
}

/* The events since the last call. */
static inline void alert_test_expect(struct alert_test *t, const char *lines)
{
	assert_string_equal(t->log.len ? t->log.data : "", lines);
	buf_clear(&t->log);
}

#endif
