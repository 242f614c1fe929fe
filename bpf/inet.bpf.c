/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Group `egress` where no program can be attached to a cgroup: what send calls accepted
 * on IP sockets, each byte once, to the process that made the call. What TCP sent again
 * comes from its own counters, by an iterator that the daemon runs at each reading and
 * when a connection ends. Packets and their headers are not seen from here, and only a
 * connected socket tells where its bytes go.
 */
#define EG_TRUSTED_TASK
#include "echo.h"
#include "kernels.h"
#include "owner.h"
#include "row.h"

#include "egress/types.h"

#include <bpf/bpf_tracing.h>

#define TCP_CLOSED 7
#define V4_LOOPBACK 127

enum { ADDRESS_BYTES = 16, V4_AT = 12 };

static __always_inline bool family_ip(u16 family)
{
	return family == AF_INET || family == AF_INET6;
}

static __always_inline void v4_map(u8 a[ADDRESS_BYTES], u32 v4)
{
	__builtin_memset(a, 0, ADDRESS_BYTES);
	a[10] = 0xff;
	a[11] = 0xff;
	*(u32 *)(a + V4_AT) = v4;
}

static __always_inline bool is_mapped(const u8 a[ADDRESS_BYTES])
{
	return !*(const u64 *)a && *(const u32 *)(a + 8) == bpf_htonl(0xffff);
}

static __always_inline bool same(const u8 a[ADDRESS_BYTES], const u8 b[ADDRESS_BYTES])
{
	return *(const u64 *)a == *(const u64 *)b && *(const u64 *)(a + 8) == *(const u64 *)(b + 8);
}

/* ::1, 127.0.0.0/8, or an address of its own. */
static __always_inline bool is_loopback(const u8 to[ADDRESS_BYTES], const u8 from[ADDRESS_BYTES])
{
	static const u8 one[ADDRESS_BYTES] = { [15] = 1 };

	if (is_mapped(to) && to[V4_AT] == V4_LOOPBACK)
		return true;
	return *(const u32 *)(to + V4_AT) && (same(to, one) || same(to, from));
}

static __always_inline void addresses(struct eg_flow_key *key, struct sock *sk, u16 family)
{
	u8 from[ADDRESS_BYTES] = {};

	if (family == AF_INET) {
		v4_map(key->daddr, BPF_CORE_READ(sk, __sk_common.skc_daddr));
		v4_map(from, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
		if (!*(u32 *)(key->daddr + V4_AT)) /* not connected */
			__builtin_memset(key->daddr, 0, ADDRESS_BYTES);
	} else {
		BPF_CORE_READ_INTO(&key->daddr, sk, __sk_common.skc_v6_daddr);
		BPF_CORE_READ_INTO(&from, sk, __sk_common.skc_v6_rcv_saddr);
	}
	key->family = is_mapped(key->daddr) ? AF_INET : family;
	if (is_loopback(key->daddr, from))
		key->flags |= EG_FLOW_LOOPBACK;
}

/* Did the peer begin? A port that listens, or did when the sensor started. */
static __always_inline void stream_side(struct eg_flow_key *key, u16 local, u16 remote)
{
	struct eg_listener at = { .netns = key->netns, .port = local };

	key->init = bpf_map_lookup_elem(&listeners, &at) ? EG_INIT_ACCEPTED : EG_INIT_CONNECTED;
	key->port = key->init == EG_INIT_ACCEPTED ? local : remote;
}

static __always_inline void protocol(struct eg_flow_key *key, struct sock *sk)
{
	u16 type = BPF_CORE_READ(sk, sk_type), proto = BPF_CORE_READ(sk, sk_protocol);
	u16 local = BPF_CORE_READ(sk, __sk_common.skc_num);
	u16 remote = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));

	key->proto = proto == IPPROTO_MPTCP ? IPPROTO_TCP : proto;
	key->init = EG_INIT_NONE;
	if (key->proto == IPPROTO_TCP && type == SOCK_STREAM) {
		stream_side(key, local, remote);
	} else if (type == SOCK_DGRAM && (proto == IPPROTO_UDP || proto == IPPROTO_UDPLITE)) {
		key->init = EG_INIT_DATAGRAM;
		key->port = remote ? remote
				   : (BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks) &
						      SOCK_BINDPORT_LOCK
					      ? local
					      : 0);
	} else if (proto == IPPROTO_SCTP) {
		key->port = remote;
	}
}

