/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a row is loud, or why it is not: the alert's sentence, its arithmetic term by
 * term, its evidence; see draw.h.
 */
#include <json-c/json.h>

#include "base/units.h"
#include "base/vocab.h"
#include "top/cell_text.h"
#include "top/draw.h"
#include "top/json_read.h"

/* A member of the alert nobody told yet, as "key  value". */
static int draw_member(struct canvas *c, int y, const char *key, struct json_object *value)
{
	const char *text;

	if (!value || draw_alert_tells(key))
		return y;
	text = json_object_is_type(value, json_type_string)
		       ? json_object_get_string(value)
		       : json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
	if (!*text)
		return y;
	(void)canvas_put_cut(c, 3, y, 30, S_DIM, key);
	if (c->width < 50)
		return draw_wrapped(c, 5, y + 1, c->width - 6, 6, S_PLAIN, text);
	return MAX(draw_wrapped(c, 34, y, c->width - 35, 6, S_PLAIN, text), y + 1);
}

/* The terms of the score, "points.NAME": volume first as the daemon sends it. */
static int draw_points(struct canvas *c, int y, struct json_object *alert)
{
	int start = y;

	json_object_object_foreach(alert, key, value)
	{
		if (strncmp(key, "points.", 7) != 0 || y >= c->height - 8)
			continue;
		(void)canvas_putf(c, 3, y++, c->width - 3, S_PLAIN, "%-18s %+7.1f", key + 7,
				  json_object_get_double(value));
	}
	return y > start ? y + 1 : y;
}

/* "10 min: 4.6 GB sent, 29 MB allowed" from the numbers that score. */
static int draw_volume(struct canvas *c, int y, struct json_object *alert)
{
	static const struct {
		const char *key, *word;
	} parts[] = { { "observed", "sent" }, { "allowed", "allowed" }, { "baseline", "usual" } };
	_cleanup_buf_ struct buf text = BUF_INIT;
	const char *horizon = json_member_text(alert, "horizon");
	uint64_t n;

	if (horizon)
		buf_addf(&text, "in %.20s: ", horizon);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!json_member_u64(alert, parts[i].key, &n))
			continue;
		format_bytes(&text, n);
		buf_addf(&text, " %s  ", parts[i].word);
	}
	if (!text.len)
		return y;
	return draw_wrapped(c, 3, y, c->width - 4, 3, S_PLAIN, text.data);
}

/* Names come from strangers, and the line is meant to be copied into a shell. */
static bool is_plain(const char *name)
{
	return name && *name && name[0] != '-' &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "._:/+-")] == '\0';
}

/* Who detection judged, as `expect` wants it: the name before the user in "python3.11
 * (app) -> ...", which need not be the process's own ("python3"). */
static char *actor_name(const struct alert_row *a)
{
	const char *end = strstr(a->subject, " (");

	if (!end)
		return a->process ? strdup(a->process) : NULL;
	return strndup(a->subject, (size_t)(end - a->subject));
}

/* What an operator would have said beforehand: a transfer with a fifth to spare. */
static int draw_silent(struct canvas *c, int y, const struct alert_row *a)
{
	uint64_t megabytes = a->sent / 1000000 + a->sent / 5000000 + 1;
	_cleanup_free_ char *actor = actor_name(a);

	if (!is_plain(actor) || !is_plain(a->dst))
		return y;
	(void)canvas_put(c, 1, y++, c->width - 1, S_HEADER, "WOULD HAVE BEEN SILENT AFTER");
	(void)canvas_putf(c, 3, y++, c->width - 3, S_PLAIN,
			  "egressctl expect --actor %.40s --destination %.64s \\", actor, a->dst);
	(void)canvas_putf(c, 5, y++, c->width - 5, S_PLAIN, "--bytes %uMB --for 8h",
			  (unsigned int)MIN(megabytes, UINT32_MAX));
	return y + 1;
}

static int draw_alert(struct canvas *c, const struct alert_row *a)
{
	int y = 1;

	(void)canvas_put(c, 1, y, 1, draw_level_style(a->level), draw_level_sign(a->level));
	(void)canvas_putf(c, 3, y++, c->width - 3, S_SORTED, "%s",
			  a->subject[0] ? a->subject : "alert");
	(void)canvas_putf(c, 3, y++, c->width - 3, S_PLAIN, "%s, %s, score %.0f",
			  level_name(a->level), alert_state(a), a->score);
	y = draw_alert_question(c, a, y);
	y = draw_wrapped(c, 3, y + 1, c->width - 4, 12, S_PLAIN, a->reason) + 1;
	y = draw_volume(c, y, a->root) + 1;
	y = draw_points(c, y, a->root);
	y = draw_alert_facts(c, a, y);
	y = draw_silent(c, y, a);
	(void)canvas_put(c, 1, y++, c->width - 1, S_HEADER, "EVIDENCE");
	json_object_object_foreach(a->root, key, value)
	{
		if (y >= c->height - 8)
			break;
		y = draw_member(c, y, key, value);
	}
	return y;
}

static int draw_quiet(struct canvas *c, const struct ui *ui)
{
	const struct view_row *row = ui_row(ui);
	char process[CELL_MAX], dest[CELL_MAX], ratio[CELL_MAX], base[CELL_MAX];
	int y = 1;

	if (!row) {
		(void)canvas_put(c, 3, y, c->width - 3, S_PLAIN, "There is no row to explain.");
		return y + 1;
	}
	cell_text(row, C_PROCESS, 0, process);
	cell_text(row, C_DEST, 0, dest);
	cell_text(row, C_RATIO, 0, ratio);
	cell_text(row, C_BASE, 0, base);
	(void)canvas_putf(c, 3, y++, c->width - 3, S_SORTED, "%s (%s) → %s", process,
			  view_text(row, T_USER), dest);
	y = draw_wrapped(c, 3, y + 1, c->width - 4, 3, S_PLAIN, "No open alert names this row.") +
	    1;
	if (view_knows(row, N_RATIO))
		(void)canvas_putf(c, 3, y++, c->width - 3, S_PLAIN,
				  "It sends %s of what it is allowed; its normal is %s/s.", ratio,
				  base);
	else
		y = draw_wrapped(c, 3, y, c->width - 4, 3, S_PLAIN,
				 "The daemon gives no normal for it: it is still learning, or this "
				 "grouping has none.");
	return y;
}

int draw_explain(struct canvas *c, const struct ui *ui)
{
	const struct alert_row *a = ui->alert_id[0] ? ui_find_alert(ui, ui->alert_id) : NULL;

	if (ui->alert_id[0] && !a) {
		(void)canvas_put_cut(
			c, 3, 1, c->width - 3, S_PLAIN,
			"The daemon no longer lists this alert: it closed a while ago.");
		return 2;
	}
	return a ? draw_alert(c, a) : draw_quiet(c, ui);
}
