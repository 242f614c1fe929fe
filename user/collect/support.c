/* SPDX-License-Identifier: Apache-2.0
 *
 * What this kernel offers and what we would do with it, for people and for programs.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/jsonw.h"
#include "collect/objects.h"
#include "collect/private.h"
#include "collect/probe.h"

struct fact_words {
	size_t offset;
	const char *key, *text;
};

#define FACT(field, words)                                   \
	{                                                    \
		offsetof(struct facts, field), #field, words \
	}

static const struct fact_words fact_words[] = {
	FACT(btf, "the kernel describes its types (BTF)"),
	FACT(privilege, "egressd may use bpf(2)"),
	FACT(bpffs, "counters can be pinned (bpffs)"),
	FACT(cgroup2, "there is a cgroup v2 tree"),
	FACT(egress_task_btf, "packet program loads, reading tasks directly (5.11)"),
	FACT(egress, "packet program loads, reading tasks by probes (5.10)"),
	FACT(cgroup_attach, "and may be attached to the root of that tree"),
	FACT(inet_tp_btf, "IP send calls: sock_send_length, typed tracepoint"),
	FACT(inet_tracepoint, "IP send calls: sock_send_length, classic tracepoint"),
	FACT(task_file_iter, "sockets that are already open can be found (5.11)"),
	FACT(task_file_ports, "or at least the ports that listen"),
	FACT(send_tp_btf, "other send calls: sock_send_length, typed (6.3)"),
	FACT(send_tracepoint, "other send calls: sock_send_length, classic (6.3)"),
	FACT(send_fexit, "other send calls: functions traced at their end"),
	FACT(send_kprobe, "other send calls: functions probed at their beginning"),
	FACT(preemptible, "typed tracepoints may be skipped here (7.0 and later)"),
	FACT(life_tp_btf, "start and end of processes, typed tracepoints"),
	FACT(life_tracepoint, "start and end of processes, classic tracepoints"),
	FACT(file_tp_btf, "reads: exit of system calls, typed tracepoint"),
	FACT(file_tracepoint, "reads: exit of system calls, classic tracepoint"),
	FACT(file_fexit, "reads: functions of file systems traced at their end"),
	FACT(file_uring, "reads: completions of io_uring (5.19)"),
	FACT(file_mapped, "reads: faults on mapped files (6.12)"),
};

/* What a group is for, in the words of somebody who runs databases. */
static const char *const group_words[PLAN_GROUPS] = {
	[PLAN_EGRESS] = "what leaves by IP, by process and destination",
	[PLAN_HANDOFF] = "what is given to AF_UNIX, AF_VSOCK, AF_PACKET sockets",
	[PLAN_LIFE] = "names of processes that live shorter than a second",
	[PLAN_FILE] = "what processes read of database files",
	[PLAN_START] = "owners of connections older than egressd",
	[PLAN_PINS] = "counting goes on while egressd is down",
};

static const char *fact_name(enum fact fact)
{
	static const char *const names[] = { "-", "no", "yes" };

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

static const char *refusal(const struct facts *f, const struct plan *p)
{
	if (p->error == -EPERM)
		return "no permission. Run it as root, or with CAP_BPF, CAP_PERFMON and "
		       "CAP_NET_ADMIN.";
	if (f->btf == FACT_NO)
		return "this kernel does not describe its types: /sys/kernel/btf/vmlinux is missing. "
		       "Boot one that was built with CONFIG_DEBUG_INFO_BTF=y; the kernels of "
		       "distributions have been since about 2021.";
	return "this kernel offers no hook that could count. Linux 5.10 is the oldest supported; "
	       "a hardened one must allow cgroup programs or tracing.";
}

static size_t gap_count(const struct plan *p)
{
	size_t count = 0;

	for (int g = 0; g < PLAN_GROUPS; g++)
		count += *p->detail[g] != '\0';
	return count;
}

static void write_plan(const struct plan *p, struct buf *out)
{
	buf_add_str(out, "\nWhat is counted, and by what\n");
	for (int g = 0; g < PLAN_GROUPS; g++)
		buf_addf(out, "  %-8s %-54s %s\n", plan_group_name(g), group_words[g],
			 plan_rung_name(g, p->rung[g]));
	if (!gap_count(p))
		return;
	buf_add_str(out, "\nWhat is missing or less here, and what that costs\n");
	for (int g = 0; g < PLAN_GROUPS; g++)
		if (*p->detail[g])
			buf_addf(out, "  %s: %s.\n", plan_group_name(g), p->detail[g]);
}

static void write_facts(const struct facts *f, struct buf *out)
{
	buf_add_str(out,
		    "\nFacts, each found by trying (-: not asked, because a better way works)\n");
	for (size_t i = 0; i < ARRAY_SIZE(fact_words); i++)
		buf_addf(out, "  %-3s  %s\n", fact_name(fact_get(f, &fact_words[i])),
			 fact_words[i].text);
	if (f->egress_error)
		buf_addf(out, "  The packet program was refused: %s.\n",
			 strerror(-f->egress_error));
	buf_addf(out, "  The cgroup v2 tree: %s.\n",
		 f->cgroup_fd      ? "mounted by nobody, so by egressd for itself alone"
		 : *f->cgroup_root ? f->cgroup_root
				   : "none");
}

static void write_words(const struct facts *f, const struct plan *p, struct buf *out)
{
	size_t gaps = gap_count(p);

	if (p->error) {
		buf_addf(out, "Linux %s: not supported: %s\n", f->release, refusal(f, p));
		return;
	}
	if (gaps)
		buf_addf(out, "Linux %s: supported, with %zu %s.\n", f->release, gaps,
			 gaps == 1 ? "reduction" : "reductions");
	else
		buf_addf(out, "Linux %s: supported in full.\n", f->release);
	write_plan(p, out);
	write_facts(f, out);
	buf_add_str(out, "\nThat the hooks fire is proved when egressd starts (its self-test): "
			 "`egressctl status` shows the verdict.\n");
}

int collect_support(const struct collect_options *options, bool json, struct buf *out)
{
	struct objects o = { .egress = NULL };
	struct facts f = {};
	struct plan p;

	(void)libbpf_set_print(NULL); /* refusals are answers here */
	facts_basic(&f, options->cgroup_root);
	if (options->pin_dir)
		f.bpffs = pins_possible(options->pin_dir);
	else /* a daemon would mount it there */
		f.bpffs = access("/sys/fs/bpf", F_OK) ? FACT_NO : FACT_YES;
	probe_facts(&f, options->force_rung, &o, NULL);
	objects_close(&o);
	plan_make(&f, options->force_rung, &p);
	if (json)
		write_json(&f, &p, out);
	else
		write_words(&f, &p, out);
	facts_close(&f);
	return out->error ? out->error : p.error;
}
