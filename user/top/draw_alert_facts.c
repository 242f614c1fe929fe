/* SPDX-License-Identifier: Apache-2.0
 *
 * An alert's members as sentences: how long it lasted, against what it stands out, how well
 * that is known, what people said to it; see draw.h. Members without words are listed by
 * draw_explain.c.
 */
#include <json-c/json.h>

#include "base/units.h"
#include "top/draw.h"
#include "top/json_read.h"

static const char *const told[] = {
	"subject",
	"reason",
	"level",
	"score",
	"event",
	"alert.id",
	"event.id",
	"@timestamp",
	"ts",
	"observed",
	"allowed",
	"baseline",
	"horizon",
	"horizon_s",
	"deviation",
	"evidence",
	"profile_age_days",
	"profile.warm",
	"profile.capped",
	"profile.hash",
	"db.bytes",
	"db.share_percent",
	"day_total",
	"alert.first_ts",
	"alert.first_time",
	"alert.last_ts",
	"alert.last_time",
	"alert.duration_s",
	"alert.peak_level",
	"alert.folded",
	"alert.destinations",
	"alert.digest",
	"alert.acknowledged_by",
	"alert.adopt",
	"alert.silenced",
	"alert.silenced_by",
	"alert.silenced_until",
	"alert.silenced_bytes_left",
};

static const struct {
	const char *evidence, *words;
} evidences[] = {
	{ "peak", "the most it is known to send in such a span" },
	{ "week", "what this hour of the week usually brings" },
	{ "steady", "24 times its quietest hour of a day: it does not pause" },
	{ "day", "a transfer that is much the same every day" },
	{ "drift", "its known day, exceeded on 7 of 14 days" },
};

bool draw_alert_tells(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(told); i++)
		if (strcmp(key, told[i]) == 0)
			return true;
	return strncmp(key, "points.", 7) == 0;
}

static bool is_true(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) && json_object_get_boolean(v);
}

/* false: not given, or null. */
static bool get_number(struct json_object *o, const char *key, double *ret)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v) ||
	    !(json_object_is_type(v, json_type_int) || json_object_is_type(v, json_type_double)))
		return false;
	*ret = json_object_get_double(v);
	return true;
}

static int put(struct canvas *c, int y, const char *label, const struct buf *words)
{
	if (!words->len)
		return y;
	(void)canvas_put_cut(c, 3, y, 15, S_DIM, label);
	return MAX(draw_wrapped(c, 19, y, c->width - 20, 4, S_PLAIN, words->data), y + 1);
}

/* "since 2026-05-01 14:01Z, for 52 s; 2.1 GB in 24 h" */
static int draw_span(struct canvas *c, int y, const struct alert_row *a)
{
	_cleanup_buf_ struct buf words = BUF_INIT;
	uint64_t seconds, day;
	char since[32];

	if (a->first_ts) {
		format_time(since, a->first_ts);
		since[10] = ' ';
		buf_addf(&words, "since %s", since);
	}
	if (json_member_u64(a->root, "alert.duration_s", &seconds)) {
		buf_addf(&words, "%sloud for ", words.len ? ", " : "");
		format_duration(&words, seconds);
	}
	if (json_member_u64(a->root, "day_total", &day)) {
		buf_addf(&words, "%s", words.len ? "; " : "");
		format_bytes(&words, day);
		buf_addf(&words, " in the 24 h to then");
	}
	return put(c, y, "when", &words);
}

/* "34 times the most it is known to send in such a span" */
static int draw_evidence(struct canvas *c, int y, struct json_object *o)
{
	const char *evidence = json_member_text(o, "evidence"), *against = evidence;
	_cleanup_buf_ struct buf words = BUF_INIT;
	double deviation;

	if (!evidence)
		return y;
	for (size_t i = 0; i < ARRAY_SIZE(evidences); i++)
		if (strcmp(evidence, evidences[i].evidence) == 0)
			against = evidences[i].words;
	if (get_number(o, "deviation", &deviation) && deviation >= 0)
		buf_addf(&words, deviation < 10 ? "%.1f times %.80s" : "%.0f times %.80s",
			 MIN(deviation, 1e9), against);
	else
		buf_addf(&words, "against %.80s: nothing was learned of it", against);
	return put(c, y, "stands out", &words);
}

