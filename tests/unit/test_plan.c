/* SPDX-License-Identifier: Apache-2.0
 *
 * The plan as a table: facts of real kernels in, rungs and error out.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "collect/plan.h"

#define GOOD                                                                                      \
	.btf = FACT_YES, .privilege = FACT_YES, .cgroup2 = FACT_YES, .egress_task_btf = FACT_YES, \
	.egress = FACT_YES, .cgroup_attach = FACT_YES

struct row {
	const char *kernel;
	struct facts facts;
	const char *force;
	enum plan_rung egress, handoff, life, start, pins;
	int error;
};

static const struct row rows[] = {
	{ "6.18, trampolines refused",
	  { GOOD, .bpffs = FACT_YES, .task_file_iter = FACT_YES, .send_tp_btf = FACT_YES,
	    .preemptible = FACT_NO, .life_tp_btf = FACT_YES },
	  NULL,
	  RUNG_CGROUP_SKB,
	  RUNG_TP_BTF,
	  RUNG_TP_BTF,
	  RUNG_ITER,
	  RUNG_PINNED,
	  0 },
	{ "7.2: classic tracepoints before typed ones",
	  { GOOD, .bpffs = FACT_YES, .task_file_iter = FACT_YES, .send_tp_btf = FACT_YES,
	    .send_tracepoint = FACT_YES, .preemptible = FACT_YES, .life_tp_btf = FACT_YES,
	    .life_tracepoint = FACT_YES },
	  NULL,
	  RUNG_CGROUP_SKB,
	  RUNG_TRACEPOINT,
	  RUNG_TRACEPOINT,
	  RUNG_ITER,
	  RUNG_PINNED,
	  0 },
	{ "7.2 without tracefs: typed, and said",
	  { GOOD, .bpffs = FACT_NO, .task_file_iter = FACT_YES, .send_tp_btf = FACT_YES,
	    .send_tracepoint = FACT_NO, .preemptible = FACT_YES, .life_tp_btf = FACT_YES },
	  NULL,
	  RUNG_CGROUP_SKB,
	  RUNG_TP_BTF,
	  RUNG_TP_BTF,
	  RUNG_ITER,
	  RUNG_MISSING,
	  0 },
	{ "5.10: no sock_send_length, no typed task in cgroup_skb",
	  { .btf = FACT_YES,
	    .privilege = FACT_YES,
	    .cgroup2 = FACT_YES,
	    .cgroup_attach = FACT_YES,
	    .egress_task_btf = FACT_NO,
	    .egress = FACT_YES,
	    .bpffs = FACT_YES,
	    .task_file_iter = FACT_NO,
	    .task_file_ports = FACT_YES,
	    .send_tp_btf = FACT_NO,
	    .send_tracepoint = FACT_NO,
	    .send_fexit = FACT_YES,
	    .preemptible = FACT_NO,
	    .life_tp_btf = FACT_YES },
	  NULL,
	  RUNG_CGROUP_SKB_PROBE,
	  RUNG_FEXIT,
	  RUNG_TP_BTF,
	  RUNG_PORTS,
	  RUNG_PINNED,
	  0 },
	{ "6.1 without trampolines: entry probes",
	  { GOOD, .task_file_iter = FACT_YES, .send_tp_btf = FACT_NO, .send_tracepoint = FACT_NO,
	    .send_fexit = FACT_NO, .send_kprobe = FACT_YES },
	  NULL,
	  RUNG_CGROUP_SKB,
	  RUNG_KPROBE,
	  RUNG_MISSING,
	  RUNG_ITER,
	  RUNG_MISSING,
	  0 },
	{ "forced: a rung this kernel does not offer",
	  { GOOD, .send_tp_btf = FACT_YES, .send_fexit = FACT_NO },
	  "fexit",
	  RUNG_CGROUP_SKB,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  0 },
	{ "forced: entry probes above a better rung",
	  { GOOD, .send_tp_btf = FACT_YES, .send_kprobe = FACT_YES },
	  "kprobe",
	  RUNG_CGROUP_SKB,
	  RUNG_KPROBE,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  0 },
	{ "forced: probe reads leave the hand-off alone",
	  { .btf = FACT_YES,
	    .privilege = FACT_YES,
	    .cgroup2 = FACT_YES,
	    .egress_task_btf = FACT_NO,
	    .egress = FACT_YES,
	    .cgroup_attach = FACT_YES,
	    .send_tp_btf = FACT_YES },
	  "probe",
	  RUNG_CGROUP_SKB_PROBE,
	  RUNG_TP_BTF,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  0 },
	{ "no cgroup v2: the hand-off alone still counts",
	  { .btf = FACT_YES,
	    .privilege = FACT_YES,
	    .cgroup2 = FACT_NO,
	    .egress_task_btf = FACT_YES,
	    .egress = FACT_YES,
	    .send_tp_btf = FACT_YES },
	  NULL,
	  RUNG_MISSING,
	  RUNG_TP_BTF,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  0 },
	{ "no cgroup v2: IP by send calls",
	  { .btf = FACT_YES,
	    .privilege = FACT_YES,
	    .cgroup2 = FACT_NO,
	    .inet_tp_btf = FACT_YES,
	    .send_tp_btf = FACT_YES },
	  NULL,
	  RUNG_TP_BTF,
	  RUNG_TP_BTF,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  0 },
	{ "no cgroup v2 on 7.x: the classic tracepoint",
	  { .btf = FACT_YES,
	    .privilege = FACT_YES,
	    .cgroup2 = FACT_NO,
	    .inet_tp_btf = FACT_YES,
	    .inet_tracepoint = FACT_YES,
	    .preemptible = FACT_YES,
	    .send_tracepoint = FACT_YES },
	  NULL,
	  RUNG_TRACEPOINT,
	  RUNG_TRACEPOINT,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  0 },
	{ "a cgroup program may not be attached: send calls, whatever else loads",
	  { .btf = FACT_YES,
	    .privilege = FACT_YES,
	    .cgroup2 = FACT_YES,
	    .egress_task_btf = FACT_YES,
	    .egress = FACT_YES,
	    .cgroup_attach = FACT_NO,
	    .inet_tp_btf = FACT_YES },
	  "deaf-egress",
	  RUNG_TP_BTF,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  0 },
	{ "root cgroup taken by a program that allows no other",
	  { .btf = FACT_YES,
	    .privilege = FACT_YES,
	    .cgroup2 = FACT_YES,
	    .egress_task_btf = FACT_YES,
	    .egress = FACT_YES,
	    .cgroup_attach = FACT_NO },
	  NULL,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  -ENOENT },
	{ "no BTF",
	  { .btf = FACT_NO, .privilege = FACT_YES, .cgroup2 = FACT_YES },
	  NULL,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  -ENOENT },
	{ "no privilege comes first",
	  { .btf = FACT_NO, .privilege = FACT_NO },
	  NULL,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  -EPERM },
	{ "adopted: what runs is the fact",
	  { .btf = FACT_YES,
	    .privilege = FACT_YES,
	    .cgroup2 = FACT_YES,
	    .egress_adopted = true,
	    .egress_task_btf = FACT_YES,
	    .cgroup_attach = FACT_YES,
	    .send_adopted = true,
	    .send_tp_btf = FACT_NO,
	    .send_tracepoint = FACT_YES,
	    .bpffs = FACT_YES },
	  NULL,
	  RUNG_CGROUP_SKB,
	  RUNG_TRACEPOINT,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_PINNED,
	  0 },
	{ "forced: classic",
	  { GOOD, .send_tp_btf = FACT_YES, .send_tracepoint = FACT_YES, .preemptible = FACT_NO },
	  "tracepoint",
	  RUNG_CGROUP_SKB,
	  RUNG_TRACEPOINT,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  0 },
	{ "forced: none",
	  { GOOD, .send_tp_btf = FACT_YES },
	  "missing",
	  RUNG_CGROUP_SKB,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  RUNG_MISSING,
	  0 },
};

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];
		struct plan p;

		plan_make(&r->facts, r->force, &p);
		print_message("%s\n", r->kernel);
		assert_int_equal(p.rung[PLAN_EGRESS], r->egress);
		assert_int_equal(p.rung[PLAN_HANDOFF], r->handoff);
		assert_int_equal(p.rung[PLAN_LIFE], r->life);
		assert_int_equal(p.rung[PLAN_START], r->start);
		assert_int_equal(p.rung[PLAN_PINS], r->pins);
		assert_int_equal(p.error, r->error);
	}
}

/* A missing rung always says what that costs. */
static void test_gaps_are_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct plan p;

		plan_make(&rows[i].facts, rows[i].force, &p);
		for (int g = 0; g < PLAN_GROUPS; g++) {
			assert_non_null(p.detail[g]);
			if (p.rung[g] == RUNG_MISSING)
				assert_int_not_equal(*p.detail[g], '\0');
		}
	}
}

