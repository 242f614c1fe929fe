/* SPDX-License-Identifier: Apache-2.0
 *
 * The model behind egresstop's table: sums under every grouping, order, freeze,
 * columns that never overlap, cells, text from strangers, machine output.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "top/batch.h"
#include "top/canvas.h"
#include "top/cell_text.h"
#include "top_fixture.h"

/* The fixture's hand-off row of a TCP flow: the same bytes once more. */
static bool is_shadow(const struct flow_row *row)
{
	return row->text[T_TRANSPORT] && strcmp(row->text[T_TRANSPORT], "tcp") == 0 &&
	       strcmp(row->text[T_COLUMN], "handoff") == 0;
}

static uint64_t sum_flows(const struct ui *ui)
{
	struct flow_row *row, *next;
	uint64_t sum = 0;

	HASH_ITER(hh, ui->flows.rows, row, next)
		sum += is_shadow(row) ? 0 : row->num[N_PAYLOAD];
	return sum;
}

static void test_groups_keep_the_sum(void **state)
{
	struct ui ui;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 1);
	ui.options.all_scopes = true;
	for (int group = 0; group < G_COUNT; group++) {
		uint64_t sum = 0;
		size_t flows = 0;

		ui.options.group = (enum group)group;
		ui_refresh(&ui);
		for (size_t i = 0; i < ui.view.count; i++) {
			sum += view_at(&ui.view, i)->num[N_PAYLOAD];
			flows += view_at(&ui.view, i)->flow_count;
		}
		assert_true(sum == sum_flows(&ui));
		assert_int_equal(flows, ui.flows.count - 1); /* the shadow */
		ui.options.tree = true;
		ui_refresh(&ui);
		sum = 0;
		for (size_t i = 0; i < ui.view.count; i++)
			sum += view_at(&ui.view, i)->depth ? 0
							   : view_at(&ui.view, i)->num[N_PAYLOAD];
		assert_true(sum == sum_flows(&ui));
		ui.options.tree = false;
	}
	ui_free(&ui);
}

static const char *name_at(const struct ui *ui, size_t i)
{
	return view_text(view_at(&ui->view, i), T_PROCESS);
}

/* A process has read what it has read, however many flows it sends by. */
static void test_reads_count_once(void **state)
{
	static const char flows[] =
		"{\"process.name\":\"a\",\"process.pid\":7,\"process.start\":\"x\",\"destination.ip\":\"192.0.2.1\","
		"\"egress.payload_bytes\":1,\"file.read_bytes\":100}\n"
		"{\"process.name\":\"a\",\"process.pid\":7,\"process.start\":\"x\",\"destination.ip\":\"192.0.2.2\","
		"\"egress.payload_bytes\":1,\"file.read_bytes\":100}\n"
		"{\"process.name\":\"a\",\"process.pid\":8,\"process.start\":\"y\",\"destination.ip\":\"192.0.2.1\","
		"\"egress.payload_bytes\":1,\"file.read_bytes\":30}\n"
		"{\"process.name\":\"a\",\"egress.folded\":true,\"egress.payload_bytes\":5,\"egress.flows\":9,"
		"\"file.read_bytes\":null}\n";
	struct snapshot s = { .wall_s = FIXTURE_TIME };
	char text[CELL_MAX];
	struct ui ui;

	(void)state;
	ui_init(&ui);
	buf_add_str(&s.flows, flows);
	assert_int_equal(ui_take(&ui, &s), 0);
	assert_int_equal(ui.view.count, 1);
	assert_int_equal(view_at(&ui.view, 0)->num[N_READ], 130);
	assert_int_equal(view_at(&ui.view, 0)->num[N_PAYLOAD], 8);
	assert_int_equal(ui_set_filter(&ui, "flows>1"), 0); /* the folded row alone */
	assert_int_equal(ui.view.count, 1);
	cell_text(view_at(&ui.view, 0), C_DEST, 0, text);
	assert_string_equal(text, "9 flows");
	buf_free(&s.flows);
	ui_free(&ui);
}

