/* SPDX-License-Identifier: Apache-2.0
 *
 * See past.h.
 */
#include <errno.h>
#include <json-c/json.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "top/flow_line.h"
#include "top/json_read.h"
#include "top/past.h"

#define PAST_SPAN_S (HISTORY_SLOTS * PAST_STEP_S)

/* Keys of a history row that are fields of a flow. */
static const struct past_key {
	const char *key;
	enum text_field field;
} past_keys[] = {
	{ "user", T_USER },       { "container", T_CONTAINER }, { "dst", T_DST },
	{ "group", T_DST_GROUP }, { "proto", T_TRANSPORT },     { "init", T_INIT },
	{ "scope", T_SCOPE },     { "column", T_COLUMN },       { "workload", T_WORKLOAD },
};

/* NULL also if it is empty. */
static const char *get_text(struct json_object *o, const char *key)
{
	const char *text = json_member_text(o, key);

	return text && *text ? text : NULL;
}

/* Families without a protocol number, by where their bytes go. */
static const char *family_name(const char *scope)
{
	return scope && strcmp(scope, "public") == 0 ? "packet" : "unix";
}

/* A history row as a flow line. -EINVAL: it is none. */
static int parse_row(struct flow_line *line, const char *text, size_t len, int64_t *ret_ts)
{
	uint64_t ts, tx;

	*line = (struct flow_line){ .root = json_parse(text, len) };
	if (!json_object_is_type(line->root, json_type_object) ||
	    !json_member_u64(line->root, "ts", &ts) || ts > INT64_MAX ||
	    !json_member_u64(line->root, "tx", &tx))
		return -EINVAL;
	*ret_ts = (int64_t)ts;
	for (size_t i = 0; i < ARRAY_SIZE(past_keys); i++)
		line->text[past_keys[i].field] = get_text(line->root, past_keys[i].key);
	line->text[T_PROCESS] = get_text(line->root, "exe");
	if (!line->text[T_PROCESS])
		line->text[T_PROCESS] = get_text(line->root, "comm");
	if (!line->text[T_TRANSPORT] && line->text[T_COLUMN] &&
	    strcmp(line->text[T_COLUMN], "handoff") == 0)
		line->text[T_TRANSPORT] = family_name(line->text[T_SCOPE]);
	line->other = !line->text[T_PROCESS] && line->text[T_DST_GROUP] &&
		      strcmp(line->text[T_DST_GROUP], "other") == 0;
	line->num[N_PAYLOAD] = tx;
	line->known = 1u << N_PAYLOAD;
	if (json_member_u64(line->root, "wire", &line->num[N_WIRE]))
		line->known |= 1u << N_WIRE;
	if (json_member_u64(line->root, "port", &line->num[N_PORT]) && line->num[N_PORT])
		line->known |= 1u << N_PORT;
	return 0;
}

static int take_row(struct flow_table *t, const char *text, size_t len, int64_t when)
{
	struct flow_line line;
	int64_t ts = 0;
	int r = parse_row(&line, text, len, &ts);

	if (r == 0 && (ts >= when || when - ts > HISTORY_SLOTS * PAST_STEP_S))
		r = -EINVAL; /* not what was asked for */
	if (r == 0)
		r = flow_table_past(t, &line, (unsigned int)((when - 1 - ts) / PAST_STEP_S),
				    PAST_STEP_S);
	else
		t->bad_lines++;
	flow_line_free(&line);
	return r == -ENOMEM ? r : 0;
}

static int64_t event_ts(const char *text, size_t len, bool *ret_opens)
{
	struct json_object *o = json_parse(text, len);
	const char *event = get_text(o, "event");
	uint64_t ts = 0;

	*ret_opens = event && strcmp(event, "open") == 0;
	if (!json_member_u64(o, "ts", &ts) || ts > INT64_MAX)
		ts = 0;
	json_object_put(o);
	return (int64_t)ts;
}

/* Calls `fn` for each line of `b`; stops where it fails. */
typedef int (*line_fn)(struct ui *ui, const char *line, size_t len, int64_t when);
static int each_line(struct ui *ui, const struct buf *b, int64_t when, line_fn fn)
{
	const char *line;
	size_t at = 0, len;
	int r = 0;

	while (r == 0 && buf_next_line(b, &at, &line, &len))
		if (len)
			r = fn(ui, line, len, when);
	return r;
}

static int take_flow(struct ui *ui, const char *line, size_t len, int64_t when)
{
	return take_row(&ui->flows, line, len, when);
}

/* An incident as it stood then: events that came later are not known yet. */
static int take_alert(struct ui *ui, const char *line, size_t len, int64_t when)
{
	bool opens;
	int64_t ts = event_ts(line, len, &opens);

	if (!ts || ts > when)
		return 0;
	return alert_list_line(&ui->alerts, line, len) == -ENOMEM ? -ENOMEM : 0;
}

int64_t past_next_alert(const struct buf *alerts, int64_t when)
{
	const char *p = alerts->data;
	int64_t found = 0;

	while (p && *p) {
		const char *end = strchrnul(p, '\n');
		bool opens;
		int64_t ts = event_ts(p, (size_t)(end - p), &opens);

		if (opens && ts > when && (!found || ts < found))
			found = ts;
		p = *end ? end + 1 : end;
	}
	return found;
}

static void enter(struct ui *ui)
{
	if (ui->past_s)
		return;
	ui->kept = ui->flows; /* goes on with the live answers */
	ui->flows = (struct flow_table){ 0 };
	ui->speed = 1;
}

