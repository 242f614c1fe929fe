/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening and closing; see app.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "top/app.h"

/* The signals the loop reads; blocked before any thread exists, so that none of
 * them interrupts one. SIGTSTP stays with ncurses, which knows how to stop. */
static int open_signals(void)
{
	static const int wanted[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT };
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		sigaddset(&set, wanted[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* Says before the screen is taken that there is nobody to ask. */
static int check_daemon(const struct options *o)
{
	struct fetch fetch = { .socket_path = o->socket_path, .limit = 1 };
	struct snapshot s = { 0 };
	int status = fetch_snapshot(&fetch, &s);

	if (status)
		log_error("%s", s.error);
	fetch_close(&fetch);
	snapshot_free(&s);
	return status;
}

static int open_term(struct app *a, const struct options *o)
{
	const char *no_color = getenv("NO_COLOR");
	struct term_options t = { .theme = a->ui.theme,
				  .color = !o->no_color && !(no_color && *no_color),
				  .ascii = o->ascii };
	int r = term_open(&t, &a->term);

	if (r == -ENOTTY)
		log_error("this is no terminal; for scripts there is egresstop --batch");
	else if (r == -ENOENT)
		log_error("the terminal type \"%s\" is not known; set TERM",
			  getenv("TERM") ? getenv("TERM") : "");
	else if (r == -EOPNOTSUPP)
		log_error(
			"a terminal of type \"%s\" cannot show a screen; set TERM to what it is, or "
			"use egresstop --batch",
			getenv("TERM") ? getenv("TERM") : "");
	else if (r < 0)
		log_error("cannot use the terminal: %s", strerrordesc_np(-r));
	return r;
}

/* Keys come from the terminal where standard input was the trace. */
static int take_keyboard(void)
{
	_cleanup_close_ int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : dup2(fd, STDIN_FILENO);
}

static int open_replay(struct app *a, const struct options *o)
{
	struct itimerspec pace = { .it_interval = { o->interval_ms / 1000,
						    (long)(o->interval_ms % 1000) * 1000000 },
				   .it_value = { 0, 1 } };
	_cleanup_buf_ struct buf error = BUF_INIT;
	int r = playback_open(o->replay_path, &a->playback, &error);

	if (r < 0) {
		log_error("%s", error.data ? error.data : strerrordesc_np(-r));
		return r == -EINVAL || r == -ENOENT || r == -EACCES ? STATUS_USAGE : STATUS_FAILED;
	}
	a->ui.replay = true;
	if (strcmp(o->replay_path, "-") == 0 && take_keyboard() < 0) {
		log_error("the trace came on standard input, and there is no terminal for keys: %s",
			  strerrordesc_np(errno));
		return STATUS_FAILED;
	}
	a->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (a->timer_fd < 0 || timerfd_settime(a->timer_fd, 0, &pace, NULL) < 0) {
		log_error("cannot make a timer: %s", strerrordesc_np(errno));
		return STATUS_FAILED;
	}
	return 0;
}

int app_run(struct app *a, const struct options *o)
{
	struct feed_options feed = { o->socket_path, o->limit, o->interval_ms };
	int status = o->replay_path ? open_replay(a, o) : check_daemon(o), r = 0;

	if (status)
		return status;
	a->signal_fd = open_signals();
	if (a->signal_fd < 0) {
		log_error("cannot watch signals: %s", strerrordesc_np(-a->signal_fd));
		return STATUS_FAILED;
	}
	if (open_term(a, o) < 0)
		return STATUS_FAILED;
	if (!a->playback)
		r = feed_start(&feed, &a->feed);
	if (!a->playback && r == 0)
		r = asker_start(o->socket_path, &a->asker);
	if (r == 0)
		r = app_loop(a);
	term_close(a->term);
	feed_stop(a->feed);
	asker_stop(a->asker);
	if (r < 0)
		log_error("ended: %s", strerrordesc_np(-r));
	return r < 0 ? STATUS_FAILED : 0;
}

void app_close(struct app *a)
{
	if (a->signal_fd >= 0)
		close(a->signal_fd);
	if (a->timer_fd >= 0)
		close(a->timer_fd);
	playback_close(a->playback);
	ui_free(&a->ui);
	canvas_free(&a->canvas);
	snapshot_free(&a->snapshot);
}
