/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Group `file`: bytes that reads of watched database files returned, by process. What a
 * call returned is what counts, so the programs run when it has: at the exit of a
 * system call, at the completion of an io_uring request. Pages that faults map are
 * counted apart. One body, thin variants.
 */
#define EG_TRUSTED_TASK
#include "file_aio.h"
#include "file_bill.h"
#include "file_table.h"
#include "file_watch.h"

#include <bpf/bpf_tracing.h>

/* io_uring operations that read from a file. */
#define IORING_OP_READV 1
#define IORING_OP_READ_FIXED 4
#define IORING_OP_READ 22
#define IORING_OP_SPLICE 30
#define IORING_OP_READV_FIXED 58 /* 6.15 */
#define SPLICE_F_FD_IN_FIXED (1U << 31)

#define PAGE_BYTES 4096

/* --- system calls ------------------------------------------------------------ */

/* A request whose size could not be found out. */
static __always_inline void aio_unseen(void)
{
	u32 number = bpf_get_smp_processor_id();
	struct eg_file_cpu *cpu = bpf_map_lookup_elem(&file_cpus, &number);

	if (cpu)
		eg_add(&cpu->aio_unseen, 1);
}

/* One request, by the address of the address of its control block. Global, so that the
 * verifier goes through it once and not for each turn of the loop: every typed load from a
 * task makes it search all types of the kernel by name. */
__noinline int aio_submitted(u64 at)
{
	struct task_struct *task = task_current();
	struct eg_watch *w = watch_get();
	struct iocb cb = {};
	struct file *file;
	long long bytes;
	u64 address;

	if (!w || bpf_probe_read_user(&address, sizeof(address), (void *)at) ||
	    bpf_probe_read_user(&cb, sizeof(cb), (void *)address)) {
		aio_unseen();
		return 0;
	}
	if (cb.opcode != IOCB_CMD_PREAD && cb.opcode != IOCB_CMD_PREADV)
		return 0;
	file = file_of_fd(task, cb.fd);
	if (!file || !file_watched(file, w))
		return 0;
	bytes = aio_bytes(&cb, file);
	if (bytes > 0)
		bill(bytes, 0);
	else if (bytes < 0)
		aio_unseen();
	return 0;
}

static __noinline int aio_ended(u64 list, long count)
{
	for (long i = 0; i < AIO_REQUESTS && i < count; i++)
		aio_submitted(list + i * sizeof(u64));
	if (count > AIO_REQUESTS)
		aio_unseen();
	return 0;
}

static __always_inline int call_ended(struct pt_regs *regs, long ret)
{
	struct task_struct *task = task_current();
	struct eg_watch *w;
	struct file *file;
	int fd;

	fd = call_fd(task, regs);
	if (fd < 0 && fd != CALL_SUBMITS)
		return 0;
	w = watch_get();
	if (!w || !w->dev_count)
		return 0;
	if (fd == CALL_SUBMITS)
		return aio_ended(regs->dx, ret);
	file = file_of_fd(task, fd);
	if (file && file_watched(file, w))
		bill(ret, 0);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(file_call__tp_btf, struct pt_regs *regs, long ret)
{
	return ret > 0 ? call_ended(regs, ret) : 0;
}

/* The record of the classic tracepoint. */
struct exit_record {
	u64 common;
	long id, ret;
};

/* For kernels that may skip typed tracepoints under preemption (7.0 and later). */
SEC("tracepoint/raw_syscalls/sys_exit")
int file_call__tracepoint(struct exit_record *record)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();

	if (record->ret <= 0)
		return 0;
	return call_ended((void *)bpf_task_pt_regs(task), record->ret);
}

/* --- io_uring ------------------------------------------------------------------ */

static __always_inline struct file *splice_source(struct io_splice *splice)
{
	u32 flags = BPF_CORE_READ(splice, flags);
	int fd = BPF_CORE_READ(splice, splice_fd_in);

	return fd < 0 || flags & SPLICE_F_FD_IN_FIXED ? NULL : file_of_fd(task_current(), fd);
}

static __always_inline int request_ended(struct io_kiocb *req)
{
	int res = BPF_CORE_READ(req, cqe.res); /* since 5.19; as an argument it is older */
	struct eg_watch *w = watch_get();
	struct file *file;

	if (res <= 0 || !w || !w->dev_count)
		return 0;
	switch (BPF_CORE_READ(req, opcode)) {
	case IORING_OP_READV:
	case IORING_OP_READ_FIXED:
	case IORING_OP_READ:
	case IORING_OP_READV_FIXED: file = BPF_CORE_READ(req, file); break;
	case IORING_OP_SPLICE: file = splice_source((void *)req); break;
	default: return 0;
	}
	if (file && file_watched(file, w))
		bill(res, 0);
	return 0;
}

SEC("tp_btf/io_uring_complete")
int BPF_PROG(file_uring__tp_btf, void *ring, void *req)
{
	return request_ended(req);
}

struct complete_record {
	u64 common;
	void *ring, *req;
};

SEC("tracepoint/io_uring/io_uring_complete")
int file_uring__tracepoint(struct complete_record *record)
{
	return record->req ? request_ended(record->req) : 0;
}

/* --- mapped files ---------------------------------------------------------------- */

static __always_inline int pages_mapped(struct address_space *mapping, u64 pages)
{
	struct eg_watch *w = watch_get();

	if (w && w->dev_count && mapping_watched(mapping, w))
		bill(0, pages * PAGE_BYTES);
	return 0;
}

/* Pages around a fault that were there already: the range that was looked at. */
SEC("tp_btf/mm_filemap_map_pages")
int BPF_PROG(file_around__tp_btf, struct address_space *mapping, unsigned long first,
	     unsigned long last)
{
	return last >= first ? pages_mapped(mapping, last - first + 1) : 0;
}

SEC("tp_btf/mm_filemap_fault")
int BPF_PROG(file_fault__tp_btf, struct address_space *mapping)
{
	return pages_mapped(mapping, 1);
}

/* --- the daemon's question --------------------------------------------------------- */

/* Never attached: the daemon runs it with a descriptor of its own. Which directory is
 * that, as reads will see it? stat() would tell something else on btrfs and overlay. */
SEC("raw_tp")
int file_identify__raw_tp(u64 *args)
{
	struct task_struct *task = task_current();
	struct file *file = file_of_fd(task, args[0]);
	struct eg_file_id id = {};
	struct inode *inode;
	u32 yes = args[1]; /* the daemon's number of this directory's turn */

	if (!file)
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	id.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	id.ino = BPF_CORE_READ(inode, i_ino);
	return bpf_map_update_elem(&watched_dirs, &id, &yes, 0) ? 0 : 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