static void test_skipping_is_said(void **state)
{
	struct facts f = { GOOD, .send_tp_btf = FACT_YES, .preemptible = FACT_YES };
	struct plan p;

	(void)state;
	plan_make(&f, NULL, &p);
	assert_non_null(strstr(p.detail[PLAN_HANDOFF], "tracefs"));
	f.preemptible = FACT_NO;
	plan_make(&f, NULL, &p);
	assert_string_equal(p.detail[PLAN_HANDOFF], "");
}

static void test_reductions_are_said(void **state)
{
	struct facts f = { GOOD, .send_fexit = FACT_YES, .task_file_ports = FACT_YES };
	struct plan p;

	(void)state;
	plan_make(&f, NULL, &p);
	assert_non_null(strstr(p.detail[PLAN_HANDOFF], "one by one"));
	assert_non_null(strstr(p.detail[PLAN_START], "no owner"));
	f.send_fexit = FACT_NO;
	f.send_kprobe = FACT_YES;
	plan_make(&f, NULL, &p);
	assert_non_null(strstr(p.detail[PLAN_HANDOFF], "at most"));
}

/* Reading is asked about when there is something to watch, and that is no gap. */
static void test_reads_wait(void **state)
{
	struct facts f = { GOOD, .file_later = true };
	struct plan p;

	(void)state;
	plan_make(&f, NULL, &p);
	assert_int_equal(p.rung[PLAN_FILE], RUNG_LATER);
	assert_string_equal(p.detail[PLAN_FILE], "");
	f.file_later = false;
	f.file_tracepoint = FACT_YES;
	plan_make(&f, NULL, &p);
	assert_int_equal(p.rung[PLAN_FILE], RUNG_TRACEPOINT);
	f.file_fexit = FACT_YES; /* never before the exit of system calls */
	plan_make(&f, NULL, &p);
	assert_int_equal(p.rung[PLAN_FILE], RUNG_TRACEPOINT);
	f.file_tracepoint = FACT_NO;
	plan_make(&f, NULL, &p);
	assert_int_equal(p.rung[PLAN_FILE], RUNG_FEXIT);
	assert_non_null(strstr(p.detail[PLAN_FILE], "ext4"));
}

static void test_by_calls_is_said(void **state)
{
	struct facts f = { .btf = FACT_YES, .privilege = FACT_YES, .inet_tp_btf = FACT_YES };
	struct plan p;

	(void)state;
	plan_make(&f, NULL, &p);
	assert_non_null(strstr(p.detail[PLAN_EGRESS], "wire bytes"));
	f.inet_tp_btf = FACT_NO;
	plan_make(&f, NULL, &p);
	assert_int_equal(p.error, -ENOENT);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(plan_group_name(PLAN_HANDOFF), "handoff");
	assert_string_equal(plan_rung_name(PLAN_HANDOFF, RUNG_TP_BTF), "tp_btf sock_send_length");
	assert_string_equal(plan_rung_name(PLAN_EGRESS, RUNG_CGROUP_SKB), "cgroup_skb");
	for (int g = 0; g < PLAN_GROUPS; g++)
		for (int r = 0; r < RUNG_COUNT; r++)
			assert_non_null(plan_rung_name(g, r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_gaps_are_said),
		cmocka_unit_test(test_skipping_is_said),
		cmocka_unit_test(test_reductions_are_said),
		cmocka_unit_test(test_reads_wait),
		cmocka_unit_test(test_by_calls_is_said),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
