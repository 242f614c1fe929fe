/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl explain`: why an alert is one. Its sentence, its arithmetic term by term,
 * what that rests on, and what its series sent over time beside what it was allowed.
 */
#include <json-c/json.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "ctl/chart_text.h"
#include "ctl/ctl.h"
#include "ctl/past.h"
#include "ctl/row.h"
#include "ctl/terms.h"
#include "ctl/text.h"

enum { WIDTH_DEFAULT = 80 };

static unsigned int terminal_width(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return WIDTH_DEFAULT;
	return size.ws_col;
}

/* What the environment's locale can show; one that is not installed goes by its name. */
static bool locale_is_utf8(void)
{
	static const char *const variables[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *name = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(variables) && !(name && *name); i++)
		name = getenv(variables[i]);
	return name && (strcasestr(name, "utf-8") || strcasestr(name, "utf8"));
}

struct section {
	const struct ctl *ctl;
	const char *title;
};

static void print_field(void *ctx, const char *label, const char *words)
{
	enum { LABEL = 22 };
	struct section *s = ctx;
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (s->title)
		printf("%s%s%s\n", text_bold(s->ctl), s->title, text_plain(s->ctl));
	s->title = NULL;
	text_add(&text, words);
	printf("  %-*s %s\n", LABEL, label, text.data ? text.data : "");
}

static void print_head(const struct ctl *ctl, struct json_object *alert)
{
	_cleanup_buf_ struct buf subject = BUF_INIT, reason = BUF_INIT, level = BUF_INIT;

	text_add(&subject, row_text(alert, "subject"));
	text_add(&reason, row_text(alert, "reason"));
	text_add(&level, row_text(alert, "level"));
	printf("%s%s%s  %s%s%s\n", text_bold(ctl), subject.data ? subject.data : "",
	       text_plain(ctl), text_level_color(ctl, row_text(alert, "level")),
	       level.data ? level.data : "", text_plain(ctl));
	printf("  %s\n\n", reason.data ? reason.data : "");
}

static void print_past(const struct ctl *ctl, const struct past *past)
{
	struct chart_text_style style = { .width = terminal_width(),
					  .utf8 = locale_is_utf8(),
					  .color = ctl->color };
	_cleanup_buf_ struct buf chart = BUF_INIT;

	chart_text(&chart, past, &style);
	printf("%sits past%s\n%s\n", text_bold(ctl), text_plain(ctl), chart.data ? chart.data : "");
}

static int print_explanation(const struct ctl *ctl, struct json_object *alert,
			     const struct past *past)
{
	static const char *const titles[EVIDENCE_PARTS] = {
		[EVIDENCE_NORMAL] = "what it rests on",
		[EVIDENCE_WHO] = "who",
		[EVIDENCE_WHERE] = "where to",
		[EVIDENCE_RECORD] = "on record",
	};

	print_head(ctl, alert);
	printf("%sthe arithmetic%s (ten points are one doubling)\n", text_bold(ctl),
	       text_plain(ctl));
	terms_print(alert);
	putchar('\n');
	print_past(ctl, past);
	for (unsigned int part = 0; part < EVIDENCE_PARTS; part++) {
		struct section s = { .ctl = ctl, .title = titles[part] };

		evidence_each(alert, (enum evidence_part)part, print_field, &s);
		if (!s.title && part + 1 < EVIDENCE_PARTS)
			putchar('\n');
	}
	return CTL_OK;
}

static struct json_object *numbers(const uint64_t *values, size_t count)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; list && i < count; i++)
		(void)json_object_array_add(list, json_object_new_uint64(values[i]));
	return list;
}

/* The alert as it is, and its past as arrays behind it. */
static int print_json(struct json_object *alert, const struct past *p)
{
	if (p->has_series) {
		json_object_object_add(alert, "history.since", json_object_new_int64(p->since));
		json_object_object_add(alert, "history.step_s", json_object_new_int64(p->step_s));
		json_object_object_add(alert, "history.window_s",
				       json_object_new_int64(p->window_s));
		json_object_object_add(alert, "history.tx", numbers(p->tx + p->lead, p->count));
		json_object_object_add(alert, "history.window_tx", numbers(p->judged, p->count));
		json_object_object_add(alert, "history.allowed",
				       p->allowed_known ? json_object_new_uint64(p->allowed)
							: NULL);
	}
	json_object_object_add(alert, "history.note", json_object_new_string(p->note));
	return puts(json_object_to_json_string_ext(
		       alert, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)) < 0
		       ? CTL_NO
		       : CTL_OK;
}

int cmd_explain(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	_cleanup_rows_ struct rows rows = { 0 };
	_cleanup_past_ struct past past = { 0 };
	int status;

	request_begin(&request, "show");
	jsonw_str(&request, "alert", args->words[0]);
	status = ctl_request_rows(ctl, &request, &rows);
	if (status != CTL_OK)
		return status;
	if (rows.count == 0)
		return ctl_fail(CTL_NO, "the daemon says nothing of \"%s\"", args->words[0]);
	status = past_fetch(ctl, rows.item[0], &past);
	if (status != CTL_OK)
		return status;
	return ctl->json ? print_json(rows.item[0], &past)
			 : print_explanation(ctl, rows.item[0], &past);
}
