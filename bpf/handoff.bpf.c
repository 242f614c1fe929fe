/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Group `handoff`: bytes that a send call accepted on the families that never become
 * IP packets of their socket: AF_UNIX, AF_VSOCK, AF_PACKET. The kernel reports each
 * call's result after the fact, in the context of its sender. Also the split of TCP
 * sockets that several processes write (shared.h).
 */
#define EG_TRUSTED_TASK /* one small program: not worth a variant */
#include "echo.h"
#include "send.h"
#include "shared.h"

#include <bpf/bpf_tracing.h>

/* False where the IP rows come from send calls too (inet.bpf.c): they are split as they are. */
const volatile bool eg_split = true;

static __always_inline bool is_tcp(struct sock *sk, u16 family)
{
	return (family == AF_INET || family == AF_INET6) && sk->sk_type == SOCK_STREAM &&
	       sk->sk_protocol == IPPROTO_TCP;
}

/* Typed: the socket remembers the row; another process that sends from it makes the
 * comparison fail and finds its own. */
SEC("tp_btf/sock_send_length")
int BPF_PROG(handoff_send__tp_btf, struct sock *sk, int ret)
{
	u16 family = sk->__sk_common.skc_family;
	struct eg_event e = {};
	struct eg_cpu *cpu;
	struct eg_owner o;
	struct eg_row *row;
	struct eg_sock *s;

	if (ret <= 0 || eg_deaf)
		return 0;
	if (is_tcp(sk, family)) {
		owner_current(&o);
		if (eg_split)
			shared_sent(sk, &o, ret);
		return 0;
	}
	if (!family_ours(family) || send_is_echo(sk))
		return 0;
	e.payload_bytes = ret;
	owner_current(&o);
	s = socket_storage(sk);
	if (!s) {
		cpu = eg_cpu();
		if (cpu)
			eg_add(&cpu->storage_refused, 1);
		eg_bill(NULL, &e, EG_COLUMN_HANDOFF);
		return 0;
	}
	row = row_by_ref(s->ref);
	if (!row || !owner_same(&row->key, &o)) {
		s->ref = send_ref(sk, family, &o, 0);
		row = row_by_ref(s->ref);
	}
	eg_bill(row, &e, EG_COLUMN_HANDOFF);
	return 0;
}

/* Classic: no storage from here, the row is looked up each time. For kernels that may
 * skip typed tracepoints under preemption (7.0 and later). */
SEC("tracepoint/sock/sock_send_length")
int handoff_send__tracepoint(struct send_record *record)
{
	struct eg_event e = {};
	struct eg_owner o;

	if (record->ret <= 0 || eg_deaf || !family_ours(record->family) || send_is_echo(record->sk))
		return 0;
	e.payload_bytes = record->ret;
	owner_current_probe(&o);
	eg_bill(row_by_ref(send_ref(record->sk, record->family, &o, 0)), &e, EG_COLUMN_HANDOFF);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
