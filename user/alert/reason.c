/* SPDX-License-Identifier: Apache-2.0
 *
 * An alert in words: who sent how much where, what is normal, and the arithmetic
 * that makes it an alert. Every figure is the finding's own.
 */
#include <inttypes.h>
#include <string.h>

#include "alert/incident.h"
#include "base/units.h"
#include "base/vocab.h"
#include "detect/engine.h"

static bool has_point(const struct finding *f, enum eg_context context)
{
	for (size_t i = 0; i < f->point_count; i++)
		if (f->points[i].context == context && f->points[i].points)
			return true;
	return false;
}

static const char *class_words(enum series_class cls)
{
	switch (cls) {
	case CLASS_PUBLIC: return " to public addresses";
	case CLASS_INTERNAL: return " to internal addresses";
	default: return "";
	}
}

static void add_amount(struct buf *out, const struct finding *f, uint64_t value)
{
	if (f->kind == SERIES_FAN)
		buf_addf(out, "%" PRIu64, value);
	else
		format_bytes(out, value);
}

static void add_where(struct buf *out, const struct finding *f, const char *address)
{
	const char *mark = f->kind == SERIES_NOVEL || has_point(f, EG_CTX_NEW_DEST) ? " (new)" : "";

	if (!f->dest) {
		buf_add_str(out,
			    f->kind == SERIES_NOVEL ? " to new destinations" : class_words(f->cls));
		return;
	}
	if (f->kind == SERIES_NOVEL)
		buf_add_str(out, " to new destinations, most of it");
	else if (f->kind != SERIES_PAIR)
		buf_addf(out, "%s, among them", class_words(f->cls));
	buf_add_str(out, f->kind == SERIES_PAIR || f->kind == SERIES_NOVEL ? " to " : " ");
	alert_dest(out, f, address);
	buf_add_str(out, mark);
	if (f->init == EG_INIT_ACCEPTED && f->port)
		buf_addf(out, ", which connected to port %u,", f->port);
}

/* Where all but a hundredth was sent since the series got loud, that time is given,
 * else the horizon's. */
enum { SEEN_TOLERANCE = 100 };

/* In what time: " in 62 s", " in 1 d by its quietest hour alone", " today". */
static void add_span(struct buf *out, const struct finding *f, const struct reason_extra *extra)
{
	bool seen = extra->since_s && extra->since_s < engine_horizon_s[f->horizon] &&
		    extra->seen_bytes >= f->value_bytes - f->value_bytes / SEEN_TOLERANCE;

	if (f->evidence == EVIDENCE_DAY) {
		buf_add_str(out, " today (UTC)");
		return;
	}
	if (f->evidence == EVIDENCE_DRIFT) {
		buf_add_str(out, " or more on 7 of the last 14 days");
		return;
	}
	buf_add_str(out, " in ");
	if (f->evidence != EVIDENCE_STEADY && seen && f->kind != SERIES_READ &&
	    f->kind != SERIES_FAN)
		format_duration(out, extra->since_s);
	else
		buf_add_str(out, engine_horizon_names[f->horizon]);
	if (f->evidence == EVIDENCE_STEADY)
		buf_add_str(out, " by its quietest hour alone, taken 24 times");
}

/* "pg_dump (mallory) sent 4.6 GB to 203.0.113.7:443 (new) in 62 s." */
static void add_deed(struct buf *out, const struct alert_event *event,
		     const struct reason_extra *extra)
{
	const struct finding *f = &event->headline;
	uint64_t value = f->value_bytes;

	/* rings count in KiB, the total is exact: one sum, one figure */
	if (event->tx_total >= value && event->tx_total - value <= 1024)
		value = event->tx_total;
	if (f->actor)
		alert_actor(out, f->actor);
	else
		buf_add_str(out, "This host");
	if (f->kind == SERIES_READ) {
		buf_add_str(out, " read ");
		format_bytes(out, value);
		buf_add_str(out, " of database files");
	} else if (f->kind == SERIES_FAN) {
		buf_addf(out, " sent to %" PRIu64 " different destinations", f->value_bytes);
	} else {
		buf_add_str(out, " sent ");
		format_bytes(out, value);
		add_where(out, f, witness_address(event->witness));
	}
	add_span(out, f, extra);
	buf_add_str(out, ". ");
}

static void add_normal(struct buf *out, const struct finding *f)
{
	const char *verb = f->kind == SERIES_READ ? "reads" : "sends";

	buf_addf(out, "Normal for this %s: ", f->actor ? "actor" : "host");
	if (!f->baseline_bytes && !f->warm) {
		buf_addf(out, "not known yet, profile %u d old. ", f->profile_age_days);
		return;
	}
	if (f->baseline_bytes) {
		buf_add_str(out, "at most ");
		add_amount(out, f, f->baseline_bytes);
		buf_addf(out, " per %s", engine_horizon_names[f->horizon]);
		if (f->evidence == EVIDENCE_WEEK)
			buf_add_str(out, " at this time of the week");
		if (f->evidence == EVIDENCE_STEADY)
			buf_add_str(out, " so counted");
		if (f->evidence == EVIDENCE_DAY)
			buf_add_str(out, ", much the same every day,");
		if (f->kind == SERIES_PAIR)
			buf_add_str(out, " there");
	} else if (f->kind == SERIES_PAIR && !has_point(f, EG_CTX_UNUSUAL_ACTOR)) {
		buf_add_str(out, "sends nothing there");
	} else if (f->kind == SERIES_NOVEL && !has_point(f, EG_CTX_UNUSUAL_ACTOR)) {
		buf_add_str(out, "sends nothing to new destinations");
	} else {
		buf_addf(out, "never %s", verb);
	}
	if (!f->warm)
		buf_addf(out, " (still learning, profile %u d old)", f->profile_age_days);
	buf_add_str(out, ". ");
}

