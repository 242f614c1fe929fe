/* SPDX-License-Identifier: Apache-2.0
 *
 * What the user sets: the saved setup, menus, tags, one user's rows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>

#include "top/draw.h"
#include "top/setup.h"
#include "scratch.h"
#include "top_fixture.h"

static void draw_text(struct ui *ui, struct buf *out)
{
	_cleanup_(canvas_free) struct canvas c = { 0 };

	assert_int_equal(canvas_reset(&c, 120, 40), 0);
	draw_screen(&c, ui);
	canvas_text(&c, false, out);
}

static bool shows(struct ui *ui, const char *text)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	draw_text(ui, &out);
	return strstr(out.data, text) != NULL;
}

static void press_all(struct ui *ui, const char *keys)
{
	for (; *keys; keys++)
		ui_press(ui, *keys == '\n' ? (uint32_t)KEY_RETURN : (uint32_t)*keys);
}

static void test_parse(void **state)
{
	static const char text[] = "# mine\n\n  theme =  light \r\ngroup = destination group\n"
				   "sort = total\ninvert = yes\ntree = no\nlocal = yes\n"
				   "columns.always = pid, wire\ncolumns.never = pid user\n";
	struct setup s = { .sort = C_SIGN };
	_cleanup_buf_ struct buf problems = BUF_INIT;

	(void)state;
	setup_parse(text, sizeof(text) - 1, &s, &problems);
	assert_int_equal(problems.len, 0);
	assert_int_equal(s.theme, THEME_LIGHT);
	assert_int_equal(s.group, G_DEST_GROUP);
	assert_int_equal(s.sort, C_TOTAL);
	assert_true(s.invert && !s.tree && s.local);
	assert_int_equal(s.columns.show, 1u << C_PID | 1u << C_WIRE);
	assert_int_equal(s.columns.hide, 1u << C_USER); /* always wins over never */
}

/* A bad line is said and passed over, the others hold. */
static void test_problems(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{ "theme = pink\nlocal = yes\n", "1: \"theme\" does not take this value\n" },
		{ "local = yes\nshape = round", "2: there is no setting \"shape\"\n" },
		{ "local = yes\nnonsense\n", "2: expected \"key = value\"\n" },
		{ "tree = maybe\nlocal = yes\n", "1: \"tree\" does not take this value\n" },
		{ "columns.never = worst\nlocal=yes",
		  "1: \"columns.never\" does not take this value\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct setup s = { .sort = C_SIGN };
		_cleanup_buf_ struct buf problems = BUF_INIT;

		setup_parse(cases[i].text, strlen(cases[i].text), &s, &problems);
		assert_string_equal(problems.data, cases[i].problem);
		assert_true(s.local);
		assert_int_equal(s.theme, THEME_DEFAULT);
	}
}

static void test_saved_and_read(void **state)
{
	char dir[SCRATCH_MAX], path[256] = "", want[300];
	struct setup out = { .group = G_USER, .sort = C_60S, .theme = THEME_SAFE, .tree = true },
		     in = { .sort = C_SIGN };
	_cleanup_buf_ struct buf problems = BUF_INIT;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(scratch_name(dir, "top")));
	assert_int_equal(setenv("XDG_CONFIG_HOME", dir, 1), 0);
	assert_int_equal(setup_load(&in, &problems), -ENOENT);
	out.columns.hide = 1u << C_SPARK;
	assert_int_equal(setup_save(&out, path, sizeof(path)), 0);
	assert_int_equal(setup_save(&out, path, sizeof(path)), 0); /* replaces itself */
	snprintf(want, sizeof(want), "%s/egresstop/egresstoprc", dir);
	assert_string_equal(path, want);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(setup_load(&in, &problems), 0);
	assert_int_equal(problems.len, 0);
	assert_int_equal(in.group, out.group);
	assert_int_equal(in.sort, out.sort);
	assert_int_equal(in.theme, out.theme);
	assert_true(in.tree);
	assert_int_equal(in.columns.hide, out.columns.hide);
	assert_int_equal(unlink(path), 0);
	snprintf(want, sizeof(want), "%s/egresstop", dir);
	assert_int_equal(rmdir(want), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(setup_save(&out, path, 10), -ENAMETOOLONG);
}

