/* SPDX-License-Identifier: Apache-2.0
 *
 * See change.h. Every change is one operation of the daemon (docs/protocol.md).
 */
#include "base/jsonw.h"
#include "base/units.h"
#include "top/ui.h"

#define SILENCE_DAYS_MAX 30 /* the daemon's bound */
#define SILENCE_DEFAULT_SPAN "1d"

static const struct change_info {
	const char *op;
	bool prompts;
	const char *label, *hint, *done;
} changes[CHANGE_KINDS] = {
	[CHANGE_ACK] = { "ack", false, "", "",
			 "acknowledged; it stays silent unless it grows louder" },
	[CHANGE_SILENCE] = { "silence", true,
			     "silence up to: ", "BYTES TIME [why]: 20G 7d move to db-08",
			     "silenced; beyond those bytes, or after that time, it speaks again" },
	[CHANGE_APPROVE] = { "approve", true, "approve, because: ",
			     "it may become normal; the reason goes into the audit",
			     "approved: what it wants to become is learned" },
	[CHANGE_DECLINE] = { "decline", true, "decline, because: ",
			     "it never becomes normal; the reason goes into the audit",
			     "declined: it is not learned" },
};

const char *change_label(enum change_kind kind)
{
	return changes[kind].label;
}

const char *change_hint(enum change_kind kind)
{
	return changes[kind].hint;
}

/* Why nothing can be changed here; NULL: it can. */
static const char *obstacle(const struct ui *ui, const struct alert_row *a)
{
	if (ui->replay)
		return "a replay can change nothing: it has no daemon";
	if (ui->past_s)
		return "this is the past; End returns to the present, where alerts can be answered";
	if (ui->link == LINK_DOWN)
		return "there is no daemon to tell it to";
	if (ui_waits(ui, ASK_CHANGE))
		return "the daemon has not answered the last change yet";
	if (!a)
		return "no alert here: choose its row, or open the alerts with a";
	if (!a->open)
		return "this alert is closed already";
	return NULL;
}

/* Twice what it has sent, for a day: a budget that one can then write over. */
static void suggest(struct ui *ui, const struct alert_row *a)
{
	char bytes[8];

	format_short(bytes, MAX(2 * MIN(a->sent, UINT64_MAX / 4), (uint64_t)1000000));
	snprintf(ui->prompt_text, sizeof(ui->prompt_text), "%s " SILENCE_DEFAULT_SPAN " ", bytes);
}

void change_begin(struct ui *ui, enum change_kind kind)
{
	const struct alert_row *a = ui_present_alert(ui);
	const char *why_not = obstacle(ui, a);

	if (why_not) {
		ui_say(ui, "%s", why_not);
		return;
	}
	ui->change = kind;
	snprintf(ui->change_id, sizeof(ui->change_id), "%s", a->id);
	if (!changes[kind].prompts) {
		change_send(ui);
		return;
	}
	prompt_open(ui, PROMPT_CHANGE);
	if (kind == CHANGE_SILENCE)
		suggest(ui, a);
}

/* "20G 7d why": where the reason begins; NULL with ui->filter_error set. */
static const char *parse_silence(struct ui *ui, uint64_t *ret_bytes, uint64_t *ret_seconds)
{
	const char *text = ui->prompt_text + strspn(ui->prompt_text, " "), *rest;
	char bytes[32] = "", decimal[40], span[32] = "";
	uint64_t ms;
	int used = 0;

	(void)sscanf(text, "%28s %31s%n", bytes, span, &used);
	rest = text + used;
	ui->filter_error.offset = 0;
	snprintf(decimal, sizeof(decimal), "%s%s", bytes, /* as all sizes on this screen */
		 bytes[0] && strchr("kKMGT", bytes[strlen(bytes) - 1]) ? "B" : "");
	if (parse_size(decimal, ret_bytes) < 0 || !*ret_bytes)
		snprintf(ui->filter_error.text, sizeof(ui->filter_error.text),
			 "how many bytes? 500M, 20G");
	else if (parse_duration(span, &ms) < 0 || ms < 1000 || ms / 1000 > SILENCE_DAYS_MAX * 86400)
		snprintf(ui->filter_error.text, sizeof(ui->filter_error.text),
			 "for how long? 2h, 7d; at most %d d", SILENCE_DAYS_MAX);
	else {
		*ret_seconds = ms / 1000;
		return rest + strspn(rest, " ");
	}
	return NULL;
}

bool change_check(struct ui *ui)
{
	uint64_t bytes, seconds;

	return ui->change != CHANGE_SILENCE || parse_silence(ui, &bytes, &seconds);
}

void change_send(struct ui *ui)
{
	const struct change_info *info = &changes[ui->change];
	const char *why = info->prompts ? ui->prompt_text : "";
	uint64_t bytes = 0, seconds = 0;
	struct ask *ask;

	if (ui->change == CHANGE_SILENCE && !(why = parse_silence(ui, &bytes, &seconds)))
		return;
	ask = ui_ask(ui, ASK_CHANGE);
	jsonw_open(&ask->request[0], '{');
	jsonw_str(&ask->request[0], "op", info->op);
	jsonw_str(&ask->request[0], "alert", ui->change_id);
	if (ui->change == CHANGE_SILENCE) {
		jsonw_u64(&ask->request[0], "bytes", bytes);
		jsonw_u64(&ask->request[0], "seconds", seconds);
	}
	if (*why)
		jsonw_str(&ask->request[0], "why", why);
	jsonw_close(&ask->request[0], '}');
	ui_say(ui, "asking the daemon to %s it ...",
	       ui->change == CHANGE_ACK ? "acknowledge" : info->op);
}

void change_answer(struct ui *ui, const struct ask *ask)
{
	if (ask->failed)
		ui_say(ui, "not %s: %s",
		       ui->change == CHANGE_ACK       ? "acknowledged"
		       : ui->change == CHANGE_SILENCE ? "silenced"
		       : ui->change == CHANGE_APPROVE ? "approved"
						      : "declined",
		       ask->error);
	else
		ui_say(ui, "%s", changes[ui->change].done);
}
