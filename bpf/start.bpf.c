/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Run once, before the egress program is attached: walks the open files of all
 * processes, finds their TCP sockets, and gives each an owner, the side that began,
 * and a baseline, so that bytes of the past are not billed to the present.
 */
#define EG_TRUSTED_TASK /* one small program: not worth a variant */
#include "maps.h"
#include "owner.h"
#include "net.h"

#include "egress/types.h"

#include <bpf/bpf_tracing.h>

static __always_inline struct sock *tcp_of_file(struct file *file)
{
	struct socket *socket;
	struct sock *sk;

	if (!file)
		return NULL;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return NULL;
	sk = socket->sk;
	if (!sk || sk->sk_type != SOCK_STREAM || sk->sk_protocol != IPPROTO_TCP)
		return NULL;
	return sk->__sk_common.skc_family == AF_INET || sk->__sk_common.skc_family == AF_INET6
		       ? sk
		       : NULL;
}

/* Of several processes that hold it, the first (lowest id) stands for now; whoever
 * sends first takes its place. */
static __always_inline struct eg_sock *socket_own(struct sock *sk, struct task_struct *task)
{
	struct eg_sock *s = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	struct eg_owner o;

	if (!s || s->baseline || s->kind)
		return NULL;
	owner_load(&o, compat_plain_task(task));
	owner_set(&s->key, &o);
	return s;
}

SEC("iter/task_file")
int start_listeners__iter(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct sock *sk = tcp_of_file(ctx->file);
	struct eg_listener at = {};
	struct eg_sock *s;
	u32 yes = 1;

	if (!sk || !task || sk->__sk_common.skc_state != TCP_LISTEN)
		return 0;
	at.netns = compat_netns(sk->__sk_common.skc_net.net);
	at.port = sk->__sk_common.skc_num;
	bpf_map_update_elem(&listeners, &at, &yes, 0);
	s = socket_own(sk, task);
	if (s)
		s->key.init = EG_INIT_ACCEPTED;
	return 0;
}

SEC("iter/task_file")
int start_sockets__iter(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct sock *sk = tcp_of_file(ctx->file);
	struct eg_listener at = {};
	struct tcp_sock *tp;
	struct eg_sock *s;

	if (!sk || !task || sk->__sk_common.skc_state == TCP_LISTEN ||
	    sk->__sk_common.skc_state == TCP_CLOSE)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return 0;
	s = socket_own(sk, task);
	if (!s)
		return 0;
	at.netns = compat_netns(sk->__sk_common.skc_net.net);
	at.port = sk->__sk_common.skc_num;
	s->high = tp->snd_nxt;
	s->key.init = bpf_map_lookup_elem(&listeners, &at) ? EG_INIT_ACCEPTED : EG_INIT_CONNECTED;
	s->baseline = 1;
	return 0;
}

/* 5.10 gives neither a file's socket nor storage to an iterator: then only the ports that
 * listen, by probe reads. Can go with 5.10. */
SEC("iter/task_file")
int start_ports__iter(struct bpf_iter__task_file *ctx)
{
	struct file___socket *file = (void *)ctx->file;
	struct eg_listener at = {};
	struct socket *socket;
	struct sock *sk;
	u32 yes = 1;

	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	socket = BPF_CORE_READ(file, private_data);
	sk = BPF_CORE_READ(socket, sk);
	if (!sk || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP ||
	    BPF_CORE_READ(sk, __sk_common.skc_state) != TCP_LISTEN)
		return 0;
	at.netns = compat_netns(BPF_CORE_READ(sk, __sk_common.skc_net.net));
	at.port = BPF_CORE_READ(sk, __sk_common.skc_num);
	bpf_map_update_elem(&listeners, &at, &yes, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
