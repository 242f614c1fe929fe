/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * TCP sockets that several processes write. Their packets tell the sum, not who wrote
 * which part; the results of the send calls do. So each process gets a row of what was
 * accepted from it, in the hand-off column, from the first byte of the first writer on.
 * Sockets with one writer only have it noted, and make no row.
 */
#ifndef EGRESS_SHARED_H
#define EGRESS_SHARED_H

#include "kernels.h"
#include "owner.h"
#include "row.h"

#include "egress/types.h"

/* Writers of a TCP socket. Pinned with it: as for struct eg_sock, EG_ABI_VERSION. */
struct eg_writers {
	struct eg_owner first;
	u64 accepted; /* of the first, not in its row yet; taken out by exchange */
	u64 ref;      /* struct eg_ref as one word: the row used last */
	u64 several;  /* 0, then 1 for ever */
};

/* Freed with the socket; not inherited by an accepted one. Refused (memory charge): that
 * socket's split is missing, its sum is not. Written by the programs alone. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct eg_writers);
} writers SEC(".maps");

/* The row of one writer: as its packets' row, in the other column. */
static __noinline u64 shared_ref(struct sock *sk, const struct eg_owner *o)
{
	struct eg_sock *s = bpf_sk_storage_get(&sockets, sk, 0, 0);
	struct eg_flow_key key;
	struct eg_cpu *cpu;

	if (!s || !o || s->kind != KIND_TCP)
		return 0;
	if (!(s->key.flags & EG_FLOW_SHARED)) { /* no packet has shown it yet */
		s->key.flags |= EG_FLOW_SHARED;
		s->ref = 0;
		cpu = eg_cpu();
		if (cpu)
			eg_add(&cpu->shared_sockets, 1);
	}
	__builtin_memcpy(&key, &s->key, sizeof(key));
	key.column = EG_COLUMN_HANDOFF;
	owner_set(&key, o);
	return row_ref(&key);
}

static __always_inline void shared_bill(struct sock *sk, struct eg_writers *w,
					const struct eg_owner *o, u64 bytes)
{
	struct eg_event e = { .payload_bytes = bytes };
	struct eg_row *row = row_by_ref(w->ref);

	if (!row || !owner_same(&row->key, o)) {
		w->ref = shared_ref(sk, o);
		row = row_by_ref(w->ref);
	}
	eg_bill(row, &e, EG_COLUMN_HANDOFF);
}

static __always_inline bool writer_first(const struct eg_writers *w, const struct eg_owner *o)
{
	return w->first.tgid == o->tgid && w->first.start_ns == o->start_ns;
}

/* What the first writer wrote before there was a second, or while it came: exactly once,
 * whoever takes it. */
static __always_inline void first_bill(struct sock *sk, struct eg_writers *w)
{
	struct eg_owner first = w->first;
	u64 bytes = __sync_lock_test_and_set(&w->accepted, 0);

	if (bytes)
		shared_bill(sk, w, &first, bytes);
}

/* A send call of a TCP socket has returned that much. */
static __always_inline void shared_sent(struct sock *sk, const struct eg_owner *o, u64 bytes)
{
	struct eg_writers *w;

	if (o->kernel)
		return;
	w = bpf_sk_storage_get(&writers, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!w) /* another processor has just made it */
		w = bpf_sk_storage_get(&writers, sk, 0, 0);
	if (!w)
		return;
	if (!w->first.tgid) {
		if (is_kernels(sk))
			return;
		w->first = *o;
	}
	if (writer_first(w, o)) {
		eg_add(&w->accepted, bytes);
		if (w->several)
			first_bill(sk, w);
		return;
	}
	w->several = 1;
	first_bill(sk, w);
	shared_bill(sk, w, o, bytes);
}

#endif