static void test_order(void **state)
{
	struct ui ui;
	size_t last;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 1);
	last = ui.view.count - 1;
	assert_string_equal(name_at(&ui, 0), "pg_dump"); /* page */
	assert_int_equal(view_at(&ui.view, 1)->level, EG_LEVEL_TICKET);
	assert_true(view_at(&ui.view, last)->other);
	assert_string_equal(name_at(&ui, last - 1), "curl"); /* ended */
	ui.options.sort = C_TOTAL;
	ui_refresh(&ui);
	assert_string_equal(name_at(&ui, 0), "pgbackrest");
	for (size_t i = 1; i < last; i++)
		assert_true(view_at(&ui.view, i - 1)->num[N_PAYLOAD] >=
			    view_at(&ui.view, i)->num[N_PAYLOAD]);
	ui.options.invert = true;
	ui_refresh(&ui);
	assert_string_equal(name_at(&ui, last - 1), "pgbackrest");
	assert_true(view_at(&ui.view, last)->other); /* the rest stays last */
	ui.options.freeze = true;
	ui.options.invert = false;
	ui_refresh(&ui);
	assert_string_equal(name_at(&ui, last - 1), "pgbackrest");
	ui_free(&ui);
}

static void test_cursor_stays_on_its_row(void **state)
{
	struct ui ui;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 1);
	ui_press(&ui, KEY_ARROW_DOWN);
	ui_press(&ui, KEY_ARROW_DOWN);
	assert_string_equal(view_text(ui_row(&ui), T_SESSION), "app@orders");
	ui_press(&ui, 'T');
	assert_string_equal(view_text(ui_row(&ui), T_SESSION), "app@orders");
	assert_int_equal(ui.cursor, 1);
	ui_press(&ui, 'I');
	assert_string_equal(view_text(ui_row(&ui), T_SESSION), "app@orders");
	fixture_feed(&ui, 1);
	assert_string_equal(view_text(ui_row(&ui), T_SESSION), "app@orders");
	ui_free(&ui);
}

static void test_pause_and_dismiss(void **state)
{
	struct snapshot s = { .wall_s = FIXTURE_TIME + 100 };
	struct ui ui;
	size_t count;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 1);
	count = ui.view.count;
	ui_press(&ui, 'Z');
	assert_int_equal(ui_take(&ui, &s), 0); /* an empty answer */
	assert_int_equal(ui.view.count, count);
	ui_press(&ui, 'x');
	assert_int_equal(ui.view.count, count - 1);
	ui_press(&ui, 'Z');
	assert_int_equal(ui_take(&ui, &s), 0);
	assert_int_equal(ui.view.count, 0);
	assert_int_equal(ui.flows.count, 0);
	ui_free(&ui);
}

static void test_columns_fit(void **state)
{
	(void)state;
	for (int width = 1; width <= 400; width++) {
		for (int facts = 0; facts < 32 * G_COUNT; facts++) {
			struct column_facts f = { .ratio = facts & 1,
						  .base = facts & 2,
						  .container = facts & 4,
						  .read = facts & 8,
						  .minutes = facts & 16,
						  .group = (enum group)(facts / 32) };
			struct column_place p[C_COUNT];
			int count = column_layout(width, &f, p);

			assert_true(count >= 3);
			for (int i = 1; i < count; i++) /* a blank between columns */
				assert_true(p[i - 1].x + p[i - 1].width +
						    (p[i - 1].column != C_SIGN) <=
					    p[i].x);
			if (width >= 40)
				assert_true(p[count - 1].x + p[count - 1].width <= width);
		}
	}
}

static void test_width_and_cut(void **state)
{
	_cleanup_(canvas_free) struct canvas c = { 0 };
	_cleanup_buf_ struct buf text = BUF_INIT;

	(void)state;
	assert_int_equal(canvas_width("a日b"), 4);
	assert_int_equal(canvas_width("e\xcc\x81"), 1);
	assert_int_equal(canvas_width("\xff\xfe"), 2);
	assert_int_equal(canvas_reset(&c, 5, 2), 0);
	assert_int_equal(canvas_put_cut(&c, 0, 0, 4, S_PLAIN, "a日日"), 4);
	canvas_put_right(&c, 0, 1, 5, S_PLAIN, "\033]0;x\a");
	canvas_text(&c, false, &text);
	assert_string_equal(text.data, "a日…\n·]0;…\n");
	buf_clear(&text);
	canvas_text(&c, true, &text);
	assert_string_equal(text.data, "a..~\n.]0;~\n");
}

