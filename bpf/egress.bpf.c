/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Group `egress`: one program sees every IP packet that leaves a socket and bills its
 * bytes to the process that sent them. This file is the path of every packet: what the
 * socket remembers, the two counters TCP keeps itself (or the datagram's length), is
 * the sender still the same, add. What happens once a socket is in slow.h.
 */
#include "slow.h"

#define TCP_WINDOW_MAX (1U << 30) /* RFC 7323 */

static __always_inline void event_wire(struct __sk_buff *skb, struct eg_event *e, u32 headers)
{
	u32 segments = skb->gso_segs;

	e->wire_bytes = skb->len;
	if (segments > 1) {
		e->more_packets = segments - 1;
		e->wire_bytes += (u64)(segments - 1) * headers;
	}
}

/* --- TCP ------------------------------------------------------------------- */

/* The lock-owner rule: while a task owns the socket lock, it is the one that sends;
 * in softirq `current` is a stranger and the remembered owner stands. Not for a listener:
 * its SYN-ACKs are sent in softirq without that lock, which somebody in accept() may
 * hold meanwhile. */
static __always_inline void tcp_owner(struct __sk_buff *skb, struct eg_sock *s, struct tcp_sock *tp)
{
	struct eg_owner o;

	if (!tp->inet_conn.icsk_inet.sk.sk_lock.owned)
		return;
	owner_current(&o);
	if (o.kernel && s->key.flags & EG_FLOW_KERNEL)
		return;
	if (o.kernel == KERNEL_WORKER && s->key.tgid)
		return; /* it pushes what a process wrote */
	if (o.kernel || !owner_same(&s->key, &o))
		tcp_new_owner(skb);
}

/* New is what lies behind the highest sequence number seen; the rest was sent before.
 * (TCP's own bytes_sent counts a packet twice that the local queue refused.) */
static __always_inline void tcp_event(struct __sk_buff *skb, struct eg_sock *s, struct eg_event *e,
				      u64 header)
{
	u32 seq = header >> 32, headers = (u32)header >> 8;
	u32 payload = skb->len > headers ? skb->len - headers : 0;
	u32 end = seq + payload + (header & TCP_FLAG_SYN ? 1 : 0);
	u32 fresh = end - s->high;

	event_wire(skb, e, headers);
	/* the last of a connection lies behind all its bytes, also those of a gap in which
	 * no program was attached; an acknowledgement after it lies one further */
	if (!payload && !(header & TCP_FLAG_FIN))
		return;
	if ((int)fresh <= 0) {
		e->retrans_bytes = payload;
		return;
	}
	/* more than this packet: some were stopped by a filter before the hook; they leave
	 * later and then look sent again. Beyond any window: not the sequence we knew. */
	if (fresh > payload + TCP_WINDOW_MAX)
		fresh = payload;
	s->high = end;
	e->payload_bytes = fresh;
	e->retrans_bytes = payload > fresh ? payload - fresh : 0;
}

/* A packet that shows no TCP header (IPsec): by the socket's own counters, which stand for this
 * packet already. What TCP sent again is not told apart then. */
static __always_inline void hidden_event(struct __sk_buff *skb, struct eg_sock *s,
					 struct eg_event *e, struct tcp_sock *tp, u32 state)
{
	u32 end = tcp_sent_to(tp, state), fresh = end - s->high;

	event_wire(skb, e, 0);
	if ((int)fresh <= 0)
		return;
	s->high = end;
	if (fresh <= TCP_WINDOW_MAX)
		e->payload_bytes = fresh;
}

/* Fills the event and gives the row it belongs to; NULL: nobody's. */
static __always_inline struct eg_row *tcp_row(struct __sk_buff *skb, struct bpf_sock *sk,
					      struct eg_sock *s, struct tcp_sock *tp,
					      struct eg_event *e)
{
	u64 header = tcp_header(skb);
	u32 state = sk->state;
	struct eg_row *row;

	if ((s->kind != KIND_TCP && (s->kind != KIND_LISTENER || state != TCP_LISTEN)) ||
	    state == TCP_SYN_SENT)
		tcp_begin(skb, state, header);
	if (state != TCP_LISTEN)
		tcp_owner(skb, s, tp);
	if (header)
		tcp_event(skb, s, e, header);
	else
		hidden_event(skb, s, e, tp, state);
	if (s->ifindex != skb->ifindex)
		tcp_new_device(skb);
	/* bare acknowledgements of a socket whose owner has not shown yet make no row */
	if (!s->key.tgid && !e->payload_bytes && !(s->key.flags & EG_FLOW_KERNEL))
		return NULL;
	row = row_by_ref(s->ref);
	return row ? row : row_by_ref(tcp_find_row(skb));
}

/* --- everything else ------------------------------------------------------- */

static __always_inline bool daddr_same(const u8 a[16], const u8 b[16])
{
	const u64 *x = (const void *)a, *y = (const void *)b;

	return x[0] == y[0] && x[1] == y[1];
}

static __always_inline bool daddr_is_v4(const u8 a[16], u32 address)
{
	return *(const u32 *)(a + 12) == address;
}

/* UDP over IPv4 without options: is it the remembered row? */
static __always_inline bool udp4_same(struct eg_sock *s, const struct eg_flow_key *key, void *ip)
{
	return key->family == AF_INET && key->proto == *(u8 *)(ip + 9) &&
	       daddr_is_v4(key->daddr, *(u32 *)(ip + 16)) &&
	       key->port ==
		       other_port(s, bpf_ntohs(*(u16 *)(ip + 20)), bpf_ntohs(*(u16 *)(ip + 22)));
}

static __always_inline bool udp6_same(struct eg_sock *s, const struct eg_flow_key *key, void *ip)
{
	return key->family == AF_INET6 && key->proto == *(u8 *)(ip + 6) &&
	       daddr_same(key->daddr, ip + 24) &&
	       key->port ==
		       other_port(s, bpf_ntohs(*(u16 *)(ip + 40)), bpf_ntohs(*(u16 *)(ip + 42)));
}

/* A datagram of the shape nearly all have: lengths without parsing, and the remembered
 * row, believed only after its own key was compared (other processors may be sending
 * from the same socket). False: not of that shape. */
static __always_inline bool datagram_quick(struct __sk_buff *skb, struct eg_sock *s,
					   struct eg_event *e, struct eg_row **ret)
{
	void *ip = (void *)(u64)skb->data, *end = (void *)(u64)skb->data_end;
	struct eg_row *row = row_by_ref(s->ref);
	struct eg_owner o;
	u32 headers;
	bool same;

	if (!row || s->kind != KIND_DATAGRAM || s->ifindex != skb->ifindex)
		return false;
	if (ip + 28 <= end && *(u8 *)ip == 0x45) {
		headers = 20 + l4_bytes(row->key.proto);
		same = udp4_same(s, &row->key, ip);
	} else if (ip + 48 <= end && *(u8 *)ip >> 4 == 6) {
		headers = 40 + l4_bytes(row->key.proto);
		same = udp6_same(s, &row->key, ip);
	} else {
		return false;
	}
	if (!same)
		return false;
	owner_current(&o);
	if (o.kernel || !owner_same(&row->key, &o))
		return false;
	event_wire(skb, e, headers);
	e->payload_bytes = skb->len > headers ? skb->len - headers : 0;
	*ret = row;
	return true;
}

static __always_inline struct eg_row *other_row(struct __sk_buff *skb, struct bpf_sock *sk,
						struct eg_sock *s, struct eg_event *e)
{
	struct eg_row *row = NULL;
	struct eg_packet p;
	u32 headers = 0;

	if (s->kind == KIND_NEW)
		other_begin(skb, sk->type, sk->protocol);
	if (sk->type == SOCK_DGRAM && datagram_quick(skb, s, e, &row))
		return row;
	if (!packet_parse(skb, &p))
		headers = p.l3_bytes + l4_bytes(p.proto);
	event_wire(skb, e, headers);
	if (sk->type == SOCK_RAW)
		e->payload_bytes = raw_payload(skb, sk->protocol);
	else
		e->payload_bytes = skb->len > headers ? skb->len - headers : 0;
	return row_by_ref(other_find_row(skb));
}

/* --- the program ----------------------------------------------------------- */

static __always_inline struct eg_row *egress_row(struct __sk_buff *skb, struct eg_event *e)
{
	struct bpf_sock *sk = skb->sk;
	struct eg_sock *s = NULL;
	struct tcp_sock *tp;

	if (sk)
		sk = bpf_sk_fullsock(sk);
	if (sk)
		s = socket_storage(sk);
	if (!sk || !s) {
		event_wire(skb, e, 0);
		e->payload_bytes = nobody_payload(skb);
		return NULL;
	}
	/* the type first: before 7.2 a raw socket of protocol TCP passes for a tcp_sock */
	if (sk->protocol != IPPROTO_TCP || sk->type != SOCK_STREAM)
		return other_row(skb, sk, s, e);
	tp = bpf_skc_to_tcp_sock(sk);
	return tp ? tcp_row(skb, sk, s, tp, e) : NULL;
}

SEC("cgroup_skb/egress")
int egress_skb__cgroup(struct __sk_buff *skb)
{
	struct eg_event e = {};

	if (!eg_deaf)
		eg_bill(egress_row(skb, &e), &e, EG_COLUMN_EGRESS);
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
