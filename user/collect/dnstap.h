/* SPDX-License-Identifier: Apache-2.0
 *
 * DNS answers that this host's sockets received (bpf/dns.bpf.c). Beside the counting:
 * without it addresses lack names, nothing else. Not pinned.
 */
#ifndef COLLECT_DNSTAP_H
#define COLLECT_DNSTAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dnstap;

struct dnstap_answer {
	uint64_t netns;        /* as in flows */
	const uint8_t *server; /* 16 bytes: who sent it, or says so */
	bool connected;        /* to a socket that takes datagrams from this server alone */
	const uint8_t *data;   /* a whole DNS message, or its first 1232 bytes */
	size_t len;
};
typedef void (*dnstap_fn)(void *ctx, const struct dnstap_answer *answer);

/* Loads and attaches to the root of the cgroup v2 mount (collect_cgroup_root()). Negative
 * errno where this kernel or a policy refuses. */
int dnstap_open(const char *cgroup_root, struct dnstap **ret);
void dnstap_close(struct dnstap *t);

/* Hands over what waits, at most 256 answers a call. Never blocks. */
void dnstap_poll(struct dnstap *t, dnstap_fn fn, void *ctx);

/* Answers that found the ring full. */
uint64_t dnstap_lost(const struct dnstap *t);

#endif
