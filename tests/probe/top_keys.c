/* SPDX-License-Identifier: Apache-2.0
 *
 * What egresstop costs with many flows: an answer of the daemon, then a key under every
 * grouping, flat and as a tree, and a search that finds nothing; each with the drawing of
 * a screen. Prints processor milliseconds, the median of a few. No terminal, no daemon.
 */
#include <time.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "top/draw.h"
#include "top/ui.h"

#define FLOWS 100000u
#define ALERTS 100u
#define ROUNDS 5
#define PIECE 500 /* as the program takes them */
#define WIDTH 200
#define HEIGHT 50

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *pa, const void *pb)
{
	const double *a = pa, *b = pb;

	return *a < *b ? -1 : *a > *b;
}

static double median(double ms[ROUNDS])
{
	qsort(ms, ROUNDS, sizeof(*ms), by_value);
	return ms[ROUNDS / 2];
}

/* As the daemon writes them: a third of the host's flows are one process's. */
static void add_flows(struct buf *flows, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		unsigned int pid = i % 3 ? i % 4999 + 2 : 1, user = pid % 7;

		buf_addf(
			flows,
			"{\"@timestamp\":\"2026-05-01T14:03:07Z\",\"process.pid\":%u,"
			"\"process.start\":\"2026-05-01T%02u:%02u:%02uZ\",\"process.name\":\"p%u\","
			"\"process.entity_id\":\"%016x\",\"process.parent.pid\":%u,"
			"\"process.parent.entity_id\":\"%016x\","
			"\"process.executable\":\"/usr/lib/postgresql/15/bin/postgres\","
			"\"process.command_line\":\"postgres: app%u orders\",\"user.name\":\"u%u\","
			"\"container.id\":\"%016x\",\"container.name\":\"c%u\","
			"\"network.transport\":\"tcp\",\"network.direction\":\"egress\","
			"\"egress.initiation\":\"accepted\",\"egress.scope\":\"private\","
			"\"egress.column\":\"egress\",\"service.port\":5432,"
			"\"destination.ip\":\"10.%u.%u.%u\",\"destination.group\":\"10.%u.%u.0/24\","
			"\"destination.domain\":null,\"network.namespace\":4026531840,"
			"\"egress.payload_bytes\":%u,\"egress.wire_bytes\":%u,"
			"\"egress.retransmit_bytes\":%u,\"egress.packets\":%u,\"egress.calls\":%u,"
			"\"egress.rate_1s\":%u.0,\"egress.rate_10s\":%u.5,\"egress.rate_60s\":%u.25,"
			"\"egress.ratio\":0.%u,\"egress.baseline_rate\":%u.0,"
			"\"egress.workload\":\"%08x\",\"egress.workload_name\":\"postgres\","
			"\"egress.ended\":false,\"process.exited\":false,\"file.read_bytes\":%u}\n",
			pid, pid % 24, pid % 60, pid % 59, pid % 90, pid * 2654435761u,
			6000 + pid % 70, (6000 + pid % 70) * 2654435761u, pid % 50, user, pid % 90,
			pid % 90, i >> 16, i >> 8 & 255, i & 255, i >> 16, i >> 8 & 255,
			i * 7919 % 100003 + 1, i * 7919 % 100003 + 41, i % 11, i % 100 + 1,
			i % 90 + 1, i % 1000, i * 31 % 2000, i % 3000, i % 900, i % 5000, pid % 90,
			i % 900);
	}
}

/* Two steps above each process. */
static void add_ancestors(struct buf *flows)
{
	for (unsigned int pid = 6000; pid < 6100; pid++)
		buf_addf(flows,
			 "{\"ancestor\":true,\"process.pid\":%u,\"process.name\":\"a%u\","
			 "\"process.exited\":false,\"process.entity_id\":\"%016x\","
			 "\"process.parent.pid\":%u,\"process.parent.entity_id\":\"%016x\"}\n",
			 pid, pid, pid * 2654435761u, 6070 + pid % 30,
			 pid < 6070 ? (6070 + pid % 30) * 2654435761u : 0);
}

