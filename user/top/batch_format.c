/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows as text for machines; see batch.h. The keys are those of `egressctl flows
 * --json`; a text on which the flows of a row differ, or that is unknown, is null.
 */
#include "base/jsonw.h"
#include "base/units.h"
#include "base/vocab.h"
#include "top/batch.h"
#include "top/draw.h"

#define TEXT_WIDTH_DEFAULT 160 /* of a pipe; a terminal's COLUMNS goes before */

static bool own_num(const struct view_row *row, enum num_field f)
{
	return view_knows(row, f) && (row->num[f] || fields_num_adds(f) || f == N_RATIO ||
				      f == N_BASE || row->flow_count == 1);
}

static void json_row(const struct view_row *row, const struct ui *ui, struct buf *out)
{
	jsonw_open(out, '{');
	jsonw_time(out, "@timestamp", ui->data_s);
	jsonw_str(out, "egress.group", group_names[ui->options.group]);
	for (int f = 0; f < T_COUNT; f++) {
		const char *text = row->other && f == T_PROCESS ? "other" : view_own_text(row, f);

		if (text)
			jsonw_str(out, text_fields[f].key, text);
		else
			jsonw_null(out, text_fields[f].key);
	}
	for (int f = 0; f < N_COUNT; f++) {
		if (!own_num(row, f))
			jsonw_null(out, num_fields[f].key);
		else if (f == N_RATIO)
			jsonw_milli(out, num_fields[f].key, (int64_t)MIN(row->num[f], INT64_MAX));
		else
			jsonw_u64(out, num_fields[f].key, row->num[f]);
	}
	jsonw_u64(out, "egress.flows", row->flow_count);
	jsonw_u64(out, "egress.destinations", row->other ? 0 : row->destinations);
	if (ui->options.tree != TREE_NONE)
		jsonw_u64(out, "egress.depth", row->depth);
	jsonw_bool(out, "egress.ended", row->ended);
	jsonw_str(out, "alert.level", level_name(row->level));
	jsonw_close(out, '}');
	buf_add_char(out, '\n');
}

static void json_total(const struct ui *ui, struct buf *out)
{
	const struct flow_totals *t = &ui->flows.totals;

	jsonw_open(out, '{');
	jsonw_key(out, "total");
	jsonw_open(out, '{');
	if (t->known) {
		jsonw_u64(out, "payload_bytes", t->payload);
		jsonw_u64(out, "attributed_bytes", t->attributed);
		jsonw_u64(out, "unattributed_bytes", t->unattributed);
		jsonw_u64(out, "lost", t->lost);
	}
	jsonw_u64(out, "rows", ui->view.count);
	jsonw_u64(out, "hidden_flows", ui->view.hidden);
	jsonw_close(out, '}');
	jsonw_close(out, '}');
	buf_add_char(out, '\n');
}

/* RFC 4180; a text that a spreadsheet would take for a formula gets a quote. */
static void csv_text(struct buf *out, const char *text)
{
	buf_add_char(out, '"');
	if (*text && strchr("=+-@\t\r", *text))
		buf_add_char(out, '\'');
	for (; *text; text++) {
		if (*text == '"')
			buf_add_char(out, '"');
		buf_add_char(out, *text);
	}
	buf_add_char(out, '"');
}

static void csv_titles(struct buf *out)
{
	buf_add_str(out, "@timestamp");
	for (int f = 0; f < T_COUNT; f++)
		buf_addf(out, ",%s", text_fields[f].key);
	for (int f = 0; f < N_COUNT; f++)
		buf_addf(out, ",%s", num_fields[f].key);
	buf_add_str(out, ",egress.flows,egress.destinations,egress.ended,alert.level\n");
}

static void csv_row(const struct view_row *row, const struct ui *ui, struct buf *out)
{
	char time[32];

	format_time(time, ui->data_s);
	buf_add_str(out, time);
	for (int f = 0; f < T_COUNT; f++) {
		const char *text = row->other && f == T_PROCESS ? "other" : view_own_text(row, f);

		buf_add_char(out, ',');
		if (text)
			csv_text(out, text);
	}
	for (int f = 0; f < N_COUNT; f++) {
		buf_add_char(out, ',');
		if (!own_num(row, f))
			continue;
		if (f == N_RATIO)
			buf_addf(out, "%u.%03u", (unsigned int)(row->num[f] / 1000),
				 (unsigned int)(row->num[f] % 1000));
		else
			buf_add_u64(out, row->num[f]);
	}
	buf_addf(out, ",%zu,%zu,%s,%s\n", row->flow_count, row->other ? 0 : row->destinations,
		 row->ended ? "true" : "false", level_name(row->level));
}

static void text_screen(struct ui *ui, const struct options *o, struct buf *out)
{
	_cleanup_(canvas_free) struct canvas c = { 0 };
	const char *columns_env = getenv("COLUMNS");
	uint64_t width = TEXT_WIDTH_DEFAULT;
	int rows = (int)MIN(MAX(ui->view.count, (size_t)3), (size_t)CANVAS_MAX_HEIGHT - 5);

	if (!columns_env || parse_u64(columns_env, &width) < 0 || width < 40 ||
	    width > CANVAS_MAX_WIDTH)
		width = TEXT_WIDTH_DEFAULT;
	if (canvas_reset(&c, (int)width, rows + 5) < 0)
		return;
	ui->cursor = ui->top = 0;
	(void)draw_head(&c, ui, 3);
	draw_table(&c, ui, 3, rows + 1);
	for (int i = 0; i < c.width * c.height; i++)
		c.cells[i].style &= 0x7f;
	if (ui->view.count > (size_t)rows)
		(void)canvas_putf(&c, 0, rows + 4, c.width, S_PLAIN, "and %zu rows more",
				  ui->view.count - (size_t)rows);
	canvas_text(&c, o->ascii, out);
}

void batch_format(struct ui *ui, const struct options *o, bool first, struct buf *out)
{
	if (o->format == BATCH_TEXT) {
		text_screen(ui, o, out);
		return;
	}
	if (o->format == BATCH_CSV && first)
		csv_titles(out);
	for (size_t i = 0; i < ui->view.count; i++) {
		if (o->format == BATCH_JSON)
			json_row(view_at(&ui->view, i), ui, out);
		else
			csv_row(view_at(&ui->view, i), ui, out);
	}
	if (o->format == BATCH_JSON)
		json_total(ui, out);
}
