/* SPDX-License-Identifier: Apache-2.0
 *
 * Group `file`: what loads here, what is attached, what is taken over.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "collect/private.h"
#include "collect/skeletons.h"

#define CALL_BTF "file_call__tp_btf"
#define CALL_CLASSIC "file_call__tracepoint"
#define URING_BTF "file_uring__tp_btf"
#define URING_CLASSIC "file_uring__tracepoint"
#define AROUND_BTF "file_around__tp_btf"
#define FAULT_BTF "file_fault__tp_btf"
#define IDENTIFY "file_identify__raw_tp"

/* Are this processor's system calls known to bpf/file_table.h? */
#ifdef __x86_64__
#define CALLS_KNOWN true
#else
#define CALLS_KNOWN false
#endif

static void names_fill(enum plan_rung rung, bool uring, bool mapped, const char *ret[FILE_PROGRAMS])
{
	bool typed = rung == RUNG_TP_BTF, calls = typed || rung == RUNG_TRACEPOINT;

	ret[0] = !calls ? NULL : typed ? CALL_BTF : CALL_CLASSIC;
	ret[1] = !uring || !calls ? NULL : typed ? URING_BTF : URING_CLASSIC;
	ret[2] = mapped ? AROUND_BTF : NULL;
	ret[3] = mapped ? FAULT_BTF : NULL;
}

void file_programs(const struct collect *c, const char *ret[FILE_PROGRAMS])
{
	names_fill(c->plan.rung[PLAN_FILE], c->facts.file_uring == FACT_YES,
		   c->facts.file_mapped == FACT_YES, ret);
}

static bool name_among(const char *name, const char *const names[FILE_PROGRAMS])
{
	for (int i = 0; i < FILE_PROGRAMS; i++)
		if (names[i] && !strcmp(names[i], name))
			return true;
	return !strcmp(name, IDENTIFY);
}

static int file_load(const struct facts *f, struct objects *o, struct collect *c,
		     enum plan_rung rung, bool uring, bool mapped)
{
	const char *names[FILE_PROGRAMS];
	struct bpf_program *prog;
	int r;

	names_fill(rung, uring, mapped, names);
	file_bpf__destroy(o->file);
	o->file = file_bpf__open();
	if (!o->file)
		return -errno;
	bpf_object__for_each_program(prog, o->file->obj)
		(void)bpf_program__set_autoload(prog, name_among(bpf_program__name(prog), names));
	o->file->rodata->eg_task_btf = f->egress_task_btf != FACT_NO;
	o->file->rodata->eg_deaf = o->force_rung && !strcmp(o->force_rung, "deaf-file");
	r = objects_load_with(o->file->obj, c);
	if (r < 0) {
		file_bpf__destroy(o->file);
		o->file = NULL;
	}
	return r;
}

/* One rung: with all its programs, else without those that this kernel lacks. */
static int rung_try(struct facts *f, struct objects *o, struct collect *c, enum plan_rung rung)
{
	int r = -EINVAL;

	for (int without = 0; without < FILE_PROGRAMS && r < 0; without++) {
		bool uring = !(without & 2), mapped = !(without & 1);

		r = file_load(f, o, c, rung, uring, mapped);
		f->file_uring = r == 0 && uring ? FACT_YES : FACT_NO;
		f->file_mapped = r == 0 && mapped ? FACT_YES : FACT_NO;
	}
	if (r == 0 && rung == RUNG_FEXIT)
		return file_fs_load(o, c);
	if (r == 0)
		r = attach_try(o->file->obj, rung == RUNG_TP_BTF ? CALL_BTF : CALL_CLASSIC, NULL);
	return r;
}

bool file_can_wait(const char *force_rung)
{
	return CALLS_KNOWN && !(force_rung && !strcmp(force_rung, "file-fexit"));
}

void file_facts(struct facts *f, const char *force_rung, struct objects *o, struct collect *c)
{
	bool classic_first =
		f->preemptible == FACT_YES || (force_rung && !strcmp(force_rung, "tracepoint"));
	bool fs = !file_can_wait(force_rung);
	int r = -EINVAL;

	if (!fs && classic_first && attach_tracefs()) {
		r = rung_try(f, o, c, RUNG_TRACEPOINT);
		f->file_tracepoint = r == 0 ? FACT_YES : FACT_NO;
	}
	if (!fs && r < 0) {
		r = rung_try(f, o, c, RUNG_TP_BTF);
		f->file_tp_btf = r == 0 ? FACT_YES : FACT_NO;
	}
	if (r < 0) {
		r = rung_try(f, o, c, RUNG_FEXIT);
		f->file_fexit = r == 0 ? FACT_YES : FACT_NO;
	}
	f->file_error = r;
}

