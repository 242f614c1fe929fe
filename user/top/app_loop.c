/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop; see app.h. An answer with very many flows is taken in pieces, and the keyboard
 * is looked at between them.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "top/app.h"
#include "top/draw.h"
#include "top/past.h"
#include "top/player.h"
#include "top/setup.h"

#define LINES_A_PIECE 500 /* about 2 ms: less than anybody feels */

static void draw(struct app *a)
{
	int width, height;

	term_size(a->term, &width, &height);
	if (canvas_reset(&a->canvas, width, height) < 0)
		return; /* the next one may have memory again */
	term_set_theme(a->term, a->ui.theme);
	draw_screen(&a->canvas, &a->ui);
	term_show(a->term, &a->canvas);
}

static void take_signals(struct app *a)
{
	struct signalfd_siginfo info;

	while (read(a->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGWINCH || info.ssi_signo == SIGCONT)
			term_resized(a->term);
		else
			a->ui.quit = true;
	}
}

static void save_setup(struct app *a)
{
	const struct view_options *o = &a->ui.options;
	const struct setup s = { .group = o->group,
				 .sort = o->sort,
				 .theme = a->ui.theme,
				 .invert = o->invert,
				 .tree = o->tree,
				 .local = o->all_scopes,
				 .columns = o->columns };
	char path[PATH_MAX] = "";
	int r = setup_save(&s, path, sizeof(path));

	a->ui.save = false;
	if (r < 0)
		ui_say(&a->ui, "not saved: %.60s: %s", path[0] ? path : "no home directory",
		       strerrordesc_np(-r));
	else
		ui_say(&a->ui, "saved in %.130s", path);
}

static void send_questions(struct app *a)
{
	chart_update(&a->ui);
	inside_update(&a->ui);
	for (int i = 0; i < ASK_KINDS; i++)
		if (a->ui.outbox[i].request[0].len)
			asker_put(a->asker, &a->ui.outbox[i]);
}

static int take_asked(struct app *a)
{
	struct ask ask;
	int r = 0;

	while (r == 0 && asker_take(a->asker, &ask)) {
		r = ui_answer(&a->ui, &ask);
		ask_free(&ask);
	}
	send_questions(a); /* the page may have changed under the answer */
	return r;
}

/* What a key asked of the outside. */
static int act(struct app *a)
{
	if (a->ui.save)
		save_setup(a);
	if (a->playback)
		return player_seek(a->playback, &a->ui, &a->snapshot);
	past_seek(&a->ui);
	send_questions(a);
	return 0;
}

/* Returns how many there were, or a negative errno. */
static int take_keys(struct app *a)
{
	uint32_t key;
	int r = 0, keys = 0;

	while (!a->ui.quit && r == 0 && (key = term_key(a->term, &a->ui.mouse)) != KEY_NONE) {
		ui_press(&a->ui, key);
		r = act(a);
		keys++;
	}
	return r < 0 ? r : keys;
}

/* A piece of the answer that is being taken. */
static void take_more(struct app *a)
{
	(void)ui_take_more(&a->ui, LINES_A_PIECE); /* says so on the screen itself */
	if (ui_is_taking(&a->ui))
		return;
	past_beat(&a->ui);
	send_questions(a);
}

/* The next answer: of the daemon, or of the trace at its pace. */
static int take_answer(struct app *a)
{
	uint64_t beats;

	if (!a->playback) {
		if (!feed_take(a->feed, &a->snapshot))
			return 0;
		ui_take_begin(&a->ui, &a->snapshot);
		take_more(a);
		return 0;
	}
	if (read(a->timer_fd, &beats, sizeof(beats)) < 0)
		return 0;
	return player_tick(a->playback, &a->ui, &a->snapshot);
}

int app_loop(struct app *a)
{
	struct pollfd fds[] = { { STDIN_FILENO, POLLIN, 0 },
				{ a->playback ? a->timer_fd : feed_fd(a->feed), POLLIN, 0 },
				{ a->signal_fd, POLLIN, 0 },
				{ a->playback ? -1 : asker_fd(a->asker), POLLIN, 0 } };

	bool changed = true;
	int r = 0;

	while (!a->ui.quit && r >= 0) {
		bool taking = ui_is_taking(&a->ui);

		if (changed)
			draw(a);
		if (poll(fds, ARRAY_SIZE(fds), taking ? 0 : -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[2].revents)
			take_signals(a);
		if (taking)
			take_more(a);
		else if (fds[1].revents)
			r = take_answer(a);
		if (r == 0 && fds[3].revents)
			r = take_asked(a);
		if (r == 0)
			r = take_keys(a);
		changed = r > 0 || fds[2].revents || fds[3].revents || !ui_is_taking(&a->ui);
		r = MIN(r, 0);
		if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
			a->ui.quit = true; /* the terminal is gone */
	}
	return r;
}
