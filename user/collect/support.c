/* SPDX-License-Identifier: Apache-2.0
 *
 * What this kernel offers and what we would do with it, for people and for programs.
 */
#include <bpf/libbpf.h>
#include <errno.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/jsonw.h"
#include "collect/objects.h"
#include "collect/private.h"

struct fact_words {
	size_t offset;
	const char *key, *text;
};

#define FACT(field, words)                                   \
	{                                                    \
		offsetof(struct facts, field), #field, words \
	}

static const struct fact_words fact_words[] = {
	FACT(btf, "kernel type information (BTF)"),
	FACT(privilege, "permission to use bpf(2)"),
	FACT(bpffs, "a bpffs to pin to"),
	FACT(cgroup2, "a cgroup v2 mount"),
	FACT(egress_task_btf, "egress program with typed task pointers"),
	FACT(egress, "egress program with probe reads"),
	FACT(cgroup_attach, "attaching it to the cgroup root"),
	FACT(task_file_iter, "iterator over open files"),
	FACT(task_file_ports, "... for listening ports only"),
	FACT(send_tp_btf, "sock_send_length, typed tracepoint"),
	FACT(send_tracepoint, "sock_send_length, classic tracepoint"),
	FACT(send_fexit, "send functions, at their end"),
	FACT(send_kprobe, "send functions, at their beginning"),
	FACT(preemptible, "typed tracepoints may be skipped (7.0 and later)"),
	FACT(life_tp_btf, "exec and exit, typed tracepoints"),
	FACT(life_tracepoint, "exec and exit, classic tracepoints"),
	FACT(file_tp_btf, "exit of system calls, typed tracepoint"),
	FACT(file_tracepoint, "exit of system calls, classic tracepoint"),
	FACT(file_uring, "completions of io_uring"),
	FACT(file_mapped, "faults on mapped files"),
};

static const char *fact_name(enum fact fact)
{
	static const char *const names[] = { "not needed", "no", "yes" };

	return names[fact];
}

static enum fact fact_get(const struct facts *f, const struct fact_words *w)
{
	enum fact fact;

	memcpy(&fact, (const char *)f + w->offset, sizeof(fact));
	return fact;
}

static void write_json(const struct facts *f, const struct plan *p, struct buf *out)
{
	jsonw_open(out, '{');
	jsonw_str(out, "kernel", f->release);
	jsonw_str(out, "cgroup_root", f->cgroup_root);
	jsonw_bool(out, "supported", p->error == 0);
	jsonw_key(out, "facts");
	jsonw_open(out, '{');
	for (size_t i = 0; i < ARRAY_SIZE(fact_words); i++) {
		enum fact fact = fact_get(f, &fact_words[i]);

		if (fact == FACT_UNKNOWN)
			jsonw_null(out, fact_words[i].key);
		else
			jsonw_bool(out, fact_words[i].key, fact == FACT_YES);
	}
	jsonw_close(out, '}');
	jsonw_key(out, "plan");
	jsonw_open(out, '[');
	for (int g = 0; g < PLAN_GROUPS; g++) {
		jsonw_open(out, '{');
		jsonw_str(out, "group", plan_group_name(g));
		jsonw_str(out, "rung", plan_rung_name(g, p->rung[g]));
		jsonw_str(out, "gap", p->detail[g]);
		jsonw_close(out, '}');
	}
	jsonw_close(out, ']');
	jsonw_close(out, '}');
}

static void write_words(const struct facts *f, const struct plan *p, struct buf *out)
{
	buf_addf(out, "Linux %s, cgroup v2 at %s\n\nFacts\n", f->release,
		 *f->cgroup_root ? f->cgroup_root : "(none)");
	for (size_t i = 0; i < ARRAY_SIZE(fact_words); i++)
		buf_addf(out, "  %-50s %s\n", fact_words[i].text,
			 fact_name(fact_get(f, &fact_words[i])));
	if (f->egress_error)
		buf_addf(out, "  the egress program was refused: %s\n", strerror(-f->egress_error));
	buf_add_str(out, "\nPlan\n");
	for (int g = 0; g < PLAN_GROUPS; g++)
		buf_addf(out, "  %-8s %s\n", plan_group_name(g), plan_rung_name(g, p->rung[g]));
	buf_add_str(out, "\nGaps\n");
	for (int g = 0; g < PLAN_GROUPS; g++)
		if (*p->detail[g])
			buf_addf(out, "  %s: %s\n", plan_group_name(g), p->detail[g]);
	if (p->error)
		buf_addf(out, "\nNot supported here: %s\n",
			 p->error == -EPERM ? "no permission (root, or CAP_BPF, CAP_PERFMON and "
					      "CAP_NET_ADMIN, are needed)"
					    : "no BTF, or no way to count");
	else
		buf_add_str(out, "\nSupported.\n");
}

int collect_support(const struct collect_options *options, bool json, struct buf *out)
{
	libbpf_print_fn_t print = libbpf_set_print(NULL); /* refusals are answers here */
	struct objects o = { .egress = NULL };
	struct facts f = {};
	struct plan p;

	facts_basic(&f, options->cgroup_root);
	f.bpffs = options->pin_dir ? pins_possible(options->pin_dir) : FACT_UNKNOWN;
	facts_probe(&f, options->force_rung, &o, NULL);
	objects_close(&o);
	plan_make(&f, options->force_rung, &p);
	(void)libbpf_set_print(print);
	if (json)
		write_json(&f, &p, out);
	else
		write_words(&f, &p, out);
	return out->error ? out->error : p.error;
}
