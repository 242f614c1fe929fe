/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Group `life`: exec and exit of processes, for names that outlive them. Rare events
 * by ring buffer; a full ring is counted, never waited for.
 */
#include "cpu.h"
#include "owner.h"

#include <bpf/bpf_tracing.h>

/* Exec and exit events. Size: 256 kB hold a burst of 300 execs. Full: ring_full. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, EG_RING_BYTES);
} life_ring SEC(".maps");

#define EXIT_BYTES __builtin_offsetof(struct eg_life_event, exe)

static __always_inline void ring_full(void)
{
	struct eg_cpu *cpu = eg_cpu();

	if (cpu)
		eg_add(&cpu->ring_full, 1);
}

static __always_inline void event_head(struct eg_life_event *e, struct task_struct *task, u32 kind)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent, group_leader);
	struct eg_owner o;

	owner_probe(&o, task);
	e->kind = kind;
	e->tgid = o.tgid;
	e->uid = o.uid;
	e->start_ns = o.start_ns;
	e->cgroup_id = o.cgroup_id;
	e->ppid = BPF_CORE_READ(parent, tgid);
	e->parent_start_ns = BPF_CORE_READ(parent, start_boottime);
	e->loginuid =
		bpf_core_field_exists(task->loginuid) ? BPF_CORE_READ(task, loginuid.val) : (u32)-1;
	e->exe_len = 0;
	e->args_len = 0;
	e->pad = 0;
	bpf_probe_read_kernel_str(e->comm, sizeof(e->comm), task->comm);
}

static __always_inline void event_args(struct eg_life_event *e, struct task_struct *task)
{
	u64 start = BPF_CORE_READ(task, mm, arg_start), end = BPF_CORE_READ(task, mm, arg_end);
	u64 len = end - start;

	if (len > EG_ARGS_MAX)
		len = EG_ARGS_MAX;
	if (!bpf_probe_read_user(e->args, len, (void *)start))
		e->args_len = len;
}

static __always_inline int exec_send(struct task_struct *task, const char *filename)
{
	struct eg_life_event *e = bpf_ringbuf_reserve(&life_ring, sizeof(*e), 0);
	long len;

	if (!e) {
		ring_full();
		return 0;
	}
	event_head(e, task, EG_LIFE_EXEC);
	len = bpf_probe_read_kernel_str(e->exe, sizeof(e->exe), filename);
	e->exe_len = len > 0 ? len - 1 : 0;
	event_args(e, task);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

static __always_inline int exit_send(struct task_struct *task)
{
	struct eg_life_event *e;

	if (eg_deaf || BPF_CORE_READ(task, pid) != BPF_CORE_READ(task, tgid)) /* a thread */
		return 0;
	e = bpf_ringbuf_reserve(&life_ring, EXIT_BYTES, 0);
	if (!e) {
		ring_full();
		return 0;
	}
	event_head(e, task, EG_LIFE_EXIT);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(life_exec__tp_btf, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	return exec_send(task, bprm->filename);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(life_exit__tp_btf, struct task_struct *task)
{
	return exit_send(task);
}

/* Classic tracepoint: its record has the file name as offset and length. */
struct exec_record {
	u64 common;
	u32 filename_loc;
	int pid, old_pid;
	u32 pad;
};

SEC("tracepoint/sched/sched_process_exec")
int life_exec__tracepoint(struct exec_record *record)
{
	return exec_send((void *)bpf_get_current_task(),
			 (char *)record + (record->filename_loc & 0xffff));
}

SEC("tracepoint/sched/sched_process_exit")
int life_exit__tracepoint(void *record)
{
	return exit_send((void *)bpf_get_current_task());
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