static void test_cells(void **state)
{
	struct flow_row flow = { .known = 1u << N_RATIO | 1u << N_BASE };
	const struct flow_row *flows[] = { &flow };
	struct view_row row = { .flows = flows,
				.flow_count = 1,
				.same = UINT32_MAX,
				.known = flow.known,
				.destinations = 1 };
	static const struct {
		uint64_t ratio;
		const char *text;
	} ratios[] = { { 0, "× 0.0" },        { 400, "× 0.4" },       { 1049, "× 1.0" },
		       { 9949, "× 9.9" },     { 9950, "× 10" },       { 31200, "× 31" },
		       { 9999499, "× 9999" }, { UINT64_MAX, "×9999" } };
	char text[CELL_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ratios); i++) {
		row.num[N_RATIO] = ratios[i].ratio;
		cell_text(&row, C_RATIO, 0, text);
		assert_string_equal(text, ratios[i].text);
		assert_true(canvas_width(text) <= columns[C_RATIO].max);
	}
	cell_text(&row, C_BASE, 0, text);
	assert_string_equal(text, "never");
	cell_text(&row, C_1S, 0, text);
	assert_string_equal(text, "-");
	cell_text(&row, C_USER, 0, text);
	assert_string_equal(text, "unknown");
	cell_text(&row, C_VIA, 0, text);
	assert_string_equal(text, "unknown");
}

static size_t count_lines(const struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->data[i] == '\n';
	return n;
}

static void test_batch(void **state)
{
	struct options o = { .format = BATCH_JSON };
	_cleanup_buf_ struct buf json = BUF_INIT, csv = BUF_INIT;
	struct ui ui;
	const char *p, *end;

	(void)state;
	ui_init(&ui);
	fixture_feed(&ui, 1);
	batch_format(&ui, &o, true, &json);
	assert_int_equal(count_lines(&json), ui.view.count + 1);
	for (p = json.data; (end = strchr(p, '\n')); p = end + 1) {
		_cleanup_free_ char *line = strndup(p, (size_t)(end - p));
		struct json_object *root = json_tokener_parse(line), *v;

		assert_non_null(root);
		assert_true(json_object_object_get_ex(root, "total", &v) ||
			    json_object_object_get_ex(root, "egress.payload_bytes", &v));
		json_object_put(root);
	}
	o.format = BATCH_CSV;
	batch_format(&ui, &o, true, &csv);
	assert_int_equal(count_lines(&csv), ui.view.count + 1);
	assert_non_null(strstr(csv.data, "@timestamp,process.name,"));
	assert_non_null(strstr(csv.data, "\n2026-05-01T14:03:07Z,\"pg_dump\","));
	ui_free(&ui);
}

static void test_csv_of_strangers(void **state)
{
	struct options o = { .format = BATCH_CSV };
	struct snapshot s = { .wall_s = FIXTURE_TIME };
	_cleanup_buf_ struct buf csv = BUF_INIT;
	struct ui ui;

	(void)state;
	ui_init(&ui);
	buf_add_str(&s.flows, "{\"process.name\":\"=cmd|'a\",\"user.name\":\"x\\\"y\"}\n"
			      "not json\n[1,2]\n\n{\"process.name\":");
	assert_int_equal(ui_take(&ui, &s), 0);
	assert_int_equal(ui.flows.bad_lines, 3);
	assert_int_equal(ui.view.count, 1);
	batch_format(&ui, &o, false, &csv);
	assert_non_null(strstr(csv.data, ",\"'=cmd|'a\","));
	assert_non_null(strstr(csv.data, ",\"x\"\"y\","));
	buf_free(&s.flows);
	ui_free(&ui);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups_keep_the_sum),
		cmocka_unit_test(test_reads_count_once),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_cursor_stays_on_its_row),
		cmocka_unit_test(test_pause_and_dismiss),
		cmocka_unit_test(test_columns_fit),
		cmocka_unit_test(test_width_and_cut),
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_csv_of_strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
