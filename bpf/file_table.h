/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * From a descriptor of the current process to its file, and from the registers of a
 * system call that has ended to the descriptor it read from (x86-64, and 32-bit
 * programs on it).
 */
#ifndef EGRESS_FILE_TABLE_H
#define EGRESS_FILE_TABLE_H

#include "compat.h"

#define TS_COMPAT 0x0002 /* thread_info.status: a 32-bit system call */

static __always_inline struct file *file_of_fd(struct task_struct *task, u32 fd)
{
	struct file *file = NULL;
	struct fdtable *fdt;
	struct file **at;
	u32 max;

	if (eg_task_btf) {
		if (!task->files)
			return NULL;
		fdt = task->files->fdt;
		max = fdt->max_fds;
		at = fdt->fd;
	} else {
		fdt = BPF_CORE_READ(task, files, fdt);
		max = BPF_CORE_READ(fdt, max_fds);
		at = BPF_CORE_READ(fdt, fd);
	}
	if (fd >= max || bpf_probe_read_kernel(&file, sizeof(file), at + fd))
		return NULL;
	return file;
}

static __always_inline struct task_struct *task_current(void)
{
	return eg_task_btf ? compat_task() : (void *)bpf_get_current_task();
}

static __always_inline bool call_is_compat(struct task_struct *task)
{
	u32 status =
		eg_task_btf ? task->thread_info.status : BPF_CORE_READ(task, thread_info.status);

	return status & TS_COMPAT;
}

#define CALL_SUBMITS (-2) /* no descriptor, but requests that read from some */

/* The descriptor read from; -1: no read call. Numbers of arch/x86/entry/syscalls. */
static __always_inline int call_fd_64(struct pt_regs *regs)
{
	switch (regs->orig_ax) {
	case 0:   /* read */
	case 17:  /* pread64 */
	case 19:  /* readv */
	case 275: /* splice */
	case 295: /* preadv */
	case 326: /* copy_file_range */
	case 327: /* preadv2 */ return regs->di;
	case 40: /* sendfile */ return regs->si;
	case 209: /* io_submit */ return CALL_SUBMITS;
	default: return -1;
	}
}

static __always_inline int call_fd_32(struct pt_regs *regs)
{
	switch (regs->orig_ax) {
	case 3:   /* read */
	case 145: /* readv */
	case 180: /* pread64 */
	case 313: /* splice */
	case 333: /* preadv */
	case 377: /* copy_file_range */
	case 378: /* preadv2 */ return regs->bx;
	case 187: /* sendfile */
	case 239: /* sendfile64 */ return regs->cx;
	default: return -1;
	}
}

static __always_inline int call_fd(struct task_struct *task, struct pt_regs *regs)
{
	return call_is_compat(task) ? call_fd_32(regs) : call_fd_64(regs);
}

#endif
