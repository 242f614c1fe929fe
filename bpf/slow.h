/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * What happens once a socket, once a destination, once an owner: filling keys and
 * finding rows. Each step is a global function that takes numbers only and finds the
 * socket's storage anew: the verifier then walks it once, alone, and the path of every
 * packet stays short.
 */
#ifndef EGRESS_SLOW_H
#define EGRESS_SLOW_H

#include "device.h"
#include "kernels.h"
#include "owner.h"
#include "packet.h"
#include "row.h"

#include "egress/types.h"

static __always_inline struct eg_sock *storage_of(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (sk)
		sk = bpf_sk_fullsock(sk);
	return sk ? bpf_sk_storage_get(&sockets, sk, 0, 0) : NULL;
}

/* --- TCP ------------------------------------------------------------------- */

/* Did the peer begin? For a socket older than the sensor the list of ports that
 * listened at the start decides. */
static __always_inline u8 tcp_init(struct eg_sock *s, u32 state, u16 local_port)
{
	struct eg_listener at = { .netns = s->key.netns, .port = local_port };

	if (state == TCP_SYN_SENT)
		return EG_INIT_CONNECTED;
	if (state == TCP_SYN_RECV || state == TCP_LISTEN || s->kind == KIND_LISTENER)
		return EG_INIT_ACCEPTED;
	return bpf_map_lookup_elem(&listeners, &at) ? EG_INIT_ACCEPTED : EG_INIT_CONNECTED;
}

/* The sequence number behind the last byte that TCP has sent, this packet's included. The first one of
 * all is what was acknowledged before `snd_una`; for the side that accepted that is one too many
 * (no SYN of its own was counted), so never behind what was written. (A packet that the local
 * queue refused counts twice in bytes_sent: the same bound holds it.) */
static __always_inline u32 tcp_sent_to(struct tcp_sock *tp, u32 state)
{
	u32 written = tp->write_seq;
	u32 end =
		tp->snd_una - (u32)tp->bytes_acked + 1 + (u32)(tp->bytes_sent - tp->bytes_retrans);

	if (state != TCP_SYN_SENT && state != TCP_SYN_RECV && state != TCP_ESTABLISHED &&
	    state != TCP_CLOSE_WAIT)
		written--; /* the FIN */
	return (int)(end - written) > 0 ? written : end;
}

/* tcp_start() for a packet that shows no TCP header. A SYN, unless it is repeated. */
static __always_inline void hidden_start(struct eg_sock *s, struct tcp_sock *tp, u32 state)
{
	u32 first = tp->snd_una + 1, sent = (u32)(tp->bytes_sent - tp->bytes_retrans);

	if (state != TCP_SYN_SENT)
		s->high = tp->snd_nxt;
	else if (s->kind != KIND_TCP || s->high - first > sent)
		s->high = first;
}

/* Where billing starts: at the first byte of this packet that was not sent before. A
 * SYN begins a life, unless it is repeated after its data went out with it. */
static __always_inline void tcp_start(struct __sk_buff *skb, struct eg_sock *s, struct tcp_sock *tp,
				      u64 header)
{
	u32 seq = header >> 32, headers = (u32)header >> 8;
	u32 payload = skb->len > headers ? skb->len - headers : 0;
	struct eg_cpu *cpu;

	if (!(header & TCP_FLAG_SYN)) {
		s->high = tp->snd_nxt;
		return;
	}
	if (tp->bytes_sent > payload)
		return;
	if (s->kind == KIND_TCP && s->high != seq + 1) { /* after tcp_disconnect() */
		cpu = eg_cpu();
		if (cpu)
			eg_add(&cpu->clock_back, 1);
	}
	s->high = seq + 1;
}

/* Where a packet goes that is something else on its way (IPsec): as its socket meant it. */
static __always_inline void packet_hidden(struct bpf_sock *sk, struct eg_packet *p)
{
	u32 *to = (u32 *)p->daddr;

	if (sk)
		sk = bpf_sk_fullsock(sk);
	if (!sk)
		return;
	p->sport = sk->src_port;
	p->dport = bpf_ntohs(sk->dst_port);
	if (!p->dport) /* not connected: the packet's own address is all there is */
		return;
	if (sk->family == AF_INET) {
		daddr_v4(p->daddr, sk->dst_ip4);
		p->family = AF_INET;
		return;
	}
	to[0] = sk->dst_ip6[0];
	to[1] = sk->dst_ip6[1];
	to[2] = sk->dst_ip6[2];
	to[3] = sk->dst_ip6[3];
	p->family = !to[0] && !to[1] && to[2] == bpf_htonl(0xffff) ? AF_INET : AF_INET6;
}

