/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Group `file` at the file systems' own read functions: for processors whose system calls
 * file.bpf.c does not know. Sees every way of reading at once, io_uring, AIO and the
 * kernel's own readers included, and costs other calls nothing; but it knows these file
 * systems only, and full preemption may skip events (each is counted as a loss). Which
 * of the functions a kernel has, the loader finds out.
 */
#define EG_TRUSTED_TASK
#include "file_aio.h"
#include "file_bill.h"
#include "file_watch.h"

#include <bpf/bpf_tracing.h>

#define EIOCBQUEUED 529
#define IOCB_DIRECT (1 << 17)

struct pipe_inode_info;

/* Task to bytes of a direct read that may end later. Written at a read's beginning, taken
 * at its end; an LRU, because a task may die between. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u32);
	__type(value, u64);
} file_asked SEC(".maps");

static __always_inline bool file_counts(struct file *file)
{
	struct eg_watch *w = watch_get();

	return w && w->dev_count && file && file_watched(file, w);
}

/* What will come is what is asked for, up to the end of the file. */
static __always_inline int read_begins(struct kiocb *kiocb, struct iov_iter *to)
{
	struct file *file = BPF_CORE_READ(kiocb, ki_filp);
	long long at = BPF_CORE_READ(kiocb, ki_pos), size;
	u32 task = bpf_get_current_pid_tgid();
	u64 asked;

	if (!BPF_CORE_READ(kiocb, ki_complete) || !(BPF_CORE_READ(kiocb, ki_flags) & IOCB_DIRECT) ||
	    !file_counts(file))
		return 0;
	size = BPF_CORE_READ(file, f_inode, i_size);
	asked = BPF_CORE_READ(to, count);
	if (at < 0 || at >= size)
		asked = 0;
	else if (asked > (u64)(size - at))
		asked = size - at;
	bpf_map_update_elem(&file_asked, &task, &asked, 0);
	return 0;
}

static __always_inline int read_ended(struct kiocb *kiocb, long ret)
{
	u32 task = bpf_get_current_pid_tgid();
	u64 *asked;

	if (ret == -EIOCBQUEUED) {
		asked = bpf_map_lookup_elem(&file_asked, &task);
		if (asked && *asked)
			bill(*asked, 0);
		bpf_map_delete_elem(&file_asked, &task);
		return 0;
	}
	if (ret > 0 && file_counts(BPF_CORE_READ(kiocb, ki_filp)))
		bill(ret, 0);
	return 0;
}

#define READS(fs, function)                                                                  \
	SEC("fentry/" #function)                                                             \
	int BPF_PROG(file_##fs##__fentry, struct kiocb *kiocb, struct iov_iter *to)          \
	{                                                                                    \
		return read_begins(kiocb, to);                                               \
	}                                                                                    \
	SEC("fexit/" #function)                                                              \
	int BPF_PROG(file_##fs##__fexit, struct kiocb *kiocb, struct iov_iter *to, long ret) \
	{                                                                                    \
		return read_ended(kiocb, ret);                                               \
	}

READS(ext4, ext4_file_read_iter)
READS(xfs, xfs_file_read_iter)
READS(btrfs, btrfs_file_read_iter)
READS(f2fs, f2fs_file_read_iter)
READS(nfs, nfs_file_read)
READS(fuse, fuse_file_read_iter)
READS(shmem, shmem_file_read_iter)

/* From 6.5 on splice() and sendfile() from the page cache do not go through the above. */
SEC("fexit/filemap_splice_read")
int BPF_PROG(file_splice__fexit, struct file *file, long long *at, struct pipe_inode_info *pipe,
	     size_t len, unsigned int flags, long ret)
{
	if (ret > 0 && file_counts(file))
		bill(ret, 0);
	return 0;
}

SEC("fexit/shmem_file_splice_read")
int BPF_PROG(file_shmem_splice__fexit, struct file *file, long long *at,
	     struct pipe_inode_info *pipe, size_t len, unsigned int flags, long ret)
{
	if (ret > 0 && file_counts(file))
		bill(ret, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
