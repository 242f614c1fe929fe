/* SPDX-License-Identifier: Apache-2.0
 *
 * Which send functions this kernel has, and the attaching of programs to them. A
 * function may be missing (renamed, or its module is not loaded), so each is asked for.
 */
#include "collect/calls.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include "base/cleanup.h"
#include "collect/objects.h"
#include "collect/private.h"
#include "collect/skeletons.h"

/* The one every kernel has; without it the rung counts as refused. */
#define ALWAYS "unix_stream_sendmsg"
#define MODULE_VSOCK "vsock"

static const char *const functions[] = {
	ALWAYS,
	"unix_stream_sendpage",
	"unix_dgram_sendmsg",
	"unix_seqpacket_sendmsg",
	"packet_sendmsg",
	"vsock_stream_sendmsg",
	"vsock_connectible_sendmsg",
	"vsock_dgram_sendmsg",
};

/* Program of a function at a rung; pinned under the same name. Constants, because links
 * keep their names. */
static const char *program_name(size_t function, enum plan_rung rung)
{
	static const char *const fexit[] = {
		ALWAYS "__fexit",
		"unix_stream_sendpage__fexit",
		"unix_dgram_sendmsg__fexit",
		"unix_seqpacket_sendmsg__fexit",
		"packet_sendmsg__fexit",
		"vsock_stream_sendmsg__fexit",
		"vsock_connectible_sendmsg__fexit",
		"vsock_dgram_sendmsg__fexit",
	};
	static const char *const kprobe[] = {
		ALWAYS "__kprobe",
		"unix_stream_sendpage__kprobe",
		"unix_dgram_sendmsg__kprobe",
		"unix_seqpacket_sendmsg__kprobe",
		"packet_sendmsg__kprobe",
		"vsock_stream_sendmsg__kprobe",
		"vsock_connectible_sendmsg__kprobe",
		"vsock_dgram_sendmsg__kprobe",
	};

	return rung == RUNG_FEXIT ? fexit[function] : kprobe[function];
}

static bool function_known(const struct btf *btf, const char *name)
{
	return btf && btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;
}

/* Attached already: taken over from the daemon before. */
static bool function_adopted(const struct collect *c, size_t function)
{
	for (size_t i = 0; c && i < c->link_count; i++)
		if (!strcmp(c->links[i].name, program_name(function, RUNG_FEXIT)) ||
		    !strcmp(c->links[i].name, program_name(function, RUNG_KPROBE)))
			return true;
	return false;
}

static void program_choose(struct bpf_object *obj, size_t function, enum plan_rung rung)
{
	struct bpf_program *prog =
		bpf_object__find_program_by_name(obj, program_name(function, rung));

	if (prog)
		(void)bpf_program__set_autoload(prog, true);
}

/* A function without a type (that of a module in 5.10, or none at all) is probed at its
 * beginning, by symbol. */
static int programs_choose(struct bpf_object *obj, const struct collect *c, enum plan_rung rung)
{
	struct btf *kernel = rung == RUNG_FEXIT ? btf__load_vmlinux_btf() : NULL;
	struct btf *module = kernel ? btf__load_module_btf(MODULE_VSOCK, kernel) : NULL;
	struct bpf_program *prog;
	bool typed = rung != RUNG_FEXIT;

	bpf_object__for_each_program(prog, obj)
		(void)bpf_program__set_autoload(prog, false);
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		bool known = function_known(kernel, functions[i]) ||
			     function_known(module, functions[i]);

		typed = typed || known;
		if (!function_adopted(c, i))
			program_choose(obj, i, known ? RUNG_FEXIT : RUNG_KPROBE);
	}
	btf__free(module);
	btf__free(kernel);
	return typed ? 0 : -ENOENT;
}

static int load(struct objects *o, struct collect *c, enum plan_rung rung, const char *types)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = types);
	int r;

	objects_drop_calls(o);
	o->calls = calls_bpf__open_opts(&opts);
	if (!o->calls)
		return -errno;
	r = programs_choose(o->calls->obj, c, rung);
	if (r == 0)
		r = objects_load_with(o->calls->obj, c);
	if (r < 0) {
		objects_drop_calls(o);
		return r;
	}
	o->handoff_rung = rung;
	return 0;
}

int calls_load(struct objects *o, struct collect *c, enum plan_rung rung)
{
	int r = load(o, c, rung, NULL);

	return r == -EPERM ? load(o, c, rung, OBJECTS_VMLINUX) : r;
}

int calls_try(struct objects *o)
{
	struct bpf_program *prog =
		bpf_object__find_program_by_name(o->calls->obj, program_name(0, o->handoff_rung));
	struct bpf_link *link = prog ? bpf_program__attach(prog) : NULL;

	if (!link)
		return prog ? -errno : -ENOENT;
	(void)bpf_link__destroy(link);
	return 0;
}

/* -ENOENT: not chosen, or no such function here. */
static int program_attach(struct collect *c, size_t function, enum plan_rung rung)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(c->objects.calls->obj,
								    program_name(function, rung));

	return prog && bpf_program__fd(prog) >= 0 ? link_attach(c, prog, NULL) : -ENOENT;
}

int calls_attach(struct collect *c)
{
	int r, always = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		if (function_adopted(c, i)) {
			always = i == 0 ? 0 : always;
			continue;
		}
		r = program_attach(c, i, RUNG_FEXIT);
		if (r == -ENOENT)
			r = program_attach(c, i, RUNG_KPROBE);
		if (r < 0 && r != -ENOENT)
			return r;
		if (i == 0)
			always = r;
	}
	return always;
}

enum plan_rung calls_adopt(struct collect *c)
{
	static const enum plan_rung rungs[] = { RUNG_FEXIT, RUNG_KPROBE };

	for (size_t r = 0; r < ARRAY_SIZE(rungs); r++) {
		if (link_adopt(c, program_name(0, rungs[r])))
			continue;
		for (size_t i = 1; i < ARRAY_SIZE(functions); i++)
			if (link_adopt(c, program_name(i, RUNG_FEXIT)))
				(void)link_adopt(c, program_name(i, RUNG_KPROBE));
		return rungs[r];
	}
	return RUNG_MISSING;
}
