/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Group `egress`: one program sees every IP packet that leaves a socket and bills its
 * bytes to the process that sent them. The hot path is: what this socket remembers,
 * the two counters TCP keeps itself (or the datagram's length), is the sender still
 * the same, add. Everything else happens once a socket.
 */
#include "device.h"
#include "owner.h"
#include "packet.h"
#include "row.h"

#include "egress/types.h"

enum { SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_RAW = 3 };
enum { TCP_ESTABLISHED = 1, TCP_SYN_SENT = 2, TCP_SYN_RECV = 3, TCP_LISTEN = 10 };
enum { SOCK_BINDPORT_LOCK = 8 };

/* --- what every packet has ------------------------------------------------- */

static __always_inline void event_wire(struct __sk_buff *skb, struct eg_event *e, u32 headers)
{
	u32 segments = skb->gso_segs;

	e->wire_bytes = skb->len;
	if (segments > 1) {
		e->more_packets = segments - 1;
		e->wire_bytes += (u64)(segments - 1) * headers;
	}
}

static __always_inline struct net *skb_net(struct __sk_buff *skb, struct eg_sock *s)
{
	return BPF_CORE_READ(skb_address(skb, s), sk, __sk_common.skc_net.net);
}

/* The bytes of a flow nobody may own, or of one that finds no room. */
static __always_inline struct eg_row *row_of(struct eg_sock *s, const struct eg_flow_key *key)
{
	struct eg_row *row = row_by_ref(s->ref);
	u64 ref;

	if (row)
		return row;
	ref = row_ref(key);
	s->ref = ref;
	return row_by_ref(ref);
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

/* Fills the fixed parts of a TCP socket's key from its first packet. */
static __noinline int tcp_begin(struct __sk_buff *skb, struct eg_sock *s, u32 state)
{
	struct eg_packet p;
	bool known = s && s->baseline && s->kind == KIND_NEW; /* by the scan */

	if (!s || packet_parse(skb, &p))
		return -1;
	s->key.netns = compat_netns(skb_net(skb, s));
	__builtin_memcpy(s->key.daddr, p.daddr, 16);
	s->key.family = p.family;
	s->key.proto = IPPROTO_TCP;
	s->key.column = EG_COLUMN_EGRESS;
	if (!known)
		s->key.init = tcp_init(s, state, p.sport);
	s->key.port = s->key.init == EG_INIT_ACCEPTED ? p.sport : p.dport;
	s->key.flags = flags_for_device(skb, s, s->key.flags);
	s->ifindex = skb->ifindex;
	if (!s->key.cgroup_id)
		s->key.cgroup_id = bpf_skb_cgroup_id(skb);
	if (state == TCP_LISTEN) /* one row a listener: SYN floods carry any address */
		__builtin_memset(s->key.daddr, 0, 16);
	s->kind = state == TCP_LISTEN ? KIND_LISTENER : KIND_TCP;
	s->ref = 0;
	return 0;
}

/* First sight of a socket in mid-life, which the scan did not know: what it sent
 * before this packet is the past. */
static __noinline void tcp_baseline(struct __sk_buff *skb, struct eg_sock *s, u64 now, u64 retrans)
{
	u32 headers = tcp_headers_bytes(skb);
	u32 payload = skb->len > headers ? skb->len - headers : 0;

	if (!s)
		return;
	s->last_sent = now > payload ? now - payload : 0;
	s->last_retrans = retrans;
	s->baseline = 1;
}

static __always_inline void tcp_new_owner(struct eg_sock *s, const struct eg_owner *o)
{
	if (s->key.tgid && o->tgid && s->key.tgid != o->tgid) {
		if (o->tgid == s->prev_tgid && !(s->key.flags & EG_FLOW_SHARED)) {
			struct eg_cpu *cpu = eg_cpu();

			s->key.flags |= EG_FLOW_SHARED;
			if (cpu)
				eg_add(&cpu->shared_sockets, 1);
		}
		s->prev_tgid = s->key.tgid;
	}
	owner_set(&s->key, o);
	s->ref = 0;
}

/* The lock-owner rule: while a task owns the socket lock, it is the one that sends;
 * in softirq `current` is a stranger and the remembered owner stands. */
static __always_inline void tcp_owner(struct eg_sock *s, struct tcp_sock *tp)
{
	struct eg_owner o;

	if (!tp->inet_conn.icsk_inet.sk.sk_lock.owned)
		return;
	owner_current(&o);
	if (o.kthread && s->key.tgid) /* a worker pushes what a process wrote */
		return;
	if (!owner_same(&s->key, &o) || (o.kthread && !(s->key.flags & EG_FLOW_KERNEL)))
		tcp_new_owner(s, &o);
}

static __always_inline void tcp_bill(struct __sk_buff *skb, struct bpf_sock *sk, struct eg_sock *s,
				     struct tcp_sock *tp)
{
	struct eg_event e = {};
	u64 retrans = tp->bytes_retrans, now = tp->bytes_sent - retrans;
	u32 state = sk->state;

	event_wire(skb, &e, skb->gso_segs > 1 ? tcp_headers_bytes(skb) : 0);
	if (s->kind != KIND_TCP || state == TCP_SYN_SENT) {
		bool fresh = s->kind == KIND_NEW && !s->baseline;

		if (!(s->kind == KIND_LISTENER && state == TCP_LISTEN) && tcp_begin(skb, s, state))
			return eg_bill(NULL, &e, EG_COLUMN_EGRESS);
		if (fresh && state != TCP_SYN_SENT && state != TCP_SYN_RECV && state != TCP_LISTEN)
			tcp_baseline(skb, s, now, retrans);
	}
	if (now < s->last_sent || retrans < s->last_retrans) { /* tcp_disconnect() */
		struct eg_cpu *cpu = eg_cpu();

		if (cpu)
			eg_add(&cpu->clock_back, 1);
		s->last_sent = 0;
		s->last_retrans = 0;
	}
	e.payload_bytes = now - s->last_sent;
	e.retrans_bytes = retrans - s->last_retrans;
	s->last_sent = now;
	s->last_retrans = retrans;

	tcp_owner(s, tp);
	if (s->ifindex != skb->ifindex) {
		s->key.flags = flags_for_device(skb, s, s->key.flags);
		s->ifindex = skb->ifindex;
		s->ref = 0;
	}
	/* bare acknowledgements of a socket whose owner has not shown yet make no row */
	if (!s->key.tgid && !e.payload_bytes && !(s->key.flags & EG_FLOW_KERNEL))
		return eg_bill(NULL, &e, EG_COLUMN_EGRESS);
	eg_bill(row_of(s, &s->key), &e, EG_COLUMN_EGRESS);
}

/* --- everything else ------------------------------------------------------- */

/* Datagrams have no side that began. If the program chose its port, the lower of the
 * two is the service (a server answers from it); else the peer's. */
static __always_inline u16 datagram_port(const struct eg_sock *s, const struct eg_packet *p)
{
	return s->bound && p->sport < p->dport ? p->sport : p->dport;
}

static __noinline int other_begin(struct __sk_buff *skb, struct eg_sock *s, u32 type_proto)
{
	u32 type = type_proto >> 16, proto = type_proto & 0xffff;
	struct sock *sk;

	if (!s)
		return -1;
	sk = BPF_CORE_READ(skb_address(skb, s), sk);
	s->key.netns = compat_netns(BPF_CORE_READ(sk, __sk_common.skc_net.net));
	s->key.init = EG_INIT_NONE;
	if (proto == IPPROTO_UDP || proto == IPPROTO_UDPLITE)
		s->key.init = EG_INIT_DATAGRAM;
	s->bound = !!(BPF_CORE_READ(sk, sk_userlocks) & SOCK_BINDPORT_LOCK);
	s->key.proto = proto;
	if (BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock))
		s->kind = KIND_KERNEL;
	else if (proto == IPPROTO_SCTP && type != SOCK_RAW)
		s->kind = KIND_LOCKED;
	else
		s->kind = KIND_DATAGRAM;
	return 0;
}

static __always_inline bool daddr_same(const u8 a[16], const u8 b[16])
{
	const u64 *x = (const void *)a, *y = (const void *)b;

	return x[0] == y[0] && x[1] == y[1];
}

/* The row this datagram belongs to. Other processors may be sending from the same
 * socket, so nothing but the fixed parts of its key is used, and the remembered row is
 * believed only after its own key was compared. */
static __always_inline struct eg_row *datagram_row(struct __sk_buff *skb, struct eg_sock *s,
						   const struct eg_packet *p,
						   const struct eg_owner *o)
{
	struct eg_row *row = row_by_ref(s->ref);
	u16 port = s->key.init == EG_INIT_DATAGRAM || s->kind == KIND_LOCKED ? datagram_port(s, p) : 0;
	struct eg_flow_key key;
	u64 ref;

	if (row && s->ifindex == skb->ifindex && owner_same(&row->key, o) &&
	    row->key.port == port && row->key.proto == p->proto && row->key.family == p->family &&
	    daddr_same(row->key.daddr, p->daddr))
		return row;

	key = s->key;
	key.flags = 0;
	owner_set(&key, o);
	if (!key.cgroup_id)
		key.cgroup_id = bpf_skb_cgroup_id(skb);
	__builtin_memcpy(key.daddr, p->daddr, 16);
	key.port = port;
	key.family = p->family;
	key.proto = p->proto;
	key.flags = flags_for_device(skb, s, key.flags);
	ref = row_ref(&key);
	s->ifindex = skb->ifindex;
	s->ref = ref;
	return row_by_ref(ref);
}

/* What the application handed over of a packet of `len` bytes. */
static __always_inline u64 datagram_payload(struct __sk_buff *skb, struct bpf_sock *sk,
					    struct eg_sock *s, const struct eg_packet *p, u32 headers)
{
	if (sk->type == SOCK_RAW) {
		if (s->kind == KIND_KERNEL && sk->protocol == IPPROTO_TCP)
			return 0; /* resets and TIME_WAIT answers: no payload */
		if (compat_hdrincl((void *)BPF_CORE_READ(skb_address(skb, s), sk)))
			return skb->len;
		headers = p->l3_bytes;
	}
	return skb->len > headers ? skb->len - headers : 0;
}

/* SCTP sends in softirq too: the lock-owner rule, by probe read. */
static __always_inline void locked_owner(struct __sk_buff *skb, struct eg_sock *s, struct eg_owner *o)
{
	if (BPF_CORE_READ(skb_address(skb, s), sk, sk_lock.owned)) {
		owner_current(o);
		if (!o->kthread)
			owner_set(&s->key, o);
	}
	o->tgid = s->key.tgid;
	o->start_ns = s->key.start_ns;
	o->uid = s->key.uid;
	o->cgroup_id = s->key.cgroup_id;
	o->kthread = 0;
}

static __always_inline void other_bill(struct __sk_buff *skb, struct bpf_sock *sk, struct eg_sock *s)
{
	void *data = (void *)(u64)skb->data, *end = (void *)(u64)skb->data_end;
	struct eg_event e = {};
	struct eg_owner o = {};
	struct eg_packet p;
	u32 headers;

	if (s->kind == KIND_NEW)
		other_begin(skb, s, sk->type << 16 | sk->protocol);
	if (sk->type == SOCK_DGRAM && data + 28 <= end && *(u8 *)data == 0x45) {
		__builtin_memset(&p, 0, sizeof(p));
		p.l3_bytes = 20;
		p.family = AF_INET;
		p.proto = *(u8 *)(data + 9);
		daddr_v4(p.daddr, *(u32 *)(data + 16));
		if (p.proto == IPPROTO_UDP) {
			p.sport = bpf_ntohs(*(u16 *)(data + 20));
			p.dport = bpf_ntohs(*(u16 *)(data + 22));
		}
	} else if (packet_parse(skb, &p)) {
		event_wire(skb, &e, 0);
		return eg_bill(NULL, &e, EG_COLUMN_EGRESS);
	}
	headers = p.l3_bytes + l4_bytes(p.proto);
	event_wire(skb, &e, headers);
	e.payload_bytes = datagram_payload(skb, sk, s, &p, headers);
	if (s->kind == KIND_DATAGRAM)
		owner_current(&o);
	else if (s->kind == KIND_LOCKED)
		locked_owner(skb, s, &o);
	else
		o.kthread = 1;
	eg_bill(datagram_row(skb, s, &p, &o), &e, EG_COLUMN_EGRESS);
}

/* --- the program ----------------------------------------------------------- */

/* No storage (its memory charge was refused): the bytes are counted by the headers,
 * retransmissions included, to nobody; storage_refused says so. */
static __noinline void bill_nobody(struct __sk_buff *skb)
{
	struct eg_event e = {};
	struct eg_cpu *cpu = eg_cpu();
	struct eg_packet p;
	u32 headers = 0;

	if (!packet_parse(skb, &p))
		headers = p.proto == IPPROTO_TCP ? tcp_headers_bytes(skb) : p.l3_bytes + l4_bytes(p.proto);
	event_wire(skb, &e, headers);
	e.payload_bytes = skb->len > headers ? skb->len - headers : 0;
	if (cpu)
		eg_add(&cpu->storage_refused, 1);
	eg_bill(NULL, &e, EG_COLUMN_EGRESS);
}

SEC("cgroup_skb/egress")
int egress_skb__cgroup(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct tcp_sock *tp;
	struct eg_sock *s;

	if (sk)
		sk = bpf_sk_fullsock(sk);
	if (!sk) {
		bill_nobody(skb);
		return 1;
	}
	s = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!s) {
		bill_nobody(skb);
		return 1;
	}
	/* the type first: before 7.2 a raw socket of protocol TCP passes for a tcp_sock */
	if (sk->protocol == IPPROTO_TCP && sk->type == SOCK_STREAM) {
		tp = bpf_skc_to_tcp_sock(sk);
		if (tp)
			tcp_bill(skb, sk, s, tp);
		return 1;
	}
	other_bill(skb, sk, s);
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
