/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON form of an event (docs/json.md): flat, dotted keys. Keys are always
 * there or absent as documented; their order is fixed.
 */
#include <errno.h>
#include <stdio.h>

#include "alert/alert.h"
#include "alert/severity.h"
#include "alert/witness.h"
#include "base/jsonw.h"
#include "base/units.h"
#include "base/vocab.h"
#include "detect/engine.h"
#include "model/words.h"

static const char *const event_names[] = {
	[ALERT_OPEN] = "open", [ALERT_UPDATE] = "update", [ALERT_CLOSE] = "close"
};

static const char *const rule_names[SERIES_KINDS] = {
	[SERIES_HOST] = "host",     [SERIES_ACTOR] = "actor", [SERIES_READ] = "read",
	[SERIES_PAIR] = "pair",     [SERIES_NOVEL] = "novel", [SERIES_FAN] = "fan",
	[SERIES_BUDGET] = "budget",
};

static const char *const class_names[] = {
	[CLASS_ANY] = "any", [CLASS_INTERNAL] = "internal", [CLASS_PUBLIC] = "public"
};

static const char *const point_keys[EG_CTX_COUNT] = {
	[EG_CTX_NEW_DEST] = "points.new_destination",
	[EG_CTX_UNUSUAL_ACTOR] = "points.unusual_actor",
	[EG_CTX_TOOL] = "points.tool",
	[EG_CTX_FIRST_PUBLIC] = "points.first_public",
	[EG_CTX_READ_COUPLED] = "points.read_coupled",
	[EG_CTX_FAN] = "points.fan",
	[EG_CTX_OFF_HOURS] = "points.off_hours",
	[EG_CTX_DECLARED] = "points.declared",
	[EG_CTX_ROLE] = "points.role",
};

static const char *const evidence_names[] = {
	[EVIDENCE_PEAK] = "peak", [EVIDENCE_WEEK] = "week",   [EVIDENCE_STEADY] = "steady",
	[EVIDENCE_DAY] = "day",   [EVIDENCE_DRIFT] = "drift",
};

const char *alert_event_name(enum alert_event_kind kind)
{
	return (unsigned int)kind < ARRAY_SIZE(event_names) ? event_names[kind] : event_names[0];
}

const char *alert_rule_name(enum series_kind kind)
{
	return (unsigned int)kind < SERIES_KINDS ? rule_names[kind] : rule_names[SERIES_HOST];
}

static void add_hex(struct buf *out, const char *key, uint64_t value)
{
	char hex[17];

	snprintf(hex, sizeof(hex), "%016llx", (unsigned long long)value);
	jsonw_str(out, key, hex);
}

static void add_identity(const struct alert_event *e, struct buf *out)
{
	jsonw_time(out, "@timestamp", e->ts);
	jsonw_i64(out, "ts", e->ts);
	jsonw_str(out, "host", e->host);
	jsonw_str(out, "alert.id", e->alert_id);
	jsonw_str(out, "event.id", e->event_id);
	jsonw_str(out, "event", alert_event_name(e->kind));
	jsonw_u64(out, "event.sequence", e->sequence);
	jsonw_str(out, "level", level_name(e->level));
	jsonw_str(out, "alert.peak_level", level_name(e->peak_level));
	jsonw_u64(out, "event.severity", alert_severity(e)->ecs);
	jsonw_time(out, "alert.first_time", e->first_ts);
	jsonw_i64(out, "alert.first_ts", e->first_ts);
	if (e->loud_ts) {
		jsonw_time(out, "alert.last_time", e->loud_ts);
		jsonw_i64(out, "alert.last_ts", e->loud_ts);
		jsonw_u64(out, "alert.duration_s", (uint64_t)MAX(e->loud_ts - e->first_ts, 0));
	}
	jsonw_u64(out, "alert.folded", e->folded);
	jsonw_u64(out, "alert.destinations", e->destinations);
	jsonw_bool(out, "alert.digest", e->digest);
	if (e->acked_by[0])
		jsonw_str(out, "alert.acknowledged_by", e->acked_by);
	if (e->adopt)
		jsonw_bool(out, "alert.adopt", true);
	if (!e->silenced_by[0])
		return;
	jsonw_bool(out, "alert.silenced", e->silenced);
	jsonw_str(out, "alert.silenced_by", e->silenced_by);
	jsonw_time(out, "alert.silenced_until", e->silenced_until);
	jsonw_u64(out, "alert.silenced_bytes_left", e->silenced_bytes);
}

/* How many times what was learned; null where nothing was. */
static void add_deviation(const struct finding *f, struct buf *out)
{
	unsigned __int128 milli;

	if (!f->baseline_bytes) {
		jsonw_null(out, "deviation");
		return;
	}
	milli = (unsigned __int128)f->value_bytes * 1000 / f->baseline_bytes;
	jsonw_milli(out, "deviation", (int64_t)MIN(milli, (unsigned __int128)INT64_MAX));
}

