/* SPDX-License-Identifier: Apache-2.0
 *
 * egresstop --replay: a trace as answers. Sums, rates, alerts in their time, and the
 * same picture whichever way a moment is reached.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>

#include "top/draw.h"
#include "top/player.h"
#include "scratch.h"

#define START 1777600020 /* a multiple of 60 */
#define MINUTES 300
#define THEFT_FROM 200
#define THEFT_MINUTES 10

/* A new file with a trace's header. */
static FILE *begin_trace(char path[SCRATCH_MAX])
{
	FILE *f;
	int fd;

	fd = mkstemp(scratch_name(path, "trace"));
	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	fprintf(f, "{\"trace\":\"egress\",\"version\":1,\"interval_s\":60}\n");
	return f;
}

/* Five hours: postgres sends 60 MB a minute, and pg_dump 6 GB a minute for ten. */
static void write_trace(char path[SCRATCH_MAX])
{
	_cleanup_fclose_ FILE *f = begin_trace(path);

	for (int i = 0; i < MINUTES; i++) {
		int ts = START + 60 * i;

		fprintf(f,
			"{\"ts\":%d,\"host\":\"db-07\",\"exe\":\"/usr/bin/postgres\",\"user\":\"postgres\","
			"\"dst\":\"10.2.0.15\",\"port\":5432,\"proto\":\"tcp\",\"init\":\"accepted\","
			"\"scope\":\"private\",\"tx\":60000000}\n",
			ts);
		if (i >= THEFT_FROM && i < THEFT_FROM + THEFT_MINUTES)
			fprintf(f,
				"{\"ts\":%d,\"host\":\"db-07\",\"exe\":\"/usr/bin/pg_dump\",\"user\":\"mallory\","
				"\"dst\":\"203.0.113.7\",\"port\":443,\"proto\":\"tcp\",\"init\":\"connected\","
				"\"scope\":\"public\",\"tx\":6000000000,\"rd\":7000000000}\n",
				ts);
	}
}

struct stage {
	struct playback *playback;
	struct ui ui;
	struct snapshot snapshot;
	char path[SCRATCH_MAX];
};

static void open_stage(struct stage *s)
{
	_cleanup_buf_ struct buf error = BUF_INIT;

	*s = (struct stage){ 0 };
	write_trace(s->path);
	ui_init(&s->ui);
	s->ui.replay = true;
	if (playback_open(s->path, &s->playback, &error) < 0)
		fail_msg("%s", error.data);
}

static void close_stage(struct stage *s)
{
	playback_close(s->playback);
	ui_free(&s->ui);
	buf_free(&s->snapshot.status);
	buf_free(&s->snapshot.flows);
	buf_free(&s->snapshot.alerts);
	unlink(s->path);
}

static const struct view_row *find_row(const struct ui *ui, const char *process)
{
	for (size_t i = 0; i < ui->view.count; i++)
		if (strcmp(view_text(view_at(&ui->view, i), T_PROCESS), process) == 0)
			return view_at(&ui->view, i);
	return NULL;
}

static void test_plays_to_the_end(void **state)
{
	const struct view_row *row;
	struct stage s;

	(void)state;
	open_stage(&s);
	for (int i = 0; i < MINUTES; i++)
		assert_int_equal(player_tick(s.playback, &s.ui, &s.snapshot), 0);
	assert_false(s.ui.paused);
	assert_int_equal(s.ui.data_s, START + 60 * MINUTES);
	row = find_row(&s.ui, "postgres");
	assert_non_null(row);
	assert_int_equal(row->num[N_PAYLOAD], 60000000ull * MINUTES);
	assert_int_equal(row->num[N_RATE_1S], 1000000);
	row = find_row(&s.ui, "pg_dump");
	assert_non_null(row);
	assert_int_equal(row->num[N_PAYLOAD], 6000000000ull * THEFT_MINUTES);
	assert_int_equal(row->num[N_READ], 7000000000ull * THEFT_MINUTES);
	assert_int_equal(row->num[N_RATE_60S], 0);
	assert_int_equal(s.ui.flows.totals.payload,
			 60000000ull * MINUTES + 6000000000ull * THEFT_MINUTES);
	assert_int_equal(player_tick(s.playback, &s.ui, &s.snapshot), 0);
	assert_true(s.ui.paused);
	close_stage(&s);
}

static void screen_of(struct ui *ui, struct buf *out)
{
	_cleanup_(canvas_free) struct canvas c = { 0 };

	ui->message[0] = '\0';
	ui->paused = true;
	assert_int_equal(canvas_reset(&c, 120, 40), 0);
	draw_screen(&c, ui);
	canvas_text(&c, false, out);
}

