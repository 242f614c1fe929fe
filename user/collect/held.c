/* SPDX-License-Identifier: Apache-2.0
 *
 * Load, run, read, unload; see held.h.
 */
#include "collect/held.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/units.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
#include "held.skel.h"
#pragma GCC diagnostic pop

#define READ_RECORDS 128 /* asked of the iterator at once; it gives whole records or less */

/* For this process alone where the kernel can (since 6.1), else for all: the program
 * filters by itself. */
static struct bpf_link *attach(struct held_bpf *skel, uint32_t tgid)
{
	union bpf_iter_link_info info = { .task.pid = tgid };
	LIBBPF_OPTS(bpf_iter_attach_opts, o, .link_info = &info, .link_info_len = sizeof(info));
	struct bpf_link *link = bpf_program__attach_iter(skel->progs.held_sockets__iter, &o);

	return link ? link : bpf_program__attach_iter(skel->progs.held_sockets__iter, NULL);
}

/* A read may end inside a record: what is left of it is joined with the next. */
static int read_records(int fd, held_fn fn, void *ctx)
{
	struct eg_held records[READ_RECORDS];
	char *bytes = (char *)records;
	size_t have = 0;
	ssize_t n;

	while ((n = read(fd, bytes + have, sizeof(records) - have)) != 0) {
		size_t whole;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue; /* the iterator stops now and then to let others run */
		if (n < 0)
			return -errno;
		have += (size_t)n;
		whole = have / sizeof(*records);
		for (size_t i = 0; i < whole; i++)
			if (!fn(ctx, &records[i]))
				return 0;
		have -= whole * sizeof(*records);
		memmove(records, records + whole, have);
	}
	return 0;
}

static int run(struct held_bpf *skel, uint32_t tgid, held_fn fn, void *ctx)
{
	struct bpf_link *link = attach(skel, tgid);
	_cleanup_close_ int fd = -1;
	int r;

	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	r = fd < 0 ? -errno : read_records(fd, fn, ctx);
	(void)bpf_link__destroy(link);
	return r;
}

int held_each(uint32_t tgid, held_fn fn, void *ctx)
{
	libbpf_print_fn_t print = libbpf_set_print(NULL); /* refusals are answers here */
	struct held_bpf *skel = held_bpf__open();
	int r = skel ? 0 : -errno;

	if (r == 0) {
		skel->rodata->eg_held_tgid = tgid;
		r = held_bpf__load(skel);
	}
	if (r == 0)
		r = run(skel, tgid, fn, ctx);
	held_bpf__destroy(skel);
	(void)libbpf_set_print(print);
	return r;
}
