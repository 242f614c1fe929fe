/* SPDX-License-Identifier: Apache-2.0
 *
 * egresstop: the interactive view. main() and the loop: keys, answers and signals
 * go into the ui, the ui is drawn. Everything else is elsewhere in this directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "base/log.h"
#include "top/asker.h"
#include "top/batch.h"
#include "top/draw.h"
#include "top/feed.h"
#include "top/past.h"
#include "top/player.h"
#include "top/setup.h"
#include "top/term.h"

#define STATUS_FAILED 1
#define STATUS_USAGE 2

struct app {
	struct ui ui;
	struct canvas canvas;
	struct snapshot snapshot;
	struct term *term;
	struct feed *feed;         /* live, */
	struct asker *asker;       /* with questions beside it, or */
	struct playback *playback; /* a replay, */
	int timer_fd;              /* and its pace */
	int signal_fd;
};

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

static int take_keys(struct app *a)
{
	uint32_t key;
	int r = 0;

	while (!a->ui.quit && r == 0 && (key = term_key(a->term, &a->ui.mouse)) != KEY_NONE) {
		ui_press(&a->ui, key);
		r = act(a);
	}
	return r;
}

/* The next answer: of the daemon, or of the trace at its pace. */
static int take_answer(struct app *a)
{
	uint64_t beats;

	if (!a->playback) {
		if (!feed_take(a->feed, &a->snapshot))
			return 0;
		(void)ui_take(&a->ui, &a->snapshot); /* says so on the screen itself */
		past_beat(&a->ui);
		send_questions(a);
		return 0;
	}
	if (read(a->timer_fd, &beats, sizeof(beats)) < 0)
		return 0;
	return player_tick(a->playback, &a->ui, &a->snapshot);
}

static int loop(struct app *a)
{
	struct pollfd fds[] = { { STDIN_FILENO, POLLIN, 0 },
				{ a->playback ? a->timer_fd : feed_fd(a->feed), POLLIN, 0 },
				{ a->signal_fd, POLLIN, 0 },
				{ a->playback ? -1 : asker_fd(a->asker), POLLIN, 0 } };

	int r = 0;

	while (!a->ui.quit && r == 0) {
		draw(a);
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[2].revents)
			take_signals(a);
		if (fds[1].revents)
			r = take_answer(a);
		if (r == 0 && fds[3].revents)
			r = take_asked(a);
		if (r == 0)
			r = take_keys(a);
		if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
			a->ui.quit = true; /* the terminal is gone */
	}
	return r;
}

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

static int run_screen(struct app *a, const struct options *o)
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
		r = loop(a);
	term_close(a->term);
	feed_stop(a->feed);
	asker_stop(a->asker);
	if (r < 0)
		log_error("ended: %s", strerrordesc_np(-r));
	return r < 0 ? STATUS_FAILED : 0;
}

static void close_app(struct app *a)
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

/* What was saved, where the command line says nothing. Scripts get none of it. */
static void apply_setup(struct ui *ui, const struct options *o)
{
	struct setup s = { .sort = C_SIGN };
	_cleanup_buf_ struct buf problems = BUF_INIT;
	int r = setup_load(&s, &problems);

	if (r < 0 && r != -ENOENT)
		ui_say(ui, "the saved setup cannot be read: %s", strerrordesc_np(-r));
	if (r < 0)
		return;
	if (problems.len)
		ui_say(ui, "saved setup, line %.*s; the rest is used",
		       (int)strcspn(problems.data, "\n"), problems.data);
	if (!(o->given & GIVEN_GROUP))
		ui->options.group = s.group;
	if (!(o->given & GIVEN_SORT))
		ui->options.sort = s.sort;
	if (!(o->given & GIVEN_INVERT))
		ui->options.invert = s.invert;
	if (!(o->given & GIVEN_TREE))
		ui->options.tree = s.tree;
	if (!(o->given & GIVEN_ALL))
		ui->options.all_scopes = s.local;
	if (!(o->given & GIVEN_THEME))
		ui->theme = s.theme;
	ui->options.columns = s.columns;
}

static int apply_options(struct ui *ui, const struct options *o)
{
	ui->options.group = o->group;
	ui->options.sort = o->sort;
	ui->options.invert = o->invert;
	ui->options.tree = o->tree;
	ui->options.all_scopes = o->all_scopes;
	ui->theme = o->theme;
	if (!o->batch)
		apply_setup(ui, o);
	if (!o->filter || ui_set_filter(ui, o->filter) == 0)
		return 0;
	log_error("--filter: at \"%.40s\": %s", o->filter + ui->filter_error.offset,
		  ui->filter_error.text);
	return -EINVAL;
}

int main(int argc, char **argv)
{
	struct app app = { .signal_fd = -1, .timer_fd = -1 };
	struct options options;
	int status = STATUS_USAGE, r;

	setlocale(LC_CTYPE, "");
	r = options_parse(argc, argv, &options);
	if (r)
		return r < 0 ? STATUS_USAGE : 0;
	options.ascii |= strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	ui_init(&app.ui);
	if (apply_options(&app.ui, &options) == 0)
		status = options.batch ? batch_run(&app.ui, &options) : run_screen(&app, &options);
	close_app(&app);
	return status;
}
