/* SPDX-License-Identifier: Apache-2.0
 *
 * What an alert's judgement rests on, in words; see terms.h.
 */
#include <json-c/json.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "ctl/row.h"
#include "ctl/terms.h"
#include "ctl/text.h"

typedef void (*words_fn)(struct buf *out, struct json_object *alert, struct json_object *value);

struct field {
	enum evidence_part part;
	const char *label, *key;
	words_fn words; /* NULL: the value as it is */
};

static void amount(struct buf *out, struct json_object *alert, struct json_object *value)
{
	alert_add_amount(out, alert, json_object_get_uint64(value));
}

static void per_horizon(struct buf *out, struct json_object *alert, struct json_object *value)
{
	amount(out, alert, value);
	buf_addf(out, " in %s", row_text(alert, "horizon"));
}

static void normal(struct buf *out, struct json_object *alert, struct json_object *value)
{
	if (json_object_get_uint64(value) == 0) {
		buf_add_str(out, row_bool(alert, "profile.warm") ? "none: never seen"
								 : "none known yet");
		return;
	}
	buf_add_str(out, "at most ");
	per_horizon(out, alert, value);
}

static void times(struct buf *out, struct json_object *alert, struct json_object *value)
{
	(void)alert;
	if (!value)
		buf_add_str(out, "from nothing");
	else
		buf_addf(out, "%s times", json_object_get_string(value));
}

static void age(struct buf *out, struct json_object *alert, struct json_object *value)
{
	buf_addf(out, "%s d%s%s", json_object_get_string(value),
		 row_bool(alert, "profile.warm") ? "" : ", still learning this horizon",
		 row_bool(alert, "profile.capped") ? ", held at ticket because of that" : "");
}

static void share(struct buf *out, struct json_object *alert, struct json_object *value)
{
	uint64_t bytes;

	buf_addf(out, "%s %%", json_object_get_string(value));
	if (!row_u64(alert, "db.bytes", &bytes))
		return;
	buf_add_str(out, " of ");
	format_bytes(out, bytes);
}

static void what_stands_out(struct buf *out, struct json_object *alert, struct json_object *value)
{
	static const struct {
		const char *name, *words;
	} known[] = {
		{ "peak", "more than its known peak" },
		{ "week", "more than this hour of the week is used to" },
		{ "steady", "its quietest hour of a day, taken 24 times" },
		{ "day", "more than the usual day of a transfer that is much the same every day" },
		{ "drift", "more than its known day on 7 of 14 days" },
	};
	const char *name = json_object_get_string(value);

	(void)alert;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(known[i].name, name) == 0)
			name = known[i].words;
	buf_add_str(out, name);
}

static void process(struct buf *out, struct json_object *alert, struct json_object *value)
{
	uint64_t pid;

	buf_add_str(out, json_object_get_string(value));
	if (row_u64(alert, "process.pid", &pid))
		buf_addf(out, " (pid %s)",
			 json_object_get_string(json_object_object_get(alert, "process.pid")));
}

static void service(struct buf *out, struct json_object *alert, struct json_object *value)
{
	const char *transport = row_text(alert, "network.transport");
	bool accepted = strcmp(row_text(alert, "egress.initiation"), "accepted") == 0;

	buf_addf(out, "%s%sport %s%s", transport, *transport ? " " : "",
		 json_object_get_string(value), accepted ? " of ours: the peer connected" : "");
}

