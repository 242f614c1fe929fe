/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Is this file below a watched directory? Decided by identity, not by name: the walk
 * goes from the file's directory up to the root of its file system, so the answer is
 * the same through bind mounts, containers and chroot.
 */
#ifndef EGRESS_FILE_WATCH_H
#define EGRESS_FILE_WATCH_H

#include "file_maps.h"

#define S_IFMT 0170000
#define S_IFREG 0100000
#define WALK_STEPS 24 /* directories above a file; database servers use fewer than ten */

static __always_inline struct eg_watch *watch_get(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&file_watch, &zero);
}

static __always_inline bool dev_watched(const struct eg_watch *w, u32 dev)
{
	if (w->dev_count > EG_WATCHED_DEVS)
		return true;
#pragma unroll
	for (u32 i = 0; i < EG_WATCHED_DEVS; i++)
		if (i < w->dev_count && w->dev[i] == dev)
			return true;
	return false;
}

static __always_inline struct dentry *dentry_parent(struct dentry *dentry)
{
	return BPF_CORE_READ(dentry, d_parent);
}

/* From the directory of `dentry` upwards. */
static __noinline u32 walk(struct dentry *dentry, u32 dev)
{
	struct eg_file_id dir = { .dev = dev };

	for (int i = 0; i < WALK_STEPS; i++) {
		struct dentry *parent = dentry_parent(dentry);

		if (!parent || parent == dentry)
			return 0;
		dentry = parent;
		dir.ino = BPF_CORE_READ(dentry, d_inode, i_ino);
		if (bpf_map_lookup_elem(&watched_dirs, &dir))
			return 1;
	}
	return 0;
}

/* Any name the inode goes by; faults know no other. */
static __always_inline struct dentry *inode_dentry(struct inode *inode)
{
	struct hlist_node *node = BPF_CORE_READ(inode, i_dentry.first);

	return node ? (void *)node - compat_alias_offset() : NULL;
}

/* Walks once a file and epoch. "No" is not remembered for a file of several names: asked
 * by another one, it may be "yes". */
static __noinline u32 verdict_find(struct inode *inode, struct dentry *dentry,
				   const struct eg_file_id *id, u32 epoch)
{
	u32 verdict;

	if (!id)
		return 0;
	if (!dentry)
		dentry = inode_dentry(inode);
	if (!dentry)
		return 0;
	verdict = epoch << 1 | walk(dentry, id->dev);
	if (verdict & 1 || BPF_CORE_READ(inode, i_nlink) <= 1)
		bpf_map_update_elem(&file_verdicts, id, &verdict, 0);
	return verdict & 1;
}

/* What is remembered of a file: 1, 0, or -1 for nothing of this epoch. */
static __always_inline int verdict_known(const struct eg_file_id *id, const struct eg_watch *w)
{
	u32 *verdict = bpf_map_lookup_elem(&file_verdicts, id);

	return verdict && *verdict >> 1 == (w->epoch & 0x7fffffff) ? *verdict & 1 : -1;
}

static __always_inline bool file_watched(struct file *file, const struct eg_watch *w)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct eg_file_id id;
	int known;

	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFREG) /* sockets, pipes */
		return false;
	id.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	if (!dev_watched(w, id.dev))
		return false;
	id.ino = BPF_CORE_READ(inode, i_ino);
	id.generation = BPF_CORE_READ(inode, i_generation);
	known = verdict_known(&id, w);
	if (known >= 0)
		return known;
	return verdict_find(inode, BPF_CORE_READ(file, f_path.dentry), &id, w->epoch);
}

/* Direct loads: the pointer is typed. */
static __always_inline bool mapping_watched(struct address_space *mapping, const struct eg_watch *w)
{
	struct inode *inode = mapping->host;
	struct eg_file_id id;
	int known;

	if (!inode || (inode->i_mode & S_IFMT) != S_IFREG)
		return false;
	id.dev = inode->i_sb->s_dev;
	if (!dev_watched(w, id.dev))
		return false;
	id.ino = inode->i_ino;
	id.generation = inode->i_generation;
	known = verdict_known(&id, w);
	return known >= 0 ? known : verdict_find(inode, NULL, &id, w->epoch);
}

#endif