static bool maps_there(const struct collect *c)
{
	for (int i = MAP_READERS; i <= MAP_FILE_LEDGER; i++)
		if (c->map_fd[i] < 0)
			return false;
	return true;
}

/* Pins that cannot be taken over as a whole: the group starts anew. */
static void pins_forget(const struct collect *c)
{
	static const char *const all[] = { CALL_BTF,   CALL_CLASSIC, URING_BTF, URING_CLASSIC,
					   AROUND_BTF, FAULT_BTF,    IDENTIFY };
	char path[512];

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!pins_path(c, "links", all[i], path, sizeof(path)))
			(void)unlink(path);
}

static int identify_adopt(struct collect *c)
{
	char path[512];

	if (!c->pin_dir || pins_path(c, "links", IDENTIFY, path, sizeof(path)) < 0)
		return -ENOENT;
	c->file.identify_fd = bpf_obj_get(path);
	if (c->file.identify_fd >= 0 && maps_there(c))
		return 0;
	pins_forget(c);
	return -ENOENT;
}

void file_adopt(struct collect *c)
{
	struct facts *f = &c->facts;

	if (identify_adopt(c) < 0)
		return;
	if (!link_adopt(c, CALL_BTF))
		f->file_tp_btf = FACT_YES;
	else if (!link_adopt(c, CALL_CLASSIC))
		f->file_tracepoint = FACT_YES;
	else if (file_fs_adopt(c))
		f->file_fexit = FACT_YES;
	else
		return; /* nothing was watched: load anew */
	f->file_adopted = true;
	f->file_uring =
		!link_adopt(c, URING_BTF) || !link_adopt(c, URING_CLASSIC) ? FACT_YES : FACT_NO;
	f->file_mapped =
		!link_adopt(c, AROUND_BTF) && !link_adopt(c, FAULT_BTF) ? FACT_YES : FACT_NO;
}

static int identify_take(struct collect *c)
{
	struct bpf_program *prog = c->objects.file->progs.file_identify__raw_tp;
	char path[512];
	int r;

	if (c->file.identify_fd >= 0)
		close(c->file.identify_fd);
	c->file.identify_fd = fcntl(bpf_program__fd(prog), F_DUPFD_CLOEXEC, 0);
	if (c->file.identify_fd < 0)
		return -errno;
	if (!c->pin_dir)
		return 0;
	r = pins_path(c, "links", IDENTIFY, path, sizeof(path));
	if (r < 0)
		return r;
	(void)unlink(path);
	return bpf_program__pin(prog, path);
}

/* Carries out the journal's move. Doing it twice gives the same. */
static void journal_finish(struct collect *c)
{
	struct eg_file_ledger *l = c->file.ledger;

	if (!l->move_valid)
		return;
	l->drained = l->move_drained;
	(void)bpf_map_delete_elem(c->map_fd[MAP_READERS], &l->move_key);
	l->move_valid = 0;
}

int file_start(struct collect *c)
{
	struct file_side *f = &c->file;

	int r = 0;

	if (c->plan.rung[PLAN_FILE] == RUNG_MISSING)
		return 0;
	if (c->objects.file) /* loaded a moment ago */
		r = identify_take(c);
	if (r < 0 || f->watch || !maps_there(c))
		return r;
	f->watch = maps_memory(c, MAP_FILE_WATCH);
	f->cpus = maps_memory(c, MAP_FILE_CPUS);
	f->ledger = maps_memory(c, MAP_FILE_LEDGER);
	if (!f->watch || !f->cpus || !f->ledger)
		return -ENOMEM;
	journal_finish(c);
	f->turn = f->watch->epoch; /* goes on from where the daemon before was */
	return 0;
}

void file_stop(struct collect *c)
{
	struct file_side *f = &c->file;

	maps_memory_free(c, MAP_FILE_WATCH, f->watch);
	maps_memory_free(c, MAP_FILE_CPUS, f->cpus);
	maps_memory_free(c, MAP_FILE_LEDGER, f->ledger);
	if (f->identify_fd >= 0)
		close(f->identify_fd);
	free(f->keys);
	free(f->vals);
	free(f->readers);
	*f = (struct file_side){ .identify_fd = -1 };
}
