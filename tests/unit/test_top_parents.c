/* SPDX-License-Identifier: Apache-2.0
 *
 * The tree of parents: who stands below whom, sums of branches, what is opened and closed,
 * answers that make no sense; and answers that are taken in pieces.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "top/draw.h"
#include "top_fixture.h"

static void add_flow(struct buf *b, const char *id, const char *parent, unsigned int bytes)
{
	buf_addf(b,
		 "{\"process.name\":\"%s\",\"process.pid\":%u,\"process.entity_id\":\"%s\","
		 "\"process.parent.entity_id\":\"%s\",\"user.name\":\"u%s\","
		 "\"egress.column\":\"egress\",\"egress.scope\":\"public\","
		 "\"destination.ip\":\"203.0.113.%u\",\"egress.payload_bytes\":%u,"
		 "\"egress.rate_10s\":%u,\"file.read_bytes\":%u}\n",
		 id, (unsigned int)id[0], id, parent, id, bytes % 250, bytes, bytes, 10);
}

static void add_ancestor(struct buf *b, const char *id, const char *parent)
{
	buf_addf(b,
		 "{\"ancestor\":true,\"process.name\":\"%s\",\"process.pid\":%u,"
		 "\"process.exited\":false,\"process.entity_id\":\"%s\","
		 "\"process.parent.entity_id\":\"%s\"}\n",
		 id, (unsigned int)id[0], id, parent);
}

/* a (sends nothing) has b (100, 1) and c (nothing) with d (1000); e (5) has no parent that
 * is known. */
static void feed_family(struct ui *ui)
{
	struct snapshot s = { .wall_s = FIXTURE_TIME };

	ui_init(ui);
	ui->options.tree = TREE_PARENTS;
	ui->options.sort = C_TOTAL;
	add_flow(&s.flows, "b", "a", 100);
	add_flow(&s.flows, "b", "a", 1);
	add_flow(&s.flows, "d", "c", 1000);
	add_flow(&s.flows, "e", "nobody", 5);
	add_ancestor(&s.flows, "a", "");
	add_ancestor(&s.flows, "c", "a");
	assert_int_equal(ui_take(ui, &s), 0);
	buf_free(&s.flows);
}

/* Rows as "depth name bytes", joined. */
static void tell(const struct ui *ui, struct buf *out)
{
	buf_clear(out);
	for (size_t i = 0; i < ui->view.count; i++) {
		const struct view_row *row = view_at(&ui->view, i);

		buf_addf(out, "%s%u%s%s %u", i ? ", " : "", row->depth, row->closed ? "+" : "",
			 view_text(row, T_PROCESS), (unsigned int)row->num[N_PAYLOAD]);
	}
}

static void assert_rows(const struct ui *ui, const char *wanted)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	tell(ui, &text);
	assert_string_equal(text.data, wanted);
}

static void branches_add_up(void **state)
{
	struct ui ui;

	(void)state;
	feed_family(&ui);
	assert_true(ui.view.parents);
	assert_rows(&ui, "0a 1101, 1c 1000, 2d 1000, 1b 101, 0e 5");
	ui_press(&ui, 'I');
	assert_rows(&ui, "0e 5, 0a 1101, 1b 101, 1c 1000, 2d 1000");
	assert_int_equal(view_at(&ui.view, 1)->num[N_READ], 20); /* b once, d once */
	assert_string_equal(view_text(view_at(&ui.view, 1), T_USER), "-");
	assert_string_equal(view_text(view_at(&ui.view, 2), T_USER), "ub");
	ui_free(&ui);
}

static void rows_open_and_close(void **state)
{
	struct ui ui;

	(void)state;
	feed_family(&ui);
	ui_press(&ui, 'f');
	assert_rows(&ui, "0+a 1101, 0e 5");
	ui_press(&ui, 'f');
	ui_press(&ui, KEY_ARROW_DOWN);
	ui_press(&ui, '-');
	assert_rows(&ui, "0a 1101, 1+c 1000, 1b 101, 0e 5");
	ui_press(&ui, '+');
	ui_press(&ui, KEY_ARROW_DOWN);
	ui_press(&ui, '+');
	assert_non_null(strstr(ui.message, "nothing more"));
	ui_press(&ui, '-'); /* to the row above it */
	assert_string_equal(view_text(ui_row(&ui), T_PROCESS), "c");
	ui_press(&ui, KEY_TO_END);
	ui_press(&ui, KEY_ARROW_UP);
	ui_press(&ui, '+');
	assert_rows(&ui, "0a 1101, 1c 1000, 2d 1000, 1b 101, 2b 100, 2b 1, 0e 5");
	ui_press(&ui, '*');
	ui_press(&ui, '*');
	assert_rows(&ui, "0a 1101, 1c 1000, 2d 1000, 1b 101, 0e 5");
	ui_free(&ui);
}