/* Fills the fixed parts of a TCP socket's key from its first packet (or from the SYN
 * of its next life). 0, or -1 without a readable header. */
__noinline int tcp_begin(struct __sk_buff *skb, u32 state, u64 header)
{
	struct eg_sock *s = storage_of(skb);
	struct tcp_sock *tp = NULL;
	struct eg_packet p;
	struct sk_buff *k;
	bool scanned;

	if (skb->sk)
		tp = bpf_skc_to_tcp_sock(skb->sk);
	if (!s || !tp || packet_parse(skb, &p))
		return -1;
	scanned = s->baseline && s->kind == KIND_NEW;
	if (!header)
		packet_hidden(skb->sk, &p);
	if (!scanned && header)
		tcp_start(skb, s, tp, header);
	else if (!scanned)
		hidden_start(s, tp, state);
	s->owner_high = s->high;
	k = skb_address(skb, s);
	s->key.netns = compat_netns(BPF_CORE_READ(k, sk, __sk_common.skc_net.net));
	__builtin_memcpy(s->key.daddr, p.daddr, 16);
	if (state == TCP_LISTEN) /* one row a listener: SYN floods carry any address */
		__builtin_memset(s->key.daddr, 0, 16);
	s->key.family = p.family;
	s->key.proto = IPPROTO_TCP;
	s->key.column = EG_COLUMN_EGRESS;
	if (!scanned)
		s->key.init = tcp_init(s, state, p.sport);
	s->key.port = s->key.init == EG_INIT_ACCEPTED ? p.sport : p.dport;
	s->key.flags = flags_for_device(skb, k, s->key.flags);
	s->ifindex = skb->ifindex;
	if (!s->key.cgroup_id)
		s->key.cgroup_id = bpf_skb_cgroup_id(skb);
	s->kind = state == TCP_LISTEN ? KIND_LISTENER : KIND_TCP;
	s->ref = 0;
	return 0;
}

/* Another task owns the lock than the one remembered, before its packet is billed. If
 * the one before has sent, several processes write this socket, and what it left in the
 * queue goes out in the name of the next. */
__noinline int tcp_new_owner(struct __sk_buff *skb)
{
	struct eg_sock *s = storage_of(skb);
	struct eg_owner o;
	struct eg_cpu *cpu;

	if (!s)
		return -1;
	owner_current(&o);
	if (o.tgid && is_kernels(BPF_CORE_READ(skb_address(skb, s), sk))) {
		if (s->key.flags & EG_FLOW_KERNEL)
			return 0;
		owner_kernel(&o, KERNEL_ITSELF);
	}
	if (o.kernel == KERNEL_ITSELF) {
		s->owner_high = s->high; /* what a process sends after is its own alone */
	} else if (s->key.tgid && o.tgid && s->key.tgid != o.tgid) {
		if (s->high != s->owner_high && !(s->key.flags & EG_FLOW_SHARED)) {
			s->key.flags |= EG_FLOW_SHARED;
			cpu = eg_cpu();
			if (cpu)
				eg_add(&cpu->shared_sockets, 1);
		}
		s->owner_high = s->high;
	}
	owner_set(&s->key, &o);
	s->ref = 0;
	return 0;
}

/* The route moved to another device. */
__noinline int tcp_new_device(struct __sk_buff *skb)
{
	struct eg_sock *s = storage_of(skb);

	if (!s)
		return -1;
	s->key.flags = flags_for_device(skb, skb_address(skb, s), s->key.flags);
	s->ifindex = skb->ifindex;
	s->ref = 0;
	return 0;
}

__noinline u64 tcp_find_row(struct __sk_buff *skb)
{
	struct eg_sock *s = storage_of(skb);

	if (!s)
		return 0;
	s->ref = row_ref(&s->key);
	return s->ref;
}

/* --- everything else ------------------------------------------------------- */

__noinline int other_begin(struct __sk_buff *skb, u32 type, u32 proto)
{
	struct eg_sock *s = storage_of(skb);
	struct sock *sk;

	if (!s)
		return -1;
	sk = BPF_CORE_READ(skb_address(skb, s), sk);
	s->key.netns = compat_netns(BPF_CORE_READ(sk, __sk_common.skc_net.net));
	s->key.init = EG_INIT_NONE;
	if (proto == IPPROTO_UDP || proto == IPPROTO_UDPLITE)
		s->key.init = EG_INIT_DATAGRAM;
	s->bound = !!(BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks) & SOCK_BINDPORT_LOCK);
	s->key.proto = proto;
	if (BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock))
		s->kind = KIND_KERNEL;
	else if (proto == IPPROTO_SCTP && type != SOCK_RAW)
		s->kind = KIND_LOCKED;
	else
		s->kind = KIND_DATAGRAM;
	return 0;
}

