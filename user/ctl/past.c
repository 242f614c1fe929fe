/* SPDX-License-Identifier: Apache-2.0
 *
 * Which span of which series, in what steps, and the sums; see past.h.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/past.h"
#include "ctl/row.h"

enum {
	STEP_MIN_S = 60,   /* history has no less */
	STEPS_MIN = 60,    /* of a chart: one minute each, an hour */
	STEPS_BEFORE = 20, /* of quiet shown before it got loud */
	STEPS_AFTER = 10,
};

/* Steps that make a window of a whole number of them, few enough to be read at a glance. */
static const struct {
	uint32_t horizon_s, step_s;
	const char *window;
} steps[] = {
	{ 10, 60, "1 min" },      { 60, 60, "1 min" },        { 600, 60, "10 min" },
	{ 3600, 300, "1 h" },     { 21600, 3600, "6 h" },     { 86400, 3600, "1 d" },
	{ 604800, 21600, "7 d" }, { 2419200, 86400, "28 d" },
};

void past_free(struct past *p)
{
	free(p->tx);
	free(p->judged);
	p->tx = p->judged = NULL;
}

static void plan_steps(struct json_object *alert, struct past *p)
{
	uint64_t horizon = 0;
	size_t i = 0;

	(void)row_u64(alert, "horizon_s", &horizon);
	while (i + 1 < ARRAY_SIZE(steps) && steps[i].horizon_s < horizon)
		i++;
	p->step_s = steps[i].step_s;
	p->window_s = MAX(steps[i].horizon_s, (uint32_t)STEP_MIN_S);
	p->window = steps[i].window;
	/* Destinations of two steps may be the same ones: they do not add up. */
	if (p->counts)
		p->step_s = p->window_s;
	p->lead = p->window_s / p->step_s - 1;
}

static int64_t member_ts(struct json_object *alert, const char *key, int64_t fallback)
{
	uint64_t v;

	return row_u64(alert, key, &v) && v < INT64_MAX / 2 ? (int64_t)v : fallback;
}

/* While it is open up to now, else until a little after it was over. */
static void plan_span(struct json_object *alert, int64_t now, struct past *p)
{
	bool closed = strcmp(row_text(alert, "event"), "close") == 0;
	int64_t step = p->step_s, end = now, begin, ts = member_ts(alert, "ts", now);

	p->first_ts = member_ts(alert, "alert.first_ts", ts);
	p->last_ts = member_ts(alert, "alert.last_ts", ts);
	if (closed)
		end = MIN(now, p->last_ts + STEPS_AFTER * step);
	end = MAX(end, p->last_ts);
	p->until = (end + step - 1) / step * step;
	begin = MIN(p->first_ts - STEPS_BEFORE * step, p->until - STEPS_MIN * step);
	begin = MAX(begin / step * step, p->until - PAST_STEPS_MAX * step);
	p->since = MAX(begin, 0);
	p->count = (size_t)((p->until - p->since) / step);
}

/* The alert's own allowance, as it was then. A window longer than its horizon has none. */
static void plan_allowance(struct json_object *alert, struct past *p)
{
	uint64_t horizon = 0;

	(void)row_u64(alert, "horizon_s", &horizon);
	p->allowed_known = horizon == p->window_s && row_u64(alert, "allowed", &p->allowed);
	(void)row_u64(alert, "baseline", &p->usual);
	if (horizon != p->window_s)
		p->usual = 0;
}

static const char *plan_note(struct json_object *alert, struct past *p)
{
	const char *rule = row_text(alert, "rule");

	if (strcmp(rule, "read") == 0) {
		p->allowed_known = false;
		return "What it read is not kept by the minute: this is what it sent.";
	}
	if (strcmp(rule, "novel") == 0) {
		p->allowed_known = false;
		return "All it sent: which destinations were new then is not kept.";
	}
	if (strcmp(row_text(alert, "evidence"), "day") == 0)
		return "It is judged by the UTC day; the bars are the last 24 h.";
	if (strcmp(row_text(alert, "evidence"), "week") == 0 ||
	    strcmp(row_text(alert, "evidence"), "steady") == 0)
		return "It stood out by its hour, not by its peak: the line is what its "
		       "hour was allowed.";
	return "";
}

int past_plan(struct json_object *alert, int64_t now, struct past *ret)
{
	const char *rule = row_text(alert, "rule");

	*ret = (struct past){ .counts = strcmp(rule, "fan") == 0, .note = "" };
	plan_steps(alert, ret);
	plan_span(alert, now, ret);
	plan_allowance(alert, ret);
	ret->note = plan_note(alert, ret);
	ret->has_series = *row_text(alert, "egress.workload") || strcmp(rule, "host") == 0 ||
			  strcmp(rule, "budget") == 0;
	if (!ret->has_series)
		ret->note = "The alert does not say whose history to show: a version of "
			    "egressd before 0.1.0 wrote it.";
	ret->tx = calloc(ret->lead + ret->count, sizeof(*ret->tx));
	ret->judged = calloc(MAX(ret->count, (size_t)1), sizeof(*ret->judged));
	return ret->tx && ret->judged ? 0 : -ENOMEM;
}

/* A destination counts from here on, as detection counts them. */
#define FAN_BYTES (64u << 10)

void past_take(struct past *p, struct json_object *row)
{
	int64_t from = p->since - (int64_t)p->lead * p->step_s;
	uint64_t ts, tx;
	size_t i;

	if (!row_u64(row, "ts", &ts) || !row_u64(row, "tx", &tx) || ts > INT64_MAX ||
	    (int64_t)ts < from || (int64_t)ts >= p->until)
		return;
	i = (size_t)(((int64_t)ts - from) / p->step_s);
	p->tx[i] = tx > UINT64_MAX - p->tx[i] ? UINT64_MAX : p->tx[i] + tx;
	if (p->counts && tx >= FAN_BYTES)
		p->judged[i]++; /* without lead */
}

void past_finish(struct past *p)
{
	if (p->counts)
		return;
	for (size_t i = 0; i < p->count; i++) {
		p->judged[i] = 0;
		for (size_t n = i; n <= i + p->lead; n++) {
			uint64_t room = UINT64_MAX - p->judged[i];

			p->judged[i] += MIN(p->tx[n], room);
		}
	}
}

size_t past_columns(const struct past *p, size_t width, uint64_t *judged, uint64_t *tx)
{
	size_t each = MAX((p->count + width - 1) / width, (size_t)1);
	size_t columns = (p->count + each - 1) / each;

	memset(judged, 0, columns * sizeof(*judged));
	memset(tx, 0, columns * sizeof(*tx));
	for (size_t i = 0; i < p->count; i++) {
		uint64_t room = UINT64_MAX - tx[i / each];

		judged[i / each] = MAX(judged[i / each], p->judged[i]);
		tx[i / each] += MIN(p->tx[p->lead + i], room);
	}
	return columns;
}
