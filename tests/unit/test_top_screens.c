/* SPDX-License-Identifier: Apache-2.0
 *
 * Golden screens of egresstop from recorded answers, at several sizes, as UTF-8 and
 * ASCII; every key on every screen at every size without a crash. GOLDEN_UPDATE=1
 * writes the golden files anew: look at the difference before committing it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "top/draw.h"
#include "top_fixture.h"

static void press_all(struct ui *ui, const char *keys)
{
	for (; *keys; keys++)
		ui_press(ui, *keys == '\n' ? (uint32_t)KEY_RETURN : (uint32_t)*keys);
}

static void draw_text(struct ui *ui, int width, int height, bool ascii, struct buf *out)
{
	_cleanup_(canvas_free) struct canvas c = { 0 };

	assert_int_equal(canvas_reset(&c, width, height), 0);
	draw_screen(&c, ui);
	canvas_text(&c, ascii, out);
}

static void compare(const char *name, const struct buf *have)
{
	_cleanup_buf_ struct buf want = BUF_INIT;
	char path[128];

	snprintf(path, sizeof(path), "golden/%s.txt", name);
	if (getenv("GOLDEN_UPDATE")) {
		char full[256];
		_cleanup_fclose_ FILE *f = NULL;

		snprintf(full, sizeof(full), FIXTURE_DIR "%s", path);
		f = fopen(full, "we");
		assert_non_null(f);
		assert_int_equal(fwrite(have->data, 1, have->len, f), have->len);
		return;
	}
	fixture_read(path, &want);
	if (want.len != have->len || memcmp(want.data, have->data, want.len) != 0)
		fail_msg("%s differs; it is now:\n%s", path, have->data);
}

static const struct golden {
	const char *name;
	int width, height;
	const char *keys;
	bool ascii;
} goldens[] = {
	{ "main-80x24", 80, 24, "", false },
	{ "main-120x40", 120, 40, "", false },
	{ "main-200x50", 200, 50, "", false },
	{ "main-40x10", 40, 10, "", false },
	{ "main-80x24-ascii", 80, 24, "", true },
	{ "main-160x24-ascii", 160, 24, "", true },
	{ "tree-80x24", 80, 24, "t", false },
	{ "tree-120x40", 120, 40, "t", false },
	{ "tree-200x50", 200, 50, "t", false },
	{ "tree-40x10", 40, 10, "t", false },
	{ "tree-closed-80x24", 80, 24, "t/sshd\nf", false },
	{ "tree-flows-120x40", 120, 40, "tL*", false },
	{ "tree-group-120x40", 120, 40, "tt*", false },
	{ "tree-open-80x24", 80, 24, "t/sshd\n\n", false },
	{ "user-120x40", 120, 40, "gg", false },
	{ "network-120x40", 120, 40, "ggggggg", false },
	{ "flow-120x40-local", 120, 40, "ggggggggggL", false },
	{ "sort-total-100x24", 100, 24, "TI", false },
	{ "paused-80x24", 80, 24, "Z", false },
	{ "filter-80x24", 80, 24, "\\user:postgres,redis rate>0\n", false },
	{ "filter-error-80x24", 80, 24, "\\user:postgres rate>fast", false },
	{ "filter-nothing-80x24", 80, 24, "\\nobody\n", false },
	{ "search-80x24", 80, 24, "/redis", false },
	{ "search-missing-80x24", 80, 24, "/zebra\n", false },
	{ "open-80x24", 80, 24, "\n", false },
	{ "open-120x40", 120, 40, "\n", false },
	{ "open-200x50", 200, 50, "\n", false },
	{ "pod-120x40", 120, 40, "gggg", false },
	{ "silence-80x24", 80, 24, "as", false },
	{ "alerts-120x40", 120, 40, "a", false },
	{ "alerts-200x50", 200, 50, "a", false },
	{ "explain-80x24", 80, 24, "e", false },
	{ "explain-200x50", 200, 50, "e", false },
	{ "alerts-80x24", 80, 24, "a", false },
	{ "alerts-40x10", 40, 10, "a", false },
	{ "explain-120x40", 120, 40, "e", false },
	{ "explain-quiet-80x24", 80, 24, "/redis\ne", false },
	{ "help-80x24", 80, 24, "?", false },
	{ "help-120x40", 120, 40, "?", false },
};

static void test_golden(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(goldens); i++) {
		const struct golden *g = &goldens[i];
		_cleanup_buf_ struct buf text = BUF_INIT;
		struct ui ui;

		ui_init(&ui);
		fixture_feed(&ui, 60);
		draw_text(&ui, g->width, g->height, g->ascii,
			  &text); /* keys act on what is shown */
		press_all(&ui, g->keys);
		buf_clear(&text);
		draw_text(&ui, g->width, g->height, g->ascii, &text);
		compare(g->name, &text);
		ui_free(&ui);
	}
}

