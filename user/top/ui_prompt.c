/* SPDX-License-Identifier: Apache-2.0
 *
 * The prompts of the view: / search and \ filter. The filter takes effect while it
 * is typed, up to the first term that is wrong; that is said beside it.
 */
#include <errno.h>

#include "base/units.h"
#include "top/ui.h"
#include "top/utf8.h"

void prompt_open(struct ui *ui, enum prompt prompt)
{
	ui->prompt = prompt;
	ui->filter_bad = false;
	snprintf(ui->prompt_text, sizeof(ui->prompt_text), "%s",
		 prompt == PROMPT_FILTER ? ui->filter_text : "");
}

static void apply(struct ui *ui)
{
	struct filter *f = NULL;
	struct filter_error ignored;
	char before[PROMPT_MAX + 1] = "";

	if (ui->prompt == PROMPT_TIME)
		return;
	if (ui->prompt == PROMPT_CHANGE) {
		ui->filter_bad = !change_check(ui);
		return;
	}
	if (ui->prompt == PROMPT_SEARCH) {
		memcpy(ui->search, ui->prompt_text, sizeof(ui->search));
		ui_search(ui, 1, true);
		return;
	}
	ui->filter_bad = filter_parse(ui->prompt_text, &f, &ui->filter_error) < 0;
	if (ui->filter_bad) { /* what stands before the wrong term holds */
		memcpy(before, ui->prompt_text, ui->filter_error.offset);
		if (filter_parse(before, &f, &ignored) < 0)
			return;
	}
	filter_free(ui->filter);
	ui->filter = f;
	ui_refresh(ui);
}

static void erase_char(struct ui *ui)
{
	size_t len = strlen(ui->prompt_text);

	while (len > 0 && (ui->prompt_text[len - 1] & 0xc0) == 0x80)
		len--;
	if (len > 0)
		len--;
	ui->prompt_text[len] = '\0';
}

static void erase_word(struct ui *ui)
{
	size_t len = strlen(ui->prompt_text);

	while (len > 0 && ui->prompt_text[len - 1] == ' ')
		len--;
	while (len > 0 && ui->prompt_text[len - 1] != ' ')
		len--;
	ui->prompt_text[len] = '\0';
}

static void insert_char(struct ui *ui, uint32_t key)
{
	size_t len = strlen(ui->prompt_text);
	char bytes[4];
	size_t n = utf8_encode(key, bytes);

	if (len + n > PROMPT_MAX)
		return;
	memcpy(ui->prompt_text + len, bytes, n);
	ui->prompt_text[len + n] = '\0';
}

static void go_to(struct ui *ui)
{
	int64_t when;

	if (!ui->prompt_text[0])
		ui->seek = (struct seek){ SEEK_ALERT, 0 };
	else if (parse_when(ui->prompt_text, ui->data_s, &when) == 0)
		ui->seek = (struct seek){ SEEK_TO, when };
	else
		ui_say(ui, "\"%.40s\" is no time: 2026-05-01T02:13:40Z, 10m (back)",
		       ui->prompt_text);
}

/* Enter keeps a filter only when it is right; Escape gives the former one back. */
static void finish(struct ui *ui, bool keep)
{
	enum prompt prompt = ui->prompt;

	if (keep && prompt == PROMPT_CHANGE)
		ui->filter_bad = !change_check(ui);
	if (keep && (prompt == PROMPT_FILTER || prompt == PROMPT_CHANGE) && ui->filter_bad)
		return;
	ui->prompt = PROMPT_NONE;
	if (keep && prompt == PROMPT_TIME)
		go_to(ui);
	if (keep && prompt == PROMPT_SEARCH)
		ui_search(ui, 1, true); /* says if there is none */
	if (keep && prompt == PROMPT_CHANGE)
		change_send(ui);
	if (prompt != PROMPT_FILTER)
		return;
	if (keep)
		memcpy(ui->filter_text, ui->prompt_text, sizeof(ui->filter_text));
	else
		(void)ui_set_filter(ui, ui->filter_text);
	ui->filter_bad = false;
}

void prompt_press(struct ui *ui, uint32_t key)
{
	switch (key) {
	case KEY_RETURN: finish(ui, true); return;
	case KEY_ESCAPE: finish(ui, false); return;
	case KEY_RUBOUT:
	case 8: erase_char(ui); break;
	case 'U' - '@': ui->prompt_text[0] = '\0'; break;
	case 'W' - '@': erase_word(ui); break;
	default:
		if (key < ' ' || key >= KEY_ARROW_UP)
			return;
		insert_char(ui, key);
	}
	apply(ui);
}
