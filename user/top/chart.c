/* SPDX-License-Identifier: Apache-2.0
 *
 * See chart.h.
 */
#include <json-c/json.h>

#include "base/jsonw.h"
#include "top/json_read.h"
#include "top/ui.h"

#define REFRESH_S 30 /* a bar is a minute at least */

const struct chart_info charts[CHART_SPANS] = {
	[CHART_MINUTE] = { "the last minute", NULL, 1, HISTORY_SLOTS },
	[CHART_HOUR] = { "an hour, by minutes", "1 min", 60, 60 },
	[CHART_DAY] = { "a day, by hours", "1 h", 3600, 24 },
	[CHART_MONTH] = { "4 weeks, by days", "1 d", 86400, 28 },
};

static void take_bar(void *ctx, struct json_object *o)
{
	struct chart *c = ctx;
	const struct chart_info *info = &charts[c->span];
	uint64_t ts, tx, age;

	if (!json_member_u64(o, "ts", &ts) || !json_member_u64(o, "tx", &tx) ||
	    ts >= (uint64_t)c->end)
		return;
	age = ((uint64_t)c->end - 1 - ts) / info->bar_s;
	if (age < info->bars)
		c->bytes[age] += tx;
}

static bool horizon_value(struct json_object *o, const char *key, const char *horizon,
			  uint64_t *ret)
{
	struct json_object *all;

	return json_object_object_get_ex(o, key, &all) &&
	       json_object_is_type(all, json_type_object) && json_member_u64(all, horizon, ret);
}

/* The workload's own series, one a class of destination, add up. */
static void take_series(void *ctx, struct json_object *o)
{
	struct chart *c = ctx;
	uint64_t allowed, usual = 0;
	const char *kind = json_member_text(o, "series.kind");

	if (!kind || strcmp(kind, "actor") != 0 ||
	    !horizon_value(o, "allowed_bytes", charts[c->span].horizon, &allowed))
		return;
	(void)horizon_value(o, "envelope_bytes", charts[c->span].horizon, &usual);
	c->allowed += allowed;
	c->usual += usual;
	c->allowed_known = true;
}

void chart_take(struct chart *c, const struct buf *history, const struct buf *baseline)
{
	memset(c->bytes, 0, sizeof(c->bytes));
	c->allowed = c->usual = 0;
	c->allowed_known = false;
	if (c->span == CHART_MINUTE)
		return;
	json_each_line(history, take_bar, c);
	json_each_line(baseline, take_series, c);
}

/* Of all flows of the row, those of the processes below it too. */
static const char *common(const struct view_row *row, enum text_field f)
{
	for (size_t i = 1; i < row->flow_count; i++)
		if (row->flows[i]->text[f] != row->flows[0]->text[f])
			return NULL;
	return row->flows[0]->text[f];
}

/* A question about a workload, else a destination; false: the row is neither. */
static bool write_request(const struct chart *c, const struct view_row *row, struct buf *out)
{
	const struct chart_info *info = &charts[c->span];
	const char *workload = common(row, T_WORKLOAD), *group = common(row, T_DST_GROUP);

	jsonw_open(out, '{');
	jsonw_str(out, "op", "history");
	jsonw_bool(out, "sum", true);
	jsonw_i64(out, "since", c->end - (int64_t)info->bar_s * info->bars);
	jsonw_i64(out, "until", c->end);
	jsonw_u64(out, "step", info->bar_s);
	if (workload)
		jsonw_str(out, "workload", workload);
	else if (group)
		jsonw_str(out, "group", group);
	jsonw_close(out, '}');
	return (workload || group) && !out->error;
}

static void ask(struct ui *ui, const struct view_row *row)
{
	const char *workload = common(row, T_WORKLOAD);
	struct chart *c = &ui->chart;
	struct ask *ask = ui_ask(ui, ASK_CHART);

	c->error[0] = '\0';
	if (!write_request(c, row, &ask->request[0])) {
		ask_free(ask);
		ui->awaited[ASK_CHART] = 0;
		snprintf(c->error, sizeof(c->error),
			 "The row sums several workloads and several networks: group by workload "
			 "(g) or by destination group for a chart.");
		return;
	}
	if (!workload)
		return;
	jsonw_open(&ask->request[1], '{');
	jsonw_str(&ask->request[1], "op", "baseline");
	jsonw_str(&ask->request[1], "workload", workload);
	jsonw_close(&ask->request[1], '}');
}

void chart_answer(struct chart *c, const struct ask *ask)
{
	snprintf(c->error, sizeof(c->error), "%s", ask->error);
	if (!ask->failed)
		chart_take(c, &ask->rows[0], &ask->rows[1]);
}

void chart_update(struct ui *ui)
{
	struct chart *c = &ui->chart;
	long at = view_find(&ui->view, ui->detail_id);
	int64_t now = ui->past_s ? ui->past_s : ui->now_s, end;

	if (ui->screen != SCREEN_DETAIL || at < 0 || c->span == CHART_MINUTE || ui->replay)
		return;
	/* The newest bar may be unfinished: an hour that runs is half a bar, not none. */
	end = (now + charts[c->span].bar_s - 1) / charts[c->span].bar_s * charts[c->span].bar_s;
	if (c->end == end && c->row == ui->detail_id && ui->now_s < c->asked_s + REFRESH_S)
		return;
	if (c->row != ui->detail_id || !c->end)
		memset(c->bytes, 0, sizeof(c->bytes));
	c->end = end;
	c->row = ui->detail_id;
	c->asked_s = ui->now_s;
	ask(ui, view_at(&ui->view, (size_t)at));
}