static void test_every_way_there_is_the_same(void **state)
{
	int64_t when = START + 60 * (THEFT_FROM + 5);
	_cleanup_buf_ struct buf played = BUF_INIT, sought = BUF_INIT, back = BUF_INIT;
	struct stage s;

	(void)state;
	open_stage(&s);
	while (playback_now(s.playback) < when)
		assert_int_equal(player_tick(s.playback, &s.ui, &s.snapshot), 0);
	screen_of(&s.ui, &played);
	s.ui.seek = (struct seek){ SEEK_TO, START + 60 * MINUTES };
	assert_int_equal(player_seek(s.playback, &s.ui, &s.snapshot), 0);
	assert_int_equal(playback_now(s.playback), START + 60 * MINUTES);
	s.ui.seek = (struct seek){ SEEK_TO, when };
	assert_int_equal(player_seek(s.playback, &s.ui, &s.snapshot), 0);
	screen_of(&s.ui, &sought);
	assert_string_equal(played.data, sought.data);
	s.ui.seek = (struct seek){ SEEK_STEPS, 1 };
	assert_int_equal(player_seek(s.playback, &s.ui, &s.snapshot), 0);
	assert_int_equal(playback_now(s.playback), when + 60);
	s.ui.seek = (struct seek){ SEEK_STEPS, -1 };
	assert_int_equal(player_seek(s.playback, &s.ui, &s.snapshot), 0);
	screen_of(&s.ui, &back);
	assert_string_equal(played.data, back.data);
	close_stage(&s);
}

static void test_goes_to_the_alert(void **state)
{
	struct stage s;
	int64_t at = 0;

	(void)state;
	open_stage(&s);
	while ((at = playback_next_alert(s.playback, at)) && at < START + 60 * THEFT_FROM)
		;
	assert_true(at > START + 60 * THEFT_FROM && at <= START + 60 * (THEFT_FROM + 2));
	s.ui.seek = (struct seek){ SEEK_TO, at - 60 };
	assert_int_equal(player_seek(s.playback, &s.ui, &s.snapshot), 0);
	assert_null(find_row(&s.ui, "pg_dump"));
	s.ui.seek = (struct seek){ SEEK_ALERT, 0 };
	assert_int_equal(player_seek(s.playback, &s.ui, &s.snapshot), 0);
	assert_int_equal(playback_now(s.playback), at);
	assert_non_null(find_row(&s.ui, "pg_dump"));
	assert_int_equal(find_row(&s.ui, "pg_dump")->level, EG_LEVEL_PAGE);
	close_stage(&s);
}

static void test_bad_files(void **state)
{
	static const char *const paths[] = { "/nonexistent/trace", "/" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_buf_ struct buf error = BUF_INIT;
		struct playback *p = NULL;

		assert_true(playback_open(paths[i], &p, &error) < 0);
		assert_true(error.len > 0);
		assert_null(p);
	}
}

static void write_two_hosts(char path[SCRATCH_MAX])
{
	_cleanup_fclose_ FILE *f = begin_trace(path);

	for (int i = 0; i < 20; i++)
		for (int host = 0; host < 2; host++)
			fprintf(f,
				"{\"ts\":%d,\"host\":\"%s\",\"exe\":\"%s\",\"dst\":\"203.0.113.7\","
				"\"init\":\"connected\",\"scope\":\"public\",\"tx\":%d}\n",
				START + 60 * i, host ? "db-2" : "db-1", host ? "scp" : "curl",
				host ? (i >= 10 ? 2000000000 : 0) : 1000);
}

static void expect_one_row(const struct ui *ui, const char *process, const char *host)
{
	assert_int_equal(ui->view.count, 1);
	assert_string_equal(view_text(view_at(&ui->view, 0), T_PROCESS), process);
	assert_string_equal(ui->status.host, host);
}

/* From standard input; each host has its rows and its alerts, at the same moment. */
static void test_several_hosts(void **state)
{
	_cleanup_buf_ struct buf error = BUF_INIT;
	struct stage s = { 0 };
	int kept = dup(STDIN_FILENO), fd, r;

	(void)state;
	write_two_hosts(s.path);
	fd = open(s.path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	close(fd);
	ui_init(&s.ui);
	s.ui.replay = true;
	r = playback_open("-", &s.playback, &error);
	assert_int_equal(dup2(kept, STDIN_FILENO), STDIN_FILENO);
	close(kept);
	if (r < 0)
		fail_msg("%s", error.data);
	s.ui.seek = (struct seek){ SEEK_TO, START + 15 * 60 };
	assert_int_equal(player_seek(s.playback, &s.ui, &s.snapshot), 0);
	expect_one_row(&s.ui, "curl", "db-1");
	assert_int_equal(s.ui.alerts.count, 0);
	ui_press(&s.ui, 'H');
	assert_int_equal(player_seek(s.playback, &s.ui, &s.snapshot), 0);
	expect_one_row(&s.ui, "scp", "db-2");
	assert_int_equal(s.ui.data_s, START + 15 * 60);
	assert_true(s.ui.alerts.count > 0);
	ui_press(&s.ui, 'H');
	assert_int_equal(player_seek(s.playback, &s.ui, &s.snapshot), 0);
	expect_one_row(&s.ui, "curl", "db-1");
	close_stage(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_several_hosts),
		cmocka_unit_test(test_plays_to_the_end),
		cmocka_unit_test(test_every_way_there_is_the_same),
		cmocka_unit_test(test_goes_to_the_alert),
		cmocka_unit_test(test_bad_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