/* More than a host has open, and none about the rows that are looked at. */
static void add_alerts(struct buf *alerts)
{
	for (unsigned int i = 0; i < ALERTS; i++)
		buf_addf(
			alerts,
			"{\"alert.id\":\"a%u\",\"event\":\"open\",\"level\":\"notice\",\"ts\":1777644000,"
			"\"process.name\":\"p%u\",\"destination.ip\":\"192.0.2.%u\"}\n",
			i, i % 60, i % 250);
}

static void measure_answers(struct ui *ui, const struct snapshot *s)
{
	double ms[ROUNDS], first = 0;

	for (int i = -1; i < ROUNDS; i++) {
		double start = cpu_ms();

		if (ui_take(ui, s) < 0)
			exit(1);
		*(i < 0 ? &first : &ms[i]) = cpu_ms() - start;
	}
	printf("answer.first_ms %.1f\nanswer_ms %.1f\n", first, median(ms));
}

/* How long a key may wait while an answer is taken: the longest piece, and the last, which
 * shows it. */
static void measure_pieces(struct ui *ui, const struct snapshot *s)
{
	double last[ROUNDS], longest[ROUNDS] = { 0 };

	for (int i = 0; i < ROUNDS; i++) {
		ui_take_begin(ui, s);
		while (ui_is_taking(ui)) {
			double start = cpu_ms();

			(void)ui_take_more(ui, PIECE);
			last[i] = cpu_ms() - start;
			if (ui_is_taking(ui) && last[i] > longest[i])
				longest[i] = last[i];
		}
	}
	printf("answer.piece_ms %.1f\nanswer.last_ms %.1f\n", median(longest), median(last));
}

static double measure_keys(struct ui *ui, struct canvas *c, uint32_t key)
{
	double ms[ROUNDS];

	ui_refresh(ui);

	for (int i = 0; i < ROUNDS; i++) {
		double start = cpu_ms();

		if (key)
			ui_press(ui, key);
		else
			ui_refresh(ui);
		if (canvas_reset(c, WIDTH, HEIGHT) < 0)
			exit(1);
		draw_screen(c, ui);
		ms[i] = cpu_ms() - start;
	}
	return median(ms);
}

static const struct {
	const char *name;
	enum tree tree;
	bool all_flows;
	int groups;
} trees[] = { { "flat", TREE_NONE, false, G_COUNT },
	      { "tree", TREE_GROUPS, false, G_COUNT },
	      { "tree_flows", TREE_GROUPS, true, G_COUNT },
	      { "parents", TREE_PARENTS, false, 1 },
	      { "parents_flows", TREE_PARENTS, true, 1 } };

int main(int argc, char **argv)
{
	struct snapshot s = { .wall_s = 1777644187 };
	struct canvas c = { 0 };
	uint64_t flows = FLOWS;
	struct ui ui;

	if (argc > 1 && parse_u64(argv[1], &flows) < 0)
		return 2;
	add_flows(&s.flows, (unsigned int)flows);
	add_ancestors(&s.flows);
	add_alerts(&s.alerts);
	ui_init(&ui);
	measure_answers(&ui, &s);
	measure_pieces(&ui, &s);
	for (int i = 0; i < (int)ARRAY_SIZE(trees); i++) {
		ui.options.tree = trees[i].tree;
		ui.options.all_flows = trees[i].all_flows;
		for (int group = 0; group < trees[i].groups; group++) {
			ui.options.group = (enum group)group;
			printf("%s.%d_ms %.1f\n", trees[i].name, group, measure_keys(&ui, &c, 0));
			printf("%s.%d.invert_ms %.1f\n", trees[i].name, group,
			       measure_keys(&ui, &c, 'I'));
		}
	}
	for (int group = 0; group < G_COUNT; group++) {
		ui.options.group = (enum group)group;
		ui.options.tree = TREE_NONE;
		ui_refresh(&ui);
		snprintf(ui.search, sizeof(ui.search), "zebra");
		printf("search_nothing.%d_ms %.1f\n", group, measure_keys(&ui, &c, 'n'));
	}
	canvas_free(&c);
	ui_free(&ui);
	buf_free(&s.flows);
	buf_free(&s.alerts);
	return 0;
}
