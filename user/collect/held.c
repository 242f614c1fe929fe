/* SPDX-License-Identifier: Apache-2.0
 *
 * Load, and for each question run and read; see held.h.
 */
#include "collect/held.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/errand.h"
#include "base/units.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
#include "held.skel.h"
#pragma GCC diagnostic pop

struct held {
	struct errand errand;
	struct held_bpf *skel; /* NULL: refused */
	int result;            /* of loading; with skel the thread's while the errand is out */
};

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

static void load(void *ctx)
{
	struct held *h = ctx;

	h->skel = held_bpf__open_and_load();
	h->result = h->skel ? 0 : -errno;
	(void)malloc_trim(0); /* the kernel's type information */
}

int held_new(struct held **ret)
{
	struct held *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	if (errand_open(&h->errand) < 0 || errand_start(&h->errand, load, h) < 0)
		h->result = -ENOTSUP; /* no descriptor, no thread: other ways are left */
	*ret = h;
	return 0;
}

void held_wait(struct held *h)
{
	(void)errand_wait(&h->errand);
}

void held_free(struct held *h)
{
	if (!h)
		return;
	errand_close(&h->errand);
	held_bpf__destroy(h->skel);
	free(h);
}

int held_each(struct held *h, uint32_t tgid, held_fn fn, void *ctx)
{
	if (h->errand.out && !errand_ended(&h->errand))
		return -EAGAIN;
	if (!h->skel)
		return h->result;
	h->skel->bss->eg_held_tgid = tgid;
	return run(h->skel, tgid, fn, ctx);
}
