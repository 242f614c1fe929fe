/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers of a daemon that may say anything. The input is lines for status, flows and
 * alerts, in turn separated by 0x1e, behind two bytes for size and screen. Every
 * screen is drawn; nothing that controls a terminal may come out of it.
 */
#include "top/batch.h"
#include "top/draw.h"
#include "top/past.h"

#define PAST_MOMENT 1777644000

static void check_text(const struct buf *text)
{
	for (size_t i = 0; i < text->len; i++)
		if ((unsigned char)text->data[i] < ' ' && text->data[i] != '\n')
			abort();
}

static void draw_one(struct ui *ui, int width, int height, bool ascii)
{
	_cleanup_(canvas_free) struct canvas c = { 0 };
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (canvas_reset(&c, width, height) < 0)
		return;
	draw_screen(&c, ui);
	canvas_text(&c, ascii, &text);
	check_text(&text);
}

static void draw_all(struct ui *ui, int width, int height)
{
	static const char keys[] = "ea?\ngt*f-+tL uCS";

	draw_one(ui, width, height, false);
	for (const char *k = keys; *k; k++) {
		ui_press(ui, *k == '\n' ? (uint32_t)KEY_RETURN : (uint32_t)*k);
		draw_one(ui, width, height, *k == 'g');
		ui_press(ui, KEY_ESCAPE);
	}
}

/* The same bytes as the answers of the history: the past, charts, and back. */
static void show_past(struct ui *ui, const struct snapshot *s, int width, int height)
{
	if (past_take(ui, s, PAST_MOMENT) < 0)
		return;
	draw_all(ui, width, height);
	ui->screen = SCREEN_DETAIL;
	for (int span = CHART_HOUR; span < CHART_SPANS; span++) {
		ui->chart = (struct chart){ .span = (enum chart_span)span, .end = PAST_MOMENT };
		chart_take(&ui->chart, &s->flows, &s->alerts);
		draw_one(ui, width, height, span == CHART_DAY);
	}
	past_leave(ui);
	draw_one(ui, width, height, false);
}

/* And as what is open in a process. */
static void show_inside(struct ui *ui, const struct snapshot *s, int width, int height)
{
	const struct ask answer = { .kind = ASK_INSIDE, .rows = { s->flows, s->status } };

	ui->screen = SCREEN_MAIN;
	ui_press(ui, KEY_RETURN);
	inside_update(ui);
	inside_answer(&ui->inside, &answer);
	draw_one(ui, width, height, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct options json = { .format = BATCH_JSON }, csv = { .format = BATCH_CSV };
	struct snapshot s = { .wall_s = 1777644187 };
	struct buf *parts[] = { &s.status, &s.flows, &s.alerts };
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct ui ui;
	size_t part = 0;

	if (size < 2)
		return 0;
	ui_init(&ui);
	for (size_t i = 2; i < size; i++) {
		if (data[i] == 0x1e)
			part = (part + 1) % ARRAY_SIZE(parts);
		else
			buf_add_char(parts[part], (char)data[i]);
	}
	for (int i = 0; i < 2; i++)
		(void)ui_take(&ui, &s);
	draw_all(&ui, data[0] + 1, data[1] % 60 + 1);
	show_past(&ui, &s, data[0] + 1, data[1] % 60 + 1);
	show_inside(&ui, &s, data[0] + 1, data[1] % 60 + 1);
	batch_format(&ui, &json, true, &out);
	batch_format(&ui, &csv, true, &out);
	ui_free(&ui);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		buf_free(parts[i]);
	return 0;
}