/* SCTP sends in softirq too: the lock-owner rule, by probe read. */
static __always_inline void locked_owner(struct __sk_buff *skb, struct eg_sock *s,
					 struct eg_owner *o)
{
	if (BPF_CORE_READ(skb_address(skb, s), sk, sk_lock.owned)) {
		owner_current(o);
		if (!o->kernel)
			owner_set(&s->key, o);
	}
	o->tgid = s->key.tgid;
	o->start_ns = s->key.start_ns;
	o->uid = s->key.uid;
	o->cgroup_id = s->key.cgroup_id;
	o->kernel = KERNEL_NOT;
}

static __always_inline void other_owner(struct __sk_buff *skb, struct eg_sock *s,
					struct eg_owner *o)
{
	if (s->kind == KIND_DATAGRAM) {
		owner_current(o);
	} else {
		owner_kernel(o, KERNEL_ITSELF);
		if (s->kind == KIND_LOCKED)
			locked_owner(skb, s, o);
	}
}

/* Datagrams have no side that began. If the program chose its port, the lower of the
 * two is the service (a server answers from it); else the peer's. Raw: none. */
static __always_inline u16 other_port(const struct eg_sock *s, u16 sport, u16 dport)
{
	if (s->key.init != EG_INIT_DATAGRAM && s->kind != KIND_LOCKED)
		return 0;
	return s->bound && sport < dport ? sport : dport;
}

/* Builds the key of a packet that is not TCP on the stack (other processors may be
 * sending from the same socket) and remembers its row. */
__noinline u64 other_find_row(struct __sk_buff *skb)
{
	struct eg_sock *s = storage_of(skb);
	struct eg_flow_key key = {};
	struct eg_packet p;
	struct eg_owner o;
	u64 ref;

	if (!s || packet_parse(skb, &p))
		return 0;
	if (s->key.init == EG_INIT_DATAGRAM && p.proto != s->key.proto) {
		packet_hidden(skb->sk, &p);
		p.proto = s->key.proto;
	}
	other_owner(skb, s, &o);
	owner_set(&key, &o);
	if (!key.cgroup_id)
		key.cgroup_id = bpf_skb_cgroup_id(skb);
	key.netns = s->key.netns;
	if (s->kind != KIND_KERNEL) /* its answers go to any address a stranger writes */
		__builtin_memcpy(key.daddr, p.daddr, 16);
	key.port = other_port(s, p.sport, p.dport);
	key.family = p.family;
	key.proto = p.proto;
	key.init = s->key.init;
	key.column = EG_COLUMN_EGRESS;
	key.flags = flags_for_device(skb, skb_address(skb, s), key.flags);
	ref = row_ref(&key);
	s->ifindex = skb->ifindex;
	s->ref = ref;
	return ref;
}

/* Raw sockets: what the application handed over. */
__noinline u32 raw_payload(struct __sk_buff *skb, u32 proto)
{
	struct eg_sock *s = storage_of(skb);
	struct eg_packet p;

	if (!s || packet_parse(skb, &p))
		return 0;
	if (s->kind == KIND_KERNEL && proto == IPPROTO_TCP)
		return 0; /* resets and TIME_WAIT answers */
	if (compat_hdrincl((void *)BPF_CORE_READ(skb_address(skb, s), sk)))
		return skb->len;
	return skb->len > p.l3_bytes ? skb->len - p.l3_bytes : 0;
}

/* No storage (its memory charge was refused): the bytes are counted by the headers,
 * retransmissions included, to nobody; storage_refused says so. Gives the payload. */
__noinline u32 nobody_payload(struct __sk_buff *skb)
{
	struct eg_cpu *cpu = eg_cpu();
	struct eg_packet p;
	u32 headers;

	if (cpu)
		eg_add(&cpu->storage_refused, 1);
	if (packet_parse(skb, &p))
		return 0;
	headers =
		p.proto == IPPROTO_TCP ? (u32)tcp_parse(skb) >> 8 : p.l3_bytes + l4_bytes(p.proto);
	return skb->len > headers ? skb->len - headers : 0;
}

#endif
