/* SPDX-License-Identifier: Apache-2.0
 *
 * The view with many flows: under every grouping, flat and as a tree, by every column,
 * sums are those of the flows and the order is that of the column. What it costs is not
 * judged here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "top_fixture.h"

#define FLOWS 3000u

/* Open, acknowledged and closed ones, by process, peer or both. */
static void add_alerts(struct buf *alerts)
{
	static const char *const levels[] = { "notice", "ticket", "page" };

	for (unsigned int i = 0; i < 60; i++) {
		buf_addf(alerts,
			 "{\"alert.id\":\"a%u\",\"event\":\"%s\",\"level\":\"%s\",\"ts\":%u", i,
			 i % 7 ? "open" : "close", levels[i % 3], 1000 + i);
		if (i % 4)
			buf_addf(alerts, ",\"process.name\":\"p%u\"", i * 13 % 60);
		if (i % 4 == 0 || i % 5 == 0)
			buf_addf(alerts, ",\"destination.ip\":\"2001:db8:0:0:1:2:3:%x\"", i * 31);
		if (i % 6 == 1)
			buf_add_str(alerts, ",\"alert.acknowledged_by\":\"root\"");
		buf_add_str(alerts, "}\n");
	}
}

static void feed_many(struct ui *ui)
{
	struct snapshot s = { .wall_s = FIXTURE_TIME };

	for (unsigned int i = 0; i < FLOWS; i++)
		buf_addf(
			&s.flows,
			"{\"process.name\":\"p%u\",\"process.pid\":%u,\"process.start\":\"s%u\","
			"\"user.name\":\"u%u\",\"container.id\":\"c%u\","
			"\"orchestrator.namespace\":\"n%u\",\"orchestrator.resource.name\":\"pod-%u\","
			"\"egress.scope\":\"public\",\"egress.column\":\"egress\","
			"\"destination.ip\":\"2001:db8:0:0:1:2:3:%x\",\"destination.as.number\":%u,"
			"\"service.port\":443,\"egress.payload_bytes\":%u,\"egress.wire_bytes\":%u,"
			"\"egress.rate_1s\":%u,\"egress.rate_10s\":%u,\"egress.rate_60s\":%u,"
			"\"egress.ratio\":%u,\"file.read_bytes\":%u}\n",
			i % 50, i % 900, i % 900, i % 7, i % 90, i % 3, i % 30, i, 64500 + i % 5,
			i * 7919 % 100003 + 1, i * 7919 % 100003 + 41, i % 1000, i * 31 % 2000,
			i % 3000, i % 500 % 9, i % 900);
	add_alerts(&s.alerts);
	assert_int_equal(ui_take(ui, &s), 0);
	assert_int_equal(ui->flows.count, FLOWS);
	assert_int_equal(ui->alerts.count, 60);
	buf_free(&s.flows);
	buf_free(&s.alerts);
}

static uint64_t sum_of(const struct ui *ui, unsigned int depth, size_t from, size_t to)
{
	uint64_t sum = 0;

	for (size_t i = from; i < to; i++)
		if (ui->view.rows[i].depth == depth)
			sum += view_at(&ui->view, i)->num[N_PAYLOAD];
	return sum;
}

/* What stands directly below a row adds up to it. */
static void check_tree(const struct ui *ui)
{
	const struct view *v = &ui->view;

	for (size_t i = 0, end; i < v->count; i++) {
		unsigned int depth = v->rows[i].depth;

		for (end = i + 1; end < v->count && v->rows[end].depth > depth;)
			end++;
		if (end > i + 1)
			assert_true(sum_of(ui, depth + 1, i + 1, end) ==
				    view_at(v, i)->num[N_PAYLOAD]);
		else
			assert_int_equal(v->rows[i].flow_count, 1);
	}
}

static void test_sums(void **state)
{
	struct ui ui;
	uint64_t all = 0;

	(void)state;
	ui_init(&ui);
	feed_many(&ui);
	for (unsigned int i = 0; i < FLOWS; i++)
		all += i * 7919 % 100003 + 1;
	for (int group = 0; group < G_COUNT; group++) {
		ui.options.group = (enum group)group;
		ui.options.tree = TREE_NONE;
		ui_refresh(&ui);
		assert_true(sum_of(&ui, 0, 0, ui.view.count) == all);
		ui.options.tree = TREE_GROUPS;
		ui.options.all_flows = true;
		ui_refresh(&ui);
		assert_true(sum_of(&ui, 0, 0, ui.view.count) == all);
		if (group != G_FLOW)
			check_tree(&ui);
	}
	ui_free(&ui);
}