static void add_numbers(const struct alert_event *e, struct buf *out)
{
	const struct finding *f = &e->headline;
	unsigned __int128 share;
	char word[WORD_ID_TEXT];

	jsonw_str(out, "rule", alert_rule_name(f->kind));
	jsonw_str(out, "series.class", class_names[f->cls]);
	add_hex(out, "series.id", f->series_id);
	if (f->kind == SERIES_BUDGET) {
		words_id_text(finding_word_id(f), word);
		jsonw_str(out, "word.id", word);
	}
	jsonw_milli(out, "score", f->score_milli);
	jsonw_u64(out, "tx_total", e->tx_total);
	jsonw_u64(out, "observed", f->value_bytes);
	jsonw_u64(out, "allowed", f->allowed_bytes);
	jsonw_u64(out, "baseline", f->baseline_bytes);
	jsonw_u64(out, "floor", f->floor_bytes);
	jsonw_milli(out, "ratio", f->ratio_milli);
	add_deviation(f, out);
	jsonw_str(out, "evidence", evidence_names[f->evidence]);
	jsonw_str(out, "horizon", engine_horizon_names[f->horizon]);
	jsonw_u64(out, "horizon_s", engine_horizon_s[f->horizon]);
	jsonw_u64(out, "day_total", f->day_bytes);
	jsonw_u64(out, "read_bytes", f->read_bytes);
	jsonw_u64(out, "profile_age_days", f->profile_age_days);
	jsonw_bool(out, "profile.warm", f->warm);
	jsonw_bool(out, "profile.capped", f->capped);
	if (f->state_hash)
		add_hex(out, "profile.hash", f->state_hash);
	if (f->db_bytes && f->kind != SERIES_FAN) {
		jsonw_u64(out, "db.bytes", f->db_bytes);
		/* per cent, three decimals: 1000 x 100 x value / D */
		share = (unsigned __int128)f->value_bytes * 100000 / f->db_bytes;
		jsonw_milli(out, "db.share_percent",
			    (int64_t)MIN(share, (unsigned __int128)INT64_MAX));
	}
}

static void add_points(const struct finding *f, struct buf *out)
{
	/* score = points.volume + points.context, which is the other points within their cap */
	jsonw_milli(out, "points.volume", f->volume_milli);
	jsonw_milli(out, "points.context", (int64_t)f->score_milli - f->volume_milli);
	for (size_t i = 0; i < f->point_count; i++)
		if (f->points[i].context < EG_CTX_COUNT)
			jsonw_i64(out, point_keys[f->points[i].context], f->points[i].points);
}

static void add_actor(const struct alert_event *e, struct buf *out)
{
	const struct actor *actor = e->headline.actor;

	if (actor) {
		jsonw_str(out, "process.name", actor->exe[0] ? actor->exe : actor->comm);
		add_hex(out, "egress.workload", actor->id);
	}
	if (e->witness)
		witness_json(out, e->witness, &e->headline);
	if (!actor || e->witness)
		return;
	if (actor->seen_pid)
		jsonw_u64(out, "process.pid", actor->seen_pid);
	if (actor->user[0])
		jsonw_str(out, "user.name", actor->user);
	if (actor->container[0])
		jsonw_str(out, "container.name", actor->container);
}

/* The witness's peer; else the last one seen in the destination's group. */
static void add_dest(const struct alert_event *e, struct buf *out)
{
	const struct finding *f = &e->headline;
	bool one = f->kind != SERIES_FAN && f->kind != SERIES_READ; /* a destination */
	const char *address = one ? witness_address(e->witness) : NULL;
	uint16_t port = f->port ? f->port : one ? witness_port(e->witness) : 0;
	uint8_t addr[16];

	if (!address && f->dest)
		address = f->dest->example;
	if (address) {
		jsonw_str(out, "destination.address", address);
		if (parse_addr(address, addr) == 0)
			jsonw_str(out, "destination.ip", address);
	}
	if (f->dest) {
		jsonw_str(out, "destination.group", f->dest->group);
		jsonw_str(out, "egress.scope", scope_name(f->dest->scope));
	}
	if (f->kind == SERIES_PAIR || f->kind == SERIES_NOVEL)
		jsonw_str(out, "egress.initiation", init_name(f->init));
	if (port)
		jsonw_u64(out, "service.port", port);
}

int alert_event_json(const struct alert_event *e, struct buf *out)
{
	jsonw_open(out, '{');
	add_identity(e, out);
	add_numbers(e, out);
	add_points(&e->headline, out);
	add_actor(e, out);
	add_dest(e, out);
	jsonw_str(out, "threat.technique.id", e->technique);
	jsonw_str(out, "subject", e->subject);
	jsonw_str(out, "reason", e->reason);
	jsonw_close(out, '}');
	buf_add_char(out, '\n');
	return out->error;
}