static void lose_daemon(struct ui *ui, const char *words)
{
	struct snapshot s = { .wall_s = FIXTURE_TIME + 5 };

	snprintf(s.error, sizeof(s.error), "%s", words);
	assert_int_equal(ui_take(ui, &s), 0);
}

static void test_lost_daemon(void **state)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct ui ui;

	(void)state;
	ui_init(&ui);
	draw_text(&ui, 80, 24, false, &text);
	compare("waiting-80x24", &text);
	fixture_feed(&ui, 3);
	lose_daemon(&ui, "no daemon: nobody listens on the socket (egressd has ended)");
	assert_int_equal(ui.link, LINK_DOWN);
	assert_int_equal(ui.view.count, 8); /* the last known rows stay */
	buf_clear(&text);
	draw_text(&ui, 80, 24, false, &text);
	compare("no-daemon-80x24", &text);
	fixture_feed(&ui, 1);
	assert_int_equal(ui.link, LINK_UP);
	assert_non_null(strstr(ui.message, "connected again"));
	ui_free(&ui);
}

/* No line is longer than the screen, whatever is in the data. */
static void test_hostile_names(void **state)
{
	static const char line[] =
		"{\"process.name\":\"a\\u001b[31m\\u202e\\u0000\\n\xff\xc3(\",\"user.name\":\"日本語日本語日本語日本語\","
		"\"destination.ip\":\"\",\"egress.rate_1s\":18446744073709551615,"
		"\"egress.payload_bytes\":18446744073709551615,\"service.port\":99999999999,"
		"\"process.pid\":-5,\"egress.ratio\":1e300,\"egress.scope\":7,\"egress.initiation\":null}\n";
	struct snapshot s = { .wall_s = FIXTURE_TIME };
	struct ui ui;

	(void)state;
	ui_init(&ui);
	buf_add_str(&s.flows, line);
	assert_int_equal(ui_take(&ui, &s), 0);
	assert_int_equal(ui.view.count, 1);
	for (int width = 20; width <= 220; width += 7) {
		_cleanup_buf_ struct buf text = BUF_INIT;
		const char *p, *end;

		draw_text(&ui, width, 24, false, &text);
		for (p = text.data; (end = strchr(p, '\n')); p = end + 1) {
			_cleanup_free_ char *one = strndup(p, (size_t)(end - p));

			assert_true(canvas_width(one) <= width);
		}
		assert_null(strchr(text.data, '\033'));
		assert_null(strstr(text.data, "\xe2\x80\xae"));
	}
	buf_free(&s.flows);
	ui_free(&ui);
}

/* Every key after every other, at sizes from nothing to huge: must not crash, and
 * the cursor stays on a row. Run under SAN=address,undefined in CI. */
static void test_keys_and_sizes(void **state)
{
	static const int sizes[][2] = { { 1, 1 },     { 40, 10 }, { 10, 3 }, { 80, 24 },
					{ 300, 100 }, { 41, 7 },  { 20, 50 } };
	uint32_t seed = 1;
	struct ui ui;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 2);
	for (int i = 0; i < 6000; i++) {
		_cleanup_(canvas_free) struct canvas c = { 0 };
		uint32_t key;

		seed = seed * 1664525u + 1013904223u;
		key = seed >> 16 & 0xff;
		if (key >= 128)
			key = KEY_ARROW_UP + (key - 128) % (KEY_UNKNOWN - KEY_ARROW_UP + 1);
		ui.mouse = (struct ui_mouse){ (int)(seed % 320), (int)(seed >> 8) % 110 };
		if (ui.mouse.y < 0)
			ui.mouse.y = 0;
		ui_press(&ui, key);
		ui.quit = false;
		if (i % 97 == 0)
			fixture_feed(&ui, 1);
		assert_int_equal(canvas_reset(&c, sizes[i % 7][0], sizes[i % 7][1]), 0);
		draw_screen(&c, &ui);
		assert_true(ui.cursor >= 0 && (ui.cursor == 0 || ui.cursor < (long)ui.view.count));
	}
	ui_free(&ui);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_lost_daemon),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_keys_and_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