static const char *context_words(const struct finding *f, unsigned int context)
{
	if (context == EG_CTX_TOOL && f->actor)
		return strstr(f->actor->exe, "dump") ? "dump tool" : "transfer tool";
	return context < EG_CTX_COUNT ? engine_context_names[context] : "context";
}

/* 2^(points/10) as "8", "5.7": ten points are one doubling. */
static void add_factor(struct buf *out, int64_t points)
{
	static const uint16_t tenths_milli[10] = { 1000, 1072, 1149, 1231, 1320,
						   1414, 1516, 1625, 1741, 1866 };
	uint64_t n = (uint64_t)(points < 0 ? -points : points);
	uint64_t factor_milli = (uint64_t)tenths_milli[n % 10] << MIN(n / 10, UINT64_C(40));

	buf_addf(out, "%s%" PRIu64, points < 0 ? "×" : "÷", factor_milli / 1000);
	if (factor_milli % 1000 / 100)
		buf_addf(out, ".%u", (unsigned int)(factor_milli % 1000 / 100));
}

/* "Allowed 29 MB per 10 min, ÷8 new destination ÷4 unusual actor ÷4 dump tool." */
static void add_arithmetic(struct buf *out, const struct finding *f)
{
	int64_t sum = 0, counted = (int64_t)f->score_milli - f->volume_milli;

	if (f->evidence == EVIDENCE_DRIFT) {
		buf_add_str(out,
			    "The baseline may not grow so fast by itself: approve or decline. ");
		return;
	}
	buf_add_str(out, "Allowed ");
	add_amount(out, f, f->allowed_bytes);
	buf_addf(out, " per %s", engine_horizon_names[f->horizon]);
	for (size_t i = 0; i < f->point_count; i++) {
		if (!f->points[i].points)
			continue;
		buf_add_str(out, sum || i ? " " : ", ");
		add_factor(out, f->points[i].points);
		buf_addf(out, " %s", context_words(f, f->points[i].context));
		sum += f->points[i].points;
	}
	if (sum * 1000 != counted && counted > 0) {
		buf_add_str(out, " (together ");
		add_factor(out, counted / 1000);
		buf_add_str(out, " at most)");
	}
	buf_add_str(out, ". ");
}

/* "4.1 % of the database. " */
static void add_share(struct buf *out, const struct finding *f)
{
	uint64_t permille;

	if (!f->db_bytes || f->kind == SERIES_FAN)
		return;
	permille = f->value_bytes > UINT64_MAX / 1000 ? f->value_bytes / (f->db_bytes / 1000 + 1)
						      : f->value_bytes * 1000 / f->db_bytes;
	if (permille >= 1000)
		buf_addf(out, "%" PRIu64 " %% of the database. ", permille / 10);
	else if (permille)
		buf_addf(out, "%" PRIu64 ".%" PRIu64 " %% of the database. ", permille / 10,
			 permille % 10);
}

/* "Quiet again. pg_dump (mallory) sent 4.6 GB since 2026-05-01T14:01:58Z. T1048." */
static void add_closing(struct buf *out, const struct alert_event *event)
{
	const struct finding *f = &event->headline;
	char since[32];

	buf_add_str(out, "Quiet again. ");
	if (f->actor)
		alert_actor(out, f->actor);
	else
		buf_add_str(out, "This host");
	if (f->kind == SERIES_READ) {
		buf_add_str(out, " had read ");
		format_bytes(out, f->value_bytes);
		buf_add_str(out, " of database files");
	} else if (f->kind == SERIES_FAN) {
		buf_addf(out, " had sent to %" PRIu64 " different destinations", f->value_bytes);
	} else {
		buf_add_str(out, " sent ");
		format_bytes(out, event->tx_total);
		add_where(out, f, witness_address(event->witness));
	}
	format_time(since, event->first_ts);
	buf_addf(out, " since %s; now below half of what is allowed. ", since);
}

void alert_reason(struct buf *out, const struct alert_event *event,
		  const struct reason_extra *extra)
{
	const struct finding *f = &event->headline;

	if (f->kind == SERIES_BUDGET) {
		alert_reason_budget(out, event, extra->word);
		return;
	}
	if (event->kind == ALERT_CLOSE) {
		add_closing(out, event);
		buf_addf(out, "%s.", event->technique);
		return;
	}
	if (extra->unsilenced)
		buf_add_str(out, "Its silence is over. ");
	if (extra->news)
		buf_add_str(out, "New in this incident: ");
	add_deed(out, event, extra);
	witness_reason(out, event->witness, f);
	add_normal(out, f);
	add_arithmetic(out, f);
	if (f->read_bytes && f->kind != SERIES_READ) {
		buf_add_str(out, "It read ");
		format_bytes(out, f->read_bytes);
		buf_add_str(out, " of database files. ");
	}
	add_share(out, f);
	if (extra->louder)
		buf_addf(out, "%s is at %s. ", extra->louder, level_name(event->level));
	if (event->adopt)
		buf_addf(out,
			 "It has gone on for days. Is it normal now? egressctl approve %.8s, or "
			 "egressctl decline %.8s. ",
			 event->alert_id, event->alert_id);
	if (f->capped && f->kind != SERIES_READ) /* reading is never more than a notice */
		buf_addf(out, "Held at %s: the sensor is still learning. ", level_name(f->level));
	buf_addf(out, "%s.", event->technique);
}