static void test_one_user(void **state)
{
	struct ui ui;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 2);
	press_all(&ui, "u");
	assert_true(shows(&ui, "(everybody)"));
	assert_true(shows(&ui, "redis"));
	ui_press(&ui, KEY_ARROW_DOWN); /* mallory, the first in the alphabet */
	press_all(&ui, "\n");
	assert_int_equal(ui.screen, SCREEN_MAIN);
	assert_true(shows(&ui, "user: mallory"));
	assert_true(shows(&ui, "pg_dump"));
	assert_false(shows(&ui, "pgbackrest"));
	ui_press(&ui, KEY_ESCAPE);
	assert_true(shows(&ui, "pgbackrest"));
	ui_free(&ui);
}

static void test_columns_chosen(void **state)
{
	struct ui ui;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 2);
	assert_true(shows(&ui, "CONTAINER"));
	assert_false(shows(&ui, " PID"));
	press_all(&ui, "C");
	for (int i = 1; i < C_CONTAINER; i++)
		ui_press(&ui, KEY_ARROW_DOWN);
	press_all(&ui, "  "); /* auto -> always -> never */
	for (int i = C_CONTAINER; i < C_PID; i++)
		ui_press(&ui, KEY_ARROW_DOWN);
	press_all(&ui, " ");
	ui_press(&ui, KEY_ESCAPE);
	assert_int_equal(ui.screen, SCREEN_MAIN);
	assert_false(shows(&ui, "CONTAINER"));
	assert_true(shows(&ui, " PID"));
	ui_free(&ui);
}

static void test_setup_menu(void **state)
{
	struct ui ui;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 2);
	press_all(&ui, "S ");
	assert_int_equal(ui.theme, THEME_SAFE);
	assert_true(shows(&ui, "colour-blind-safe"));
	ui_press(&ui, KEY_ARROW_DOWN);
	press_all(&ui, " ");
	assert_true(ui.options.tree);
	ui_press(&ui, KEY_TO_END);
	press_all(&ui, "\n");
	assert_true(ui.save);
	ui_free(&ui);
}

static void test_tags(void **state)
{
	struct ui ui;
	struct tags_sum sum;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 2);
	press_all(&ui, "  "); /* the cursor goes on: two rows */
	tags_add_up(&ui.tags, &ui.view, &sum);
	assert_int_equal(sum.rows, 2);
	assert_int_equal(sum.payload, view_at(&ui.view, 0)->num[N_PAYLOAD] +
					      view_at(&ui.view, 1)->num[N_PAYLOAD]);
	assert_int_equal(ui.cursor, 2);
	assert_true(shows(&ui, "* 2 tagged"));
	assert_true(shows(&ui, "!*"));
	ui_press(&ui, KEY_ARROW_UP);
	press_all(&ui, " ");
	tags_add_up(&ui.tags, &ui.view, &sum);
	assert_int_equal(sum.rows, 1);
	press_all(&ui, "g"); /* other rows: the tags are gone */
	assert_int_equal(ui.tags.count, 0);
	press_all(&ui, " U");
	assert_int_equal(ui.tags.count, 0);
	ui_free(&ui);
}

/* A flow counts once, though it and its group are tagged. */
static void test_tags_in_a_tree(void **state)
{
	struct ui ui;
	struct tags_sum sum;
	uint64_t all = 0;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 2);
	press_all(&ui, "t");
	for (size_t i = 0; i < ui.view.count; i++) {
		assert_int_equal(tags_turn(&ui.tags, view_at(&ui.view, i)->id), 0);
		all += view_at(&ui.view, i)->depth ? 0 : view_at(&ui.view, i)->num[N_PAYLOAD];
	}
	tags_add_up(&ui.tags, &ui.view, &sum);
	assert_int_equal(sum.payload, all);
	for (uint64_t id = 0; tags_turn(&ui.tags, 1000000 + id) == 0; id++)
		assert_true(id < TAGS_MAX);
	assert_int_equal(ui.tags.count, TAGS_MAX);
	ui_free(&ui);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),          cmocka_unit_test(test_problems),
		cmocka_unit_test(test_saved_and_read), cmocka_unit_test(test_one_user),
		cmocka_unit_test(test_columns_chosen), cmocka_unit_test(test_setup_menu),
		cmocka_unit_test(test_tags),           cmocka_unit_test(test_tags_in_a_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