int past_take(struct ui *ui, const struct snapshot *s, int64_t when)
{
	int r;

	(void)ui_take_more(ui, SIZE_MAX); /* what is being taken belongs to the present */
	enter(ui);
	ui->past_s = ui->data_s = when;
	ui->past_alert_s = past_next_alert(&s->alerts, when);
	flow_table_free(&ui->flows);
	alert_list_clear(&ui->alerts);
	flow_table_begin(&ui->flows);
	ui->flows.filled = HISTORY_SLOTS;
	ui->view.facts = (struct column_facts){ .minutes = true };
	r = each_line(ui, &s->flows, when, take_flow);
	if (r == 0)
		r = each_line(ui, &s->alerts, when, take_alert);
	flow_table_end(&ui->flows);
	alert_list_end(&ui->alerts);
	alert_list_mark(&ui->alerts, &ui->flows);
	ui_refresh(ui);
	view_host_history(&ui->flows, ui->host_history);
	return r;
}

void past_leave(struct ui *ui)
{
	if (!ui->past_s)
		return;
	(void)ui_take_more(ui, SIZE_MAX);
	ui->past_s = 0;
	ui->data_s = ui->now_s; /* "10m" is from now again */
	ui->paused = false;
	flow_table_free(&ui->flows);
	ui->flows = ui->kept;
	ui->kept = (struct flow_table){ 0 };
	ui->view.facts = (struct column_facts){ 0 };
	alert_list_clear(&ui->alerts); /* of then; the next answer brings those of now */
	alert_list_end(&ui->alerts);
	ui_refresh(ui);
	view_host_history(&ui->flows, ui->host_history);
	ui_say(ui, "live");
}

static int64_t whole_minute(int64_t when)
{
	return when / PAST_STEP_S * PAST_STEP_S;
}

static void write_requests(struct ask *ask)
{
	jsonw_open(&ask->request[0], '{');
	jsonw_str(&ask->request[0], "op", "history");
	jsonw_i64(&ask->request[0], "since", ask->when - PAST_SPAN_S);
	jsonw_i64(&ask->request[0], "until", ask->when);
	jsonw_close(&ask->request[0], '}');
	jsonw_open(&ask->request[1], '{');
	jsonw_str(&ask->request[1], "op", "alerts");
	jsonw_i64(&ask->request[1], "since", ask->when - PAST_ALERTS_S);
	jsonw_close(&ask->request[1], '}');
}

/* Asks for the hour before `when`; the present if that is now. */
static void go(struct ui *ui, int64_t when)
{
	struct ask *ask;

	when = whole_minute(when);
	if (when > whole_minute(ui->now_s)) {
		ui->awaited[ASK_PAST] = 0;
		if (!ui->past_s)
			ui_say(ui, "that minute is not over yet; this is live");
		past_leave(ui);
		return;
	}
	if (when < PAST_SPAN_S) {
		ui_say(ui, "there is no history of that time");
		return;
	}
	ask = ui_ask(ui, ASK_PAST);
	ask->when = ui->asked_s = when;
	write_requests(ask);
}

int past_answer(struct ui *ui, const struct ask *ask)
{
	const struct snapshot s = { .flows = ask->rows[0], .alerts = ask->rows[1] };
	bool was_past = ui->past_s != 0;
	int r;

	if (ask->failed) {
		ui_say(ui, "%s", ask->error[0] ? ask->error : "there is no history of that time");
		ui->paused = was_past;
		return 0;
	}
	r = past_take(ui, &s, ask->when);
	ui_follow(ui);
	if (!was_past || ui->past_stays)
		ui->paused = true;
	return r;
}

static int64_t target(const struct ui *ui, const struct seek *seek)
{
	int64_t from = ui_waits(ui, ASK_PAST) ? ui->asked_s
		       : ui->past_s           ? ui->past_s
					      : whole_minute(ui->now_s) + PAST_STEP_S;

	switch (seek->kind) {
	case SEEK_STEPS: return from + seek->value * PAST_STEP_S;
	case SEEK_BY: return from + seek->value;
	case SEEK_TO: return seek->value + PAST_STEP_S; /* the minute it lies in */
	default: return 0;
	}
}

/* Live: the alert that opened last; in the past: the next one. */
static int64_t alert_time(const struct ui *ui)
{
	int64_t last = 0;

	if (ui->past_s)
		return ui->past_alert_s;
	for (size_t i = 0; i < ui->alerts.count; i++)
		last = MAX(last, ui->alerts.rows[i].first_ts);
	return last;
}

void past_seek(struct ui *ui)
{
	struct seek seek = ui->seek;

	ui->seek = (struct seek){ SEEK_NONE, 0 };
	if (seek.kind == SEEK_NONE || seek.kind == SEEK_HOST)
		return;
	if (seek.kind == SEEK_LIVE) {
		ui->awaited[ASK_PAST] = 0;
		past_leave(ui);
		return;
	}
	if (seek.kind == SEEK_ALERT) {
		seek = (struct seek){ SEEK_TO, alert_time(ui) };
		if (!seek.value) {
			ui_say(ui, "no alert is known %s",
			       ui->past_s ? "that opened after this moment" : "to go back to");
			return;
		}
	}
	ui->past_stays = seek.kind == SEEK_STEPS;
	go(ui, target(ui, &seek));
}

void past_beat(struct ui *ui)
{
	if (!ui->past_s || ui->paused || ui_waits(ui, ASK_PAST))
		return;
	ui->past_stays = false;
	go(ui, ui->past_s + (int64_t)ui->speed * PAST_STEP_S);
}
