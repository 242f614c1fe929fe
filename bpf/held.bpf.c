/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * The open sockets of one process with what each TCP connection sent, in whichever
 * network namespace: sock_diag tells of one's own alone. Run when a person asks. Writes
 * binary records; counts and changes nothing.
 */
#include "compat.h"
#include "net.h"

#include "egress/held_abi.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

/* Whose, of this question. Since 6.1 the iterator visits that process alone; before, this
 * filters. */
volatile unsigned int eg_held_tgid;

static __always_inline void put_v4(u8 to[16], __be32 addr)
{
	to[10] = 0xff;
	to[11] = 0xff;
	__builtin_memcpy(to + 12, &addr, sizeof(addr));
}

static __always_inline void put_ends(struct eg_held *h, struct sock *sk)
{
	struct sock_common *c = &sk->__sk_common;

	h->local_port = c->skc_num;
	h->remote_port = bpf_ntohs(c->skc_dport);
	if (c->skc_family == AF_INET) {
		put_v4(h->local, c->skc_rcv_saddr);
		put_v4(h->remote, c->skc_daddr);
	} else if (bpf_core_field_exists(c->skc_v6_daddr)) {
		BPF_CORE_READ_INTO(&h->local, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&h->remote, sk, __sk_common.skc_v6_daddr);
	}
}

/* A socket that listens has no stream: its fields may mean other things. */
static __always_inline void put_tcp(struct eg_held *h, struct sock *sk)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (!tp || h->state == TCP_LISTEN)
		return;
	h->retrans_bytes = tp->bytes_retrans;
	h->sent_bytes = tp->bytes_sent - h->retrans_bytes;
	h->queued_bytes = (u32)(tp->write_seq - tp->snd_una);
}

SEC("iter/task_file")
int held_sockets__iter(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct eg_held h = {};
	struct socket *socket;
	struct sock *sk;

	if (!task || !file || (u32)task->tgid != eg_held_tgid)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk ||
	    (sk->__sk_common.skc_family != AF_INET && sk->__sk_common.skc_family != AF_INET6))
		return 0;
	if (sk->sk_protocol != IPPROTO_TCP && sk->sk_protocol != IPPROTO_UDP)
		return 0;
	h.inode = file->f_inode->i_ino;
	h.proto = (u8)sk->sk_protocol;
	h.state = sk->__sk_common.skc_state;
	put_ends(&h, sk);
	if (h.proto == IPPROTO_TCP)
		put_tcp(&h, sk);
	bpf_seq_write(ctx->meta->seq, &h, sizeof(h));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
