/* SPDX-License-Identifier: Apache-2.0
 *
 * Load, attach, read the ring; see dnstap.h.
 */
#include "collect/dnstap.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "egress/dns_abi.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
#include "dns.skel.h"
#pragma GCC diagnostic pop

enum { ANSWERS_A_POLL = 256 };

struct dnstap {
	struct dns_bpf *skel;
	struct bpf_link *link;
	struct ring_buffer *ring;
	dnstap_fn fn;
	void *ctx;
	unsigned int budget;
};

static int take(void *ctx, void *data, size_t size)
{
	struct dnstap *t = ctx;
	const struct eg_dns_event *e = data;

	if (size >= sizeof(*e))
		t->fn(t->ctx, &(struct dnstap_answer){
				      .netns = e->netns,
				      .server = e->server,
				      .connected = e->connected,
				      .data = e->data,
				      .len = MIN(e->len, (uint32_t)EG_DNS_BYTES),
			      });
	return --t->budget > 0 ? 0 : -EAGAIN;
}

static int start(struct dnstap *t, const char *cgroup_root)
{
	int fd _cleanup_close_ = open(cgroup_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	t->skel = dns_bpf__open_and_load();
	if (!t->skel)
		return -errno;
	t->link = bpf_program__attach_cgroup(t->skel->progs.dns_skb__cgroup, fd);
	if (!t->link)
		return -errno;
	t->ring = ring_buffer__new(bpf_map__fd(t->skel->maps.dns_ring), take, t, NULL);
	return t->ring ? 0 : -errno;
}

int dnstap_open(const char *cgroup_root, struct dnstap **ret)
{
	struct dnstap *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	r = start(t, cgroup_root);
	if (r < 0) {
		dnstap_close(t);
		return r;
	}
	*ret = t;
	return 0;
}

void dnstap_close(struct dnstap *t)
{
	if (!t)
		return;
	ring_buffer__free(t->ring);
	(void)bpf_link__destroy(t->link);
	dns_bpf__destroy(t->skel);
	free(t);
}

void dnstap_poll(struct dnstap *t, dnstap_fn fn, void *ctx)
{
	t->fn = fn;
	t->ctx = ctx;
	t->budget = ANSWERS_A_POLL;
	(void)ring_buffer__consume(t->ring);
}

uint64_t dnstap_lost(const struct dnstap *t)
{
	uint32_t key = EG_DNS_LOST;
	uint64_t lost = 0;

	(void)bpf_map_lookup_elem(bpf_map__fd(t->skel->maps.dns_losses), &key, &lost);
	return lost;
}