/* Finds or makes the row of a call, and bills it. Gives the row's reference. */
static __noinline u64 call_ref(struct sock *sk, u16 family)
{
	struct eg_flow_key key = {};
	struct eg_owner o;

	key.column = EG_COLUMN_EGRESS;
	key.netns = compat_netns(BPF_CORE_READ(sk, __sk_common.skc_net.net));
	addresses(&key, sk, family);
	protocol(&key, sk);
	owner_current_probe(&o);
	if (o.tgid && (key.proto == IPPROTO_TCP ? is_kernels(sk) : is_kern_sock(sk)))
		owner_kernel(&o, KERNEL_ITSELF);
	owner_set(&key, &o);
	return row_ref(&key);
}

static __always_inline u64 call_bill(struct sock *sk, u16 family, int ret)
{
	struct eg_event e = { .payload_bytes = ret };
	u64 ref = call_ref(sk, family);

	eg_bill(row_by_ref(ref), &e, EG_COLUMN_EGRESS);
	return ref;
}

/* --- the calls --------------------------------------------------------------- */

SEC("tp_btf/sock_send_length")
int BPF_PROG(inet_send__tp_btf, struct sock *sk, int ret)
{
	u16 family = sk->__sk_common.skc_family;
	struct tcp_sock *tp;
	struct eg_sock *s;
	u64 ref;

	if (ret <= 0 || !family_ip(family) || send_is_echo(sk))
		return 0;
	ref = call_bill(sk, family, ret);
	s = socket_storage(sk);
	if (!s) /* refused: only what TCP sends again of it is not known */
		return 0;
	s->ref = ref;
	tp = s->bound ? NULL : bpf_skc_to_tcp_sock(sk);
	s->bound = 1; /* free here: says that `high` is the baseline */
	if (tp)
		s->high = tp->bytes_retrans;
	return 0;
}

SEC("tracepoint/sock/sock_send_length")
int inet_send__tracepoint(struct send_record *record)
{
	if (record->ret > 0 && family_ip(record->family) && !send_is_echo(record->sk))
		call_bill(record->sk, record->family, record->ret);
	return 0;
}

/* --- ports that listen, connections that end ------------------------------------ */

static __always_inline void listener_note(struct sock *sk)
{
	struct eg_listener at = {};
	u32 yes = 1;

	at.netns = compat_netns(BPF_CORE_READ(sk, __sk_common.skc_net.net));
	at.port = BPF_CORE_READ(sk, __sk_common.skc_num);
	bpf_map_update_elem(&listeners, &at, &yes, 0);
}

/* Adds what TCP sent again since the last look to the row that its bytes went to. */
static __always_inline void again_bill(struct eg_sock *s, struct tcp_sock *tp)
{
	u32 now = tp->bytes_retrans, more = now - s->high;
	struct eg_row *row = row_by_ref(s->ref);

	s->high = now;
	if (row && more)
		eg_add(&row->val.retrans_bytes, more);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(inet_state__tp_btf, struct sock *sk, int before, int after)
{
	struct tcp_sock *tp;
	struct eg_sock *s;

	if (after == TCP_LISTEN)
		listener_note(sk);
	if (after != TCP_CLOSED || sk->sk_type != SOCK_STREAM || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	s = bpf_sk_storage_get(&sockets, sk, 0, 0);
	tp = bpf_skc_to_tcp_sock(sk);
	if (s && s->bound && tp)
		again_bill(s, tp);
	return 0;
}

struct state_record {
	u64 common;
	struct sock *sk;
	int before, after;
};

SEC("tracepoint/sock/inet_sock_set_state")
int inet_state__tracepoint(struct state_record *record)
{
	if (record->after == TCP_LISTEN)
		listener_note(record->sk);
	return 0;
}

/* Sockets that sent, of all network namespaces. */
SEC("iter/bpf_sk_storage_map")
int inet_again__iter(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct eg_sock *s = ctx->value;
	struct sock *sk = ctx->sk;
	struct tcp_sock *tp;

	if (!s || !s->bound || !sk)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (tp && sk->sk_type == SOCK_STREAM)
		again_bill(s, tp);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
