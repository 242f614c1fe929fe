/* SPDX-License-Identifier: Apache-2.0
 *
 * See player.h.
 */
#include "base/units.h"
#include "top/player.h"

/* A replay's answers count even when the screen stands still: it was told to move. */
static int take(struct playback *p, struct ui *ui, const struct snapshot *s)
{
	bool paused = ui->paused;
	int r;

	ui->interval_s = playback_interval_s(p);
	ui->paused = false;
	r = ui_take(ui, s);
	ui->paused = paused;
	return r;
}

int player_tick(struct playback *p, struct ui *ui, struct snapshot *s)
{
	for (unsigned int i = 0; i < ui->speed && !ui->paused; i++) {
		int r = playback_step(p, s);

		if (r > 0)
			r = take(p, ui, s);
		else if (r == 0) {
			ui->paused = true;
			ui_say(ui, "end of the trace; [ goes back");
		}
		if (r < 0)
			return r;
	}
	return 0;
}

/* Arrives with the answers before it, so that trends have a past. */
static int go_to(struct playback *p, struct ui *ui, struct snapshot *s, int64_t when)
{
	int64_t lead = (int64_t)HISTORY_SLOTS * playback_interval_s(p);
	int r = playback_seek(p, when - lead, s);

	flow_table_free(&ui->flows);
	memset(ui->host_history, 0, sizeof(ui->host_history));
	while (r > 0) {
		r = take(p, ui, s);
		if (r < 0 || playback_now(p) + playback_interval_s(p) > when)
			return r;
		r = playback_step(p, s);
	}
	return r;
}

int player_seek(struct playback *p, struct ui *ui, struct snapshot *s)
{
	struct seek seek = ui->seek;
	int64_t now = playback_now(p), to;
	int r;

	ui->seek = (struct seek){ SEEK_NONE, 0 };
	switch (seek.kind) {
	case SEEK_STEPS:
		ui->paused = true;
		if (seek.value < 0)
			return go_to(p, ui, s, now + seek.value * playback_interval_s(p));
		r = playback_step(p, s);
		if (r == 0)
			ui_say(ui, "end of the trace");
		return r > 0 ? take(p, ui, s) : r;
	case SEEK_HOST:
		if (playback_next_host(p) < 2) {
			ui_say(ui, "the trace has one host only");
			return 0;
		}
		ui->selected = 0;
		ui->cursor = ui->top = 0;
		return go_to(p, ui, s, now);
	case SEEK_BY: return go_to(p, ui, s, now + seek.value);
	case SEEK_TO:
		r = go_to(p, ui, s, seek.value);
		ui_follow(ui);
		return r;
	case SEEK_ALERT:
		to = playback_next_alert(p, now);
		if (!to) {
			ui_say(ui, "no alert opens after this moment");
			return 0;
		}
		ui->paused = true;
		return go_to(p, ui, s, to);
	default: return 0;
	}
}