static const struct field fields[] = {
	{ EVIDENCE_NORMAL, "observed", "observed", per_horizon },
	{ EVIDENCE_NORMAL, "allowed", "allowed", per_horizon },
	{ EVIDENCE_NORMAL, "normal", "baseline", normal },
	{ EVIDENCE_NORMAL, "always allowed", "floor", per_horizon },
	{ EVIDENCE_NORMAL, "of what is allowed", "ratio", times },
	{ EVIDENCE_NORMAL, "deviation from normal", "deviation", times },
	{ EVIDENCE_NORMAL, "stands out", "evidence", what_stands_out },
	{ EVIDENCE_NORMAL, "profile age", "profile_age_days", age },
	{ EVIDENCE_NORMAL, "since it began", "tx_total", NULL },
	{ EVIDENCE_NORMAL, "in 24 h", "day_total", NULL },
	{ EVIDENCE_NORMAL, "database files read", "read_bytes", NULL },
	{ EVIDENCE_NORMAL, "share of the database", "db.share_percent", share },
	{ EVIDENCE_NORMAL, "first loud", "alert.first_ts", NULL },
	{ EVIDENCE_NORMAL, "last loud", "alert.last_ts", NULL },
	{ EVIDENCE_NORMAL, "duration", "alert.duration_s", NULL },
	{ EVIDENCE_NORMAL, "ATT&CK technique", "threat.technique.id", NULL },
	{ EVIDENCE_WHO, "process", "process.name", process },
	{ EVIDENCE_WHO, "executable", "process.executable", NULL },
	{ EVIDENCE_WHO, "its SHA-256", "process.hash.sha256", NULL },
	{ EVIDENCE_WHO, "command line", "process.command_line", NULL },
	{ EVIDENCE_WHO, "directory", "process.working_directory", NULL },
	{ EVIDENCE_WHO, "started", "process.start", NULL },
	{ EVIDENCE_WHO, "parent", "process.parent.name", NULL },
	{ EVIDENCE_WHO, "ancestors", "process.ancestors", NULL },
	{ EVIDENCE_WHO, "user", "user.name", NULL },
	{ EVIDENCE_WHO, "real user", "process.real_user.name", NULL },
	{ EVIDENCE_WHO, "logged in as", "user.audit.name", NULL },
	{ EVIDENCE_WHO, "unit", "service.name", NULL },
	{ EVIDENCE_WHO, "container", "container.name", NULL },
	{ EVIDENCE_WHO, "container id", "container.id", NULL },
	{ EVIDENCE_WHO, "container of user", "container.owner", NULL },
	{ EVIDENCE_WHO, "image", "container.image.name", NULL },
	{ EVIDENCE_WHO, "pod", "orchestrator.resource.name", NULL },
	{ EVIDENCE_WHO, "namespace", "orchestrator.namespace", NULL },
	{ EVIDENCE_WHO, "database", "db.system.name", NULL },
	{ EVIDENCE_WHO, "database session", "database.session", NULL },
	{ EVIDENCE_WHO, "database client", "database.client", NULL },
	{ EVIDENCE_WHO, "session known by", "database.session_by", NULL },
	{ EVIDENCE_WHO, "database command", "database.command", NULL },
	{ EVIDENCE_WHO, "application", "database.application", NULL },
	{ EVIDENCE_WHO, "query", "db.query.text", NULL },
	{ EVIDENCE_WHO, "fed by", "database.process.name", NULL },
	{ EVIDENCE_WHERE, "address", "destination.address", NULL },
	{ EVIDENCE_WHERE, "network", "destination.group", NULL },
	{ EVIDENCE_WHERE, "service", "service.port", service },
	{ EVIDENCE_WHERE, "scope", "egress.scope", NULL },
	{ EVIDENCE_WHERE, "name", "destination.domain", NULL },
	{ EVIDENCE_WHERE, "AS", "destination.as.number", NULL },
	{ EVIDENCE_WHERE, "AS owner", "destination.as.organization.name", NULL },
	{ EVIDENCE_WHERE, "country", "destination.geo.country_iso_code", NULL },
	{ EVIDENCE_WHERE, "destinations", "alert.destinations", NULL },
	{ EVIDENCE_RECORD, "alert", "alert.id", NULL },
	{ EVIDENCE_RECORD, "rule", "rule", NULL },
	{ EVIDENCE_RECORD, "series", "series.id", NULL },
	{ EVIDENCE_RECORD, "workload", "egress.workload", NULL },
	{ EVIDENCE_RECORD, "state hash", "profile.hash", NULL },
	{ EVIDENCE_RECORD, "other series in it", "alert.folded", NULL },
	{ EVIDENCE_RECORD, "acknowledged by", "alert.acknowledged_by", NULL },
	{ EVIDENCE_RECORD, "silenced by", "alert.silenced_by", NULL },
};

void evidence_each(struct json_object *alert, enum evidence_part part, evidence_fn fn, void *ctx)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const struct field *f = &fields[i];
		_cleanup_buf_ struct buf words = BUF_INIT;
		struct json_object *value;

		if (f->part != part || !json_object_object_get_ex(alert, f->key, &value) ||
		    (!value && f->words != times))
			continue;
		if (f->words)
			f->words(&words, alert, value);
		else if (json_object_is_type(value, json_type_string))
			buf_add_str(&words, json_object_get_string(value));
		else
			text_add_value(&words, f->key, value);
		if (words.len)
			fn(ctx, f->label, words.data);
	}
}
