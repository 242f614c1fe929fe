/* SPDX-License-Identifier: Apache-2.0
 *
 * Group `file` at the file systems' own read functions: which of them this kernel has, and
 * the attaching of programs to them. A file system may be a module that is not loaded.
 */
#include "collect/file.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include "base/cleanup.h"
#include "collect/objects.h"
#include "collect/private.h"
#include "collect/skeletons.h"

static const struct fs_hook {
	const char *function, *module;
	const char *begin, *end; /* programs; constants, because links keep their names */
} hooks[FILE_FS_HOOKS] = {
	{ "ext4_file_read_iter", "ext4", "file_ext4__fentry", "file_ext4__fexit" },
	{ "xfs_file_read_iter", "xfs", "file_xfs__fentry", "file_xfs__fexit" },
	{ "btrfs_file_read_iter", "btrfs", "file_btrfs__fentry", "file_btrfs__fexit" },
	{ "f2fs_file_read_iter", "f2fs", "file_f2fs__fentry", "file_f2fs__fexit" },
	{ "nfs_file_read", "nfs", "file_nfs__fentry", "file_nfs__fexit" },
	{ "fuse_file_read_iter", "fuse", "file_fuse__fentry", "file_fuse__fexit" },
	{ "shmem_file_read_iter", NULL, "file_shmem__fentry", "file_shmem__fexit" },
	{ "filemap_splice_read", NULL, NULL, "file_splice__fexit" },
	{ "shmem_file_splice_read", NULL, NULL, "file_shmem_splice__fexit" },
};

static bool function_known(struct btf *kernel, const struct fs_hook *h)
{
	struct btf *module;
	bool known;

	if (btf__find_by_name_kind(kernel, h->function, BTF_KIND_FUNC) > 0)
		return true;
	module = h->module ? btf__load_module_btf(h->module, kernel) : NULL;
	known = module && btf__find_by_name_kind(module, h->function, BTF_KIND_FUNC) > 0;
	btf__free(module);
	return known;
}

static void program_choose(struct bpf_object *obj, const char *name)
{
	struct bpf_program *prog = name ? bpf_object__find_program_by_name(obj, name) : NULL;

	if (prog)
		(void)bpf_program__set_autoload(prog, true);
}

static int programs_choose(struct bpf_object *obj)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	struct bpf_program *prog;
	int count = 0;

	if (!kernel)
		return -errno;
	bpf_object__for_each_program(prog, obj)
		(void)bpf_program__set_autoload(prog, false);
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		if (!function_known(kernel, &hooks[i]))
			continue;
		program_choose(obj, hooks[i].begin);
		program_choose(obj, hooks[i].end);
		count++;
	}
	btf__free(kernel);
	return count ? 0 : -ENOENT;
}

int file_fs_load(struct objects *o, struct collect *c)
{
	int r;

	file_fs_bpf__destroy(o->file_fs);
	o->file_fs = file_fs_bpf__open();
	if (!o->file_fs)
		return -errno;
	o->file_fs->rodata->eg_deaf = o->force_rung && !strcmp(o->force_rung, "deaf-file");
	r = programs_choose(o->file_fs->obj);
	if (r == 0)
		r = objects_load_with(o->file_fs->obj, c);
	if (r == 0) /* shmem is there always */
		r = attach_try(o->file_fs->obj, "file_shmem__fexit", NULL);
	if (r < 0) {
		file_fs_bpf__destroy(o->file_fs);
		o->file_fs = NULL;
	}
	return r;
}

static int one_attach(struct collect *c, const char *name)
{
	struct bpf_program *prog =
		name ? bpf_object__find_program_by_name(c->objects.file_fs->obj, name) : NULL;

	return prog && bpf_program__fd(prog) >= 0 ? link_attach(c, prog, NULL) : 0;
}

int file_fs_attach(struct collect *c)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(hooks); i++) {
		r = one_attach(c, hooks[i].begin);
		if (r == 0)
			r = one_attach(c, hooks[i].end);
	}
	return r;
}

bool file_fs_adopt(struct collect *c)
{
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		if (hooks[i].begin)
			(void)link_adopt(c, hooks[i].begin);
		any |= !link_adopt(c, hooks[i].end);
	}
	return any;
}