static int draw_profile(struct canvas *c, int y, struct json_object *o)
{
	_cleanup_buf_ struct buf words = BUF_INIT;
	const char *hash = json_member_text(o, "profile.hash");
	uint64_t days;

	if (!json_member_u64(o, "profile_age_days", &days))
		return y;
	buf_addf(&words, "learned for %u d, %s", (unsigned int)MIN(days, 99999),
		 is_true(o, "profile.warm") ? "enough for this span"
					    : "not enough for this span yet");
	if (is_true(o, "profile.capped"))
		buf_addf(&words, ": held at ticket");
	if (hash)
		buf_addf(&words, "; state %.16s, the same in a replay of the same traffic", hash);
	return put(c, y, "its normal", &words);
}

static int draw_database(struct canvas *c, int y, struct json_object *o)
{
	_cleanup_buf_ struct buf words = BUF_INIT;
	double percent;
	uint64_t bytes;

	if (!get_number(o, "db.share_percent", &percent) || !json_member_u64(o, "db.bytes", &bytes))
		return y;
	buf_addf(&words, percent < 10 ? "%.1f %% of " : "%.0f %% of ", MIN(percent, 1e9));
	format_bytes(&words, bytes);
	return put(c, y, "of databases", &words);
}

static int draw_incident(struct canvas *c, int y, const struct alert_row *a)
{
	_cleanup_buf_ struct buf words = BUF_INIT;
	const char *peak = json_member_text(a->root, "alert.peak_level");
	const char *level = json_member_text(a->root, "level");
	uint64_t folded = 0, destinations = 0;

	if (peak && level && strcmp(peak, level) != 0)
		buf_addf(&words, "has been a %.10s", peak);
	if (json_member_u64(a->root, "alert.destinations", &destinations) && destinations > 1)
		buf_addf(&words, "%s%u destinations", words.len ? ", " : "",
			 (unsigned int)MIN(destinations, UINT32_MAX));
	if (json_member_u64(a->root, "alert.folded", &folded) && folded)
		buf_addf(&words, "%s%u other series in it", words.len ? ", " : "",
			 (unsigned int)MIN(folded, UINT32_MAX));
	if (is_true(a->root, "alert.digest"))
		buf_addf(&words, "%sthe day's pages were used up", words.len ? ", " : "");
	return put(c, y, "incident", &words);
}

static int draw_said(struct canvas *c, int y, const struct alert_row *a)
{
	const char *by = json_member_text(a->root, "alert.acknowledged_by");
	const char *silenced_by = json_member_text(a->root, "alert.silenced_by");
	const char *until = json_member_text(a->root, "alert.silenced_until");
	_cleanup_buf_ struct buf words = BUF_INIT;
	uint64_t left;

	if (by)
		buf_addf(&words, "seen by %.40s", by);
	if (silenced_by)
		buf_addf(&words, "%s%s by %.40s until %.20s", words.len ? "; " : "",
			 a->silenced ? "silenced" : "silenced, and louder than that,", silenced_by,
			 until ? until : "its end");
	if (silenced_by && json_member_u64(a->root, "alert.silenced_bytes_left", &left)) {
		buf_addf(&words, ", ");
		format_bytes(&words, left);
		buf_addf(&words, " of its budget left");
	}
	return put(c, y, "people said", &words);
}

int draw_alert_question(struct canvas *c, const struct alert_row *a, int y)
{
	if (!a->asks || !a->open)
		return y;
	return draw_wrapped(c, 3, y, c->width - 4, 3, S_NOTICE,
			    "It has come to stay. Is it normal from now on? y: yes, learn it; "
			    "d: no, never (root, or a member of daemon.admin_group)");
}

int draw_alert_facts(struct canvas *c, const struct alert_row *a, int y)
{
	int start = y;

	y = draw_span(c, y, a);
	y = draw_evidence(c, y, a->root);
	y = draw_profile(c, y, a->root);
	y = draw_database(c, y, a->root);
	y = draw_incident(c, y, a);
	y = draw_said(c, y, a);
	return y > start ? y + 1 : y;
}