/* Pod, container, process, flow: each level once. */
static void test_levels(void **state)
{
	size_t seen[5] = { 0 };
	struct ui ui;

	(void)state;
	ui_init(&ui);
	ui.options.group = G_POD;
	ui.options.tree = TREE_GROUPS;
	ui.options.all_flows = true;
	feed_many(&ui);
	for (size_t i = 0; i < ui.view.count; i++)
		seen[MIN(ui.view.rows[i].depth, 4)]++;
	assert_int_equal(seen[0], 30);
	assert_int_equal(seen[1], 90); /* three containers a pod */
	assert_int_equal(seen[2], 900);
	assert_int_equal(seen[3], FLOWS);
	assert_int_equal(seen[4], 0);
	assert_string_equal(view_text(view_at(&ui.view, 0), T_CONTAINER), "several");
	assert_true(view_text(view_at(&ui.view, 1), T_CONTAINER)[0] == 'c');
	ui_free(&ui);
}

static int compare(const struct view_row *a, const struct view_row *b, enum column column)
{
	switch (column) {
	case C_DEST: return strcasecmp(view_text(b, T_DST), view_text(a, T_DST));
	case C_PROCESS: return strcasecmp(view_text(b, T_PROCESS), view_text(a, T_PROCESS));
	case C_READ: return (a->num[N_READ] > b->num[N_READ]) - (a->num[N_READ] < b->num[N_READ]);
	case C_WIRE: return (a->num[N_WIRE] > b->num[N_WIRE]) - (a->num[N_WIRE] < b->num[N_WIRE]);
	default:
		return (a->num[N_PAYLOAD] > b->num[N_PAYLOAD]) -
		       (a->num[N_PAYLOAD] < b->num[N_PAYLOAD]);
	}
}

static void test_order(void **state)
{
	static const enum column sorted[] = { C_DEST, C_PROCESS, C_READ, C_WIRE, C_TOTAL };
	static const enum group grouped[] = { G_FLOW, G_PROCESS, G_DEST, G_USER };
	struct ui ui;

	(void)state;
	ui_init(&ui);
	feed_many(&ui);
	for (size_t g = 0; g < ARRAY_SIZE(grouped); g++) {
		for (size_t s = 0; s < 2 * ARRAY_SIZE(sorted); s++) {
			ui.options.group = grouped[g];
			ui.options.sort = sorted[s / 2];
			ui.options.invert = s % 2;
			ui_refresh(&ui);
			for (size_t i = 1; i < ui.view.count; i++) {
				int r = compare(view_at(&ui.view, i - 1), view_at(&ui.view, i),
						sorted[s / 2]);

				assert_true(s % 2 ? r <= 0 : r >= 0);
			}
		}
	}
	ui_free(&ui);
}

/* A row's alert is the first open one that names one of its flows; its level that of the loud. */
static void test_alerts(void **state)
{
	static const enum group grouped[] = { G_FLOW, G_PROCESS, G_POD, G_AS };
	size_t named = 0, quiet = 0;
	struct ui ui;

	(void)state;
	ui_init(&ui);
	feed_many(&ui);
	for (size_t g = 0; g < ARRAY_SIZE(grouped); g++) {
		ui.options.group = grouped[g];
		ui_refresh(&ui);
		for (size_t i = 0; i < ui.view.count; i++) {
			const struct view_row *row = view_at(&ui.view, i);
			const struct alert_row *want = NULL;

			for (size_t k = 0; !want && k < ui.alerts.count; k++)
				if (ui.alerts.rows[k].open &&
				    ui_alert_names_row(&ui.alerts.rows[k], row))
					want = &ui.alerts.rows[k];
			assert_ptr_equal(ui_alert_of_row(&ui, row), want);
			assert_int_equal(row->level, want && alert_is_loud(want) ? want->level : 0);
			named += want != NULL;
			quiet += want && !alert_is_loud(want);
		}
	}
	assert_true(named > 100 && quiet > 10);
	ui_free(&ui);
}

static void test_search(void **state)
{
	struct ui ui;

	(void)state;
	ui_init(&ui);
	ui.options.group = G_FLOW;
	feed_many(&ui);
	snprintf(ui.search, sizeof(ui.search), "3:ABC");
	ui_search(&ui, 1, true);
	assert_string_equal(view_text(ui_row(&ui), T_DST), "2001:db8:0:0:1:2:3:abc");
	ui_search(&ui, 1, false); /* no other: round to itself */
	assert_string_equal(view_text(ui_row(&ui), T_DST), "2001:db8:0:0:1:2:3:abc");
	snprintf(ui.search, sizeof(ui.search), "zebra");
	ui_search(&ui, -1, false);
	assert_non_null(strstr(ui.message, "zebra"));
	ui_free(&ui);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),   cmocka_unit_test(test_levels),
		cmocka_unit_test(test_order),  cmocka_unit_test(test_alerts),
		cmocka_unit_test(test_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
