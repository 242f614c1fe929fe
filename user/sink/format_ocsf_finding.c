/* SPDX-License-Identifier: Apache-2.0
 *
 * OCSF 1.8.0 Detection Finding (2004): baseline and observation stand in
 * anomaly_analyses, who and where in evidences.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "sink/format_ocsf.h"
#include "sink/format_parts.h"

enum { ACTIVITY_CREATE = 1, ACTIVITY_UPDATE = 2, ACTIVITY_CLOSE = 3 };
enum { STATUS_NEW = 1, STATUS_IN_PROGRESS = 2, STATUS_RESOLVED = 4 };
enum { ACTION_ALLOWED = 1, DISPOSITION_DETECTED = 15, ANALYTIC_STATISTICAL = 3 };
enum { DATABASE_RELATIONAL = 1, DATABASE_OTHER = 99 };

static void add_attack(struct buf *b, const struct record *r)
{
	struct record_threat t;

	if (!record_threat(r, &t))
		return;
	ocsf_list(b, "attacks");
	jsonw_open(b, '{');
	ocsf_object(b, "tactic");
	jsonw_str(b, "uid", t.tactic_id);
	jsonw_str(b, "name", t.tactic);
	jsonw_close(b, '}');
	ocsf_object(b, "technique");
	jsonw_str(b, "uid", t.id);
	jsonw_str(b, "name", t.name);
	jsonw_close(b, '}');
	jsonw_close(b, '}');
	jsonw_close(b, ']');
}

static void add_finding_info(struct buf *b, const struct record *r)
{
	const char *id = record_str(r, "alert.id"), *rule = record_str(r, "rule");

	ocsf_object(b, "finding_info");
	jsonw_str(b, "uid", id ? id : r->id);
	jsonw_str(b, "title", record_title(r));
	jsonw_str(b, "desc", record_message(r));
	jsonw_i64(b, "created_time", r->first_ts * 1000);
	jsonw_i64(b, "first_seen_time", r->first_ts * 1000);
	jsonw_i64(b, "last_seen_time", r->end_ts * 1000);
	jsonw_i64(b, "modified_time", r->ts * 1000);
	ocsf_object(b, "analytic");
	jsonw_u64(b, "type_id", ANALYTIC_STATISTICAL);
	jsonw_str(b, "type", "Statistical");
	jsonw_str(b, "name", rule ? rule : "egress");
	jsonw_close(b, '}');
	jsonw_close(b, '}');
}

/* What the rule counts, and in what. */
static const char *parameter(const struct record *r, const char **ret_unit)
{
	bool fan = strcmp(format_unit(r), "Destinations") == 0;

	*ret_unit = fan ? "destination groups" : "bytes";
	return fan ? "destinations" : r->has_read ? "database bytes read" : "egress payload bytes";
}

/* [{"observation_parameter":..,"observations":[{"value":".."}]}]; pattern: what stands out. */
static void add_observation(struct buf *b, const char *key, const struct record *r, uint64_t value,
			    uint64_t span_s, const char *pattern)
{
	const char *unit, *counted = parameter(r, &unit);
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, value);
	ocsf_list(b, key);
	jsonw_open(b, '{');
	jsonw_str(b, "observation_parameter", counted);
	jsonw_str(b, "observation_type", unit);
	if (pattern)
		jsonw_str(b, "observed_pattern", pattern);
	ocsf_list(b, "observations");
	jsonw_open(b, '{');
	jsonw_str(b, "value", text);
	if (span_s) {
		ocsf_object(b, "timespan");
		jsonw_u64(b, "duration", span_s * 1000);
		jsonw_u64(b, "duration_secs", span_s);
		jsonw_close(b, '}');
	}
	jsonw_close(b, '}');
	jsonw_close(b, ']');
	jsonw_close(b, '}');
	jsonw_close(b, ']');
}

static void add_analysis(struct buf *b, const struct record *r)
{
	const char *subject = record_str(r, "subject");
	uint64_t observed, baseline, span_s = 0;

	if (!record_u64(r, "observed", &observed))
		return;
	(void)record_u64(r, "horizon_s", &span_s);
	ocsf_list(b, "anomaly_analyses");
	jsonw_open(b, '{');
	ocsf_list(b, "analysis_targets");
	jsonw_open(b, '{');
	jsonw_str(b, "name", subject ? subject : r->host);
	jsonw_str(b, "type", record_str(r, "rule") ? record_str(r, "rule") : "egress");
	jsonw_close(b, '}');
	jsonw_close(b, ']');
	add_observation(b, "anomalies", r, observed, span_s, record_str(r, "evidence"));
	if (record_u64(r, "baseline", &baseline))
		add_observation(b, "baselines", r, baseline, span_s, NULL);
	jsonw_close(b, '}');
	jsonw_close(b, ']');
}