/* What is closed is found as the row that hides it; a search goes to the process itself. */
static void search_finds_the_process(void **state)
{
	struct ui ui;

	(void)state;
	feed_family(&ui);
	snprintf(ui.search, sizeof(ui.search), "ud");
	ui_search(&ui, 1, true);
	assert_string_equal(view_text(ui_row(&ui), T_PROCESS), "d");
	ui_press(&ui, KEY_TO_START);
	ui_press(&ui, 'f');
	ui_search(&ui, 1, true);
	assert_string_equal(view_text(ui_row(&ui), T_PROCESS), "a");
	ui_free(&ui);
}

static void t_goes_round(void **state)
{
	struct ui ui;

	(void)state;
	feed_family(&ui);
	ui_press(&ui, 't');
	assert_int_equal(ui.options.tree, TREE_GROUPS);
	assert_false(ui.view.parents);
	ui_press(&ui, 't');
	assert_int_equal(ui.options.tree, TREE_NONE);
	ui_press(&ui, 't');
	assert_true(ui.view.parents);
	ui_free(&ui);
}

/* An answer may say anything: every flow is in one tree, once. */
static void nonsense_loses_nothing(void **state)
{
	static const char *const parents[][4] = { { "b", "c", "d", "b" },
						  { "a", "b", "c", "d" },
						  { "b", "a", "d", "c" },
						  { "d", "d", "d", "d" },
						  { "x", "x", "x", "x" } };
	static const char *const ids[] = { "a", "b", "c", "d" };

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(parents); k++) {
		struct snapshot s = { .wall_s = FIXTURE_TIME };
		uint64_t sum = 0;
		struct ui ui;

		ui_init(&ui);
		ui.options.tree = TREE_PARENTS;
		for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
			add_flow(&s.flows, ids[i], parents[k][i], 1u << i);
		add_ancestor(&s.flows, "x", "y");
		add_ancestor(&s.flows, "y", "x");
		assert_int_equal(ui_take(&ui, &s), 0);
		for (size_t i = 0; i < ui.view.count; i++)
			sum += ui.view.rows[i].depth ? 0 : view_at(&ui.view, i)->num[N_PAYLOAD];
		assert_int_equal(sum, 15);
		buf_free(&s.flows);
		ui_free(&ui);
	}
}

/* A row's sums, order and place come out the same whether the flows were looked at anew or
 * only arranged. */
static void arranging_is_building(void **state)
{
	static const enum column sorts[] = { C_SIGN, C_TOTAL, C_PROCESS, C_READ, C_PID, C_SPARK };
	struct ui ui;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 3);
	for (int tree = 0; tree < TREE_KINDS; tree++) {
		for (size_t i = 0; i < 2 * ARRAY_SIZE(sorts); i++) {
			_cleanup_buf_ struct buf arranged = BUF_INIT, built = BUF_INIT;

			ui.options.tree = (enum tree)tree;
			ui_refresh(&ui);
			ui.options.sort = sorts[i / 2];
			ui.options.invert = i % 2;
			ui_reorder(&ui);
			tell(&ui, &arranged);
			ui_refresh(&ui);
			tell(&ui, &built);
			assert_string_equal(arranged.data, built.data);
		}
	}
	ui_free(&ui);
}

/* Until an answer is whole its rows are not shown, and keys work. */
static void answers_come_in_pieces(void **state)
{
	struct snapshot s = { .wall_s = FIXTURE_TIME };
	_cleanup_buf_ struct buf whole = BUF_INIT, pieces = BUF_INIT;
	struct ui ui, other;
	size_t rounds = 0;

	(void)state;
	ui_init(&other);
	ui_init(&ui);
	fixture_feed(&ui, 1);
	fixture_feed(&other, 1);
	fixture_read("flows.jsonl", &s.flows);
	fixture_read("status.jsonl", &s.status);
	fixture_read("alerts.jsonl", &s.alerts);
	add_flow(&s.flows, "new", "", 7);
	ui_take_begin(&ui, &s);
	for (; ui_is_taking(&ui); rounds++) {
		assert_int_equal(ui.view.count, 8);
		ui_press(&ui, rounds % 2 ? 't' : 'I');
		ui_press(&ui, rounds % 2 ? 't' : 'I');
		ui_press(&ui, rounds % 2 ? 't' : KEY_ARROW_DOWN);
		assert_int_equal(ui_take_more(&ui, 2), 0);
	}
	assert_true(rounds > 10);
	ui.cursor = 0;
	ui.selected = 0;
	ui_refresh(&ui);
	tell(&ui, &pieces);
	assert_int_equal(ui_take(&other, &s), 0);
	tell(&other, &whole);
	assert_string_equal(pieces.data, whole.data);
	assert_int_equal(ui.view.count, 9);
	buf_free(&s.flows);
	buf_free(&s.status);
	buf_free(&s.alerts);
	ui_free(&other);
	ui_free(&ui);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(branches_add_up),          cmocka_unit_test(rows_open_and_close),
		cmocka_unit_test(search_finds_the_process), cmocka_unit_test(t_goes_round),
		cmocka_unit_test(nonsense_loses_nothing),   cmocka_unit_test(arranging_is_building),
		cmocka_unit_test(answers_come_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
