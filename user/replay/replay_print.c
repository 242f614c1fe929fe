/* SPDX-License-Identifier: Apache-2.0
 *
 * Events and summary of a replay, for people or as JSON lines.
 */
#include "replay/replay_print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/table.h"
#include "base/units.h"
#include "base/vocab.h"

struct incident_level {
	char alert_id[33];
	enum eg_level level;
	UT_hash_handle hh;
};

/* An incident counts once, at the highest level it ever had. */
static int count_alert(struct replay_report *report, const struct alert_event *event)
{
	struct incident_level *known;

	report->events[event->kind]++;
	HASH_FIND_STR(report->levels, event->alert_id, known);
	if (!known) {
		known = calloc(1, sizeof(*known));
		if (!known)
			return -ENOMEM;
		memcpy(known->alert_id, event->alert_id, sizeof(known->alert_id));
		known->level = EG_LEVEL_NONE;
		HASH_ADD_STR(report->levels, alert_id, known);
		if (!TABLE_ADDED(known)) {
			free(known);
			return -ENOMEM;
		}
	} else {
		report->alerts[known->level]--;
	}
	known->level = MAX(known->level, event->peak_level);
	report->alerts[known->level]++;
	return 0;
}

static int print_line(struct replay_report *report)
{
	if (report->line.error)
		return report->line.error;
	errno = 0;
	if (fwrite(report->line.data, 1, report->line.len, report->out) != report->line.len)
		return errno ? -errno : -EIO;
	return 0;
}

static void event_for_people(const struct alert_event *event, struct buf *line)
{
	char when[32];

	format_time(when, event->ts);
	buf_addf(line, "%s  %-6s  %-6s  %s  ", when, level_name(event->level),
		 alert_event_name(event->kind), event->host);
	buf_addf(line, "%s  [%.8s, %s, score %" PRId32 "]\n    %s\n", event->subject,
		 event->alert_id, alert_rule_name(event->headline.kind),
		 event->headline.score_milli / 1000, event->reason);
}

int replay_print_event(void *ctx, const struct alert_event *event)
{
	struct replay_report *report = ctx;
	int err = count_alert(report, event);

	if (err)
		return err;
	buf_clear(&report->line);
	if (!report->json)
		event_for_people(event, &report->line);
	else if ((err = alert_event_json(event, &report->line)))
		return err;
	return print_line(report);
}

static void summary_json(const struct replay_report *report, struct buf *line)
{
	jsonw_open(line, '{');
	jsonw_key(line, "summary");
	jsonw_open(line, '{');
	jsonw_u64(line, "rows", report->rows);
	jsonw_u64(line, "ticks", report->ticks);
	jsonw_u64(line, "hosts", report->hosts);
	jsonw_u64(line, "series", report->series);
	jsonw_key(line, "alerts");
	jsonw_open(line, '{');
	for (unsigned int level = EG_LEVEL_NOTICE; level < EG_LEVEL_COUNT; level++)
		jsonw_u64(line, level_name(level), report->alerts[level]);
	jsonw_close(line, '}');
	jsonw_key(line, "events");
	jsonw_open(line, '{');
	for (unsigned int kind = ALERT_OPEN; kind <= ALERT_CLOSE; kind++)
		jsonw_u64(line, alert_event_name((enum alert_event_kind)kind),
			  report->events[kind]);
	jsonw_close(line, '}');
	jsonw_i64(line, "first_ts", report->first_ts);
	jsonw_i64(line, "end_ts", report->end_ts);
	if (report->ignored_count) {
		jsonw_key(line, "ignored_columns");
		jsonw_open(line, '[');
		for (size_t i = 0; i < report->ignored_count; i++)
			jsonw_str(line, NULL, report->ignored[i]);
		jsonw_close(line, ']');
	}
	jsonw_close(line, '}');
	jsonw_close(line, '}');
	buf_add_char(line, '\n');
}

static void summary_for_people(const struct replay_report *report, struct buf *line)
{
	uint64_t span_s = (uint64_t)(report->end_ts - report->first_ts);

	buf_addf(line, "%" PRIu64 " rows, %zu hosts, %zu series, ", report->rows, report->hosts,
		 report->series);
	format_duration(line, span_s);
	buf_addf(line, ": pages %" PRIu64 ", tickets %" PRIu64 ", notices %" PRIu64 "\n",
		 report->alerts[EG_LEVEL_PAGE], report->alerts[EG_LEVEL_TICKET],
		 report->alerts[EG_LEVEL_NOTICE]);
	if (!report->ignored_count)
		return;
	buf_add_str(line, "columns passed over:");
	for (size_t i = 0; i < report->ignored_count; i++) {
		buf_add_char(line, ' ');
		utf8_add(line, report->ignored[i], strlen(report->ignored[i]));
	}
	buf_add_char(line, '\n');
}

int replay_print_summary(struct replay_report *report)
{
	int err;

	buf_clear(&report->line);
	if (report->json)
		summary_json(report, &report->line);
	else
		summary_for_people(report, &report->line);
	err = print_line(report);
	if (!err && fflush(report->out) != 0)
		err = -errno;
	return err;
}

void replay_report_free(struct replay_report *report)
{
	struct incident_level *known, *next;

	HASH_ITER(hh, report->levels, known, next) {
		HASH_DEL(report->levels, known);
		free(known);
	}
	buf_free(&report->line);
}