static void add_text(struct buf *b, const char *key, const char *text)
{
	if (text)
		jsonw_str(b, key, text);
}

/* The database whose session it was. */
static void add_database(struct buf *b, const struct record *r)
{
	const char *system = record_str(r, "db.system.name");
	const char *session = record_str(r, "database.session");
	bool relational =
		system && (strcmp(system, "postgresql") == 0 || strcmp(system, "mysql") == 0 ||
			   strcmp(system, "mariadb") == 0);

	if (!system && !session)
		return;
	ocsf_object(b, "database");
	jsonw_str(b, "name", session ? session : system);
	jsonw_u64(b, "type_id", relational ? DATABASE_RELATIONAL : DATABASE_OTHER);
	jsonw_str(b, "type", relational ? "Relational" : system ? system : "unknown");
	jsonw_close(b, '}');
}

static void add_pod(struct buf *b, const struct record *r)
{
	const char *pod = record_str(r, "orchestrator.resource.name");

	if (!pod)
		return;
	ocsf_list(b, "resources");
	jsonw_open(b, '{');
	jsonw_str(b, "type", "Kubernetes Pod");
	jsonw_str(b, "name", pod);
	add_text(b, "namespace", record_str(r, "orchestrator.namespace"));
	jsonw_close(b, '}');
	jsonw_close(b, ']');
}

/* What the judgement rests on, where no attribute of the schema says it. */
static void add_judgement(struct buf *b, const struct record *r)
{
	static const struct part judgement[] = {
		{ "evidence", "evidence", PART_TEXT },
		{ "deviation", "deviation", PART_NUMBER },
		{ "ratio", "ratio", PART_NUMBER },
		{ "allowed", "allowed", PART_NUMBER },
		{ "profile_age_days", "profile_age_days", PART_NUMBER },
		{ "profile_warm", "profile.warm", PART_BOOL },
		{ "profile_capped", "profile.capped", PART_BOOL },
		{ "profile_hash", "profile.hash", PART_TEXT },
	};

	ocsf_object(b, "data");
	format_parts(b, r, judgement, ARRAY_SIZE(judgement));
	jsonw_close(b, '}');
}

static void add_evidence(struct buf *b, const struct record *r)
{
	ocsf_list(b, "evidences");
	jsonw_open(b, '{');
	ocsf_actor(b, r, false);
	ocsf_container(b, r);
	ocsf_endpoints(b, r);
	ocsf_connection(b, r);
	add_database(b, r);
	add_pod(b, r);
	add_judgement(b, r);
	jsonw_close(b, '}');
	jsonw_close(b, ']');
}

/* The schema's is a whole number. */
static void add_risk(struct buf *b, const struct record *r)
{
	const char *score = record_number(r, "score");
	long whole = score ? strtol(score, NULL, 10) : -1;

	if (whole >= 0 && whole <= INT32_MAX)
		jsonw_i64(b, "risk_score", whole);
}

void ocsf_finding(struct buf *b, const struct record *r)
{
	static const struct ocsf_class finding = { 2, 2004, "Detection Finding",
						   "security_control" };
	bool opens = strcmp(r->event, "open") == 0, closes = strcmp(r->event, "close") == 0;

	ocsf_head(b, r, &finding,
		  opens    ? ACTIVITY_CREATE
		  : closes ? ACTIVITY_CLOSE
			   : ACTIVITY_UPDATE);
	jsonw_u64(b, "status_id",
		  opens    ? STATUS_NEW
		  : closes ? STATUS_RESOLVED
			   : STATUS_IN_PROGRESS);
	jsonw_bool(b, "is_alert", true);
	jsonw_u64(b, "action_id", ACTION_ALLOWED);
	jsonw_u64(b, "disposition_id", DISPOSITION_DETECTED);
	add_risk(b, r);
	add_finding_info(b, r);
	add_analysis(b, r);
	add_attack(b, r);
	add_evidence(b, r);
}
