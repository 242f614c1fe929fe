/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions to the daemon beside the steady answers: written here, asked by the loop,
 * answered here; see ui.h.
 */
#include "top/inside.h"
#include "top/past.h"

struct ask *ui_ask(struct ui *ui, enum ask_kind kind)
{
	struct ask *ask = &ui->outbox[kind];

	ask_free(ask);
	ask->kind = kind;
	ask->ticket = ui->awaited[kind] = ++ui->tickets;
	return ask;
}

int ui_answer(struct ui *ui, const struct ask *ask)
{
	if (ask->ticket != ui->awaited[ask->kind])
		return 0;
	ui->awaited[ask->kind] = 0;
	switch (ask->kind) {
	case ASK_CHANGE: change_answer(ui, ask); return 0;
	case ASK_CHART: chart_answer(&ui->chart, ask); return 0;
	case ASK_INSIDE: inside_answer(&ui->inside, ask); return 0;
	default: return past_answer(ui, ask);
	}
}
