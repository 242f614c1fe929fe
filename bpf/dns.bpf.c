/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Group `dns`: copies of the answers that resolvers give to this host's sockets, so that
 * addresses get the names they were asked by. Every packet that comes in passes here:
 * for what is no UDP from port 53 that is two loads and two comparisons. Never drops,
 * never counts bytes.
 */
#include "compat.h"
#include "net.h"

#include "egress/dns_abi.h"

#define DNS_PORT 53
#define DNS_HEADER_BYTES 12

/* Answers. Size: see EG_DNS_RING_BYTES. Full: the name stays unknown, counted. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, EG_DNS_RING_BYTES);
} dns_ring SEC(".maps");

/* Written by us alone, read by the daemon. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, EG_DNS_LOSSES);
	__type(key, u32);
	__type(value, u64);
} dns_losses SEC(".maps");

/* Offset of the UDP header of a datagram from port 53; 0: it is something else. */
static __always_inline u32 dns_offset(struct __sk_buff *skb)
{
	void *ip = (void *)(u64)skb->data, *end = (void *)(u64)skb->data_end;
	u32 at = 40;

	if (ip + 48 > end) {
		if (ip + 28 > end)
			return 0;
	} else if (*(u8 *)ip >> 4 == 6) {
		return *(u8 *)(ip + 6) == IPPROTO_UDP && *(u16 *)(ip + 40) == bpf_htons(DNS_PORT)
			       ? at
			       : 0;
	}
	/* IPv4 without options: resolvers send none */
	at = 20;
	return *(u8 *)ip == 0x45 && *(u8 *)(ip + 9) == IPPROTO_UDP &&
			       *(u16 *)(ip + 20) == bpf_htons(DNS_PORT) &&
			       !(*(u16 *)(ip + 6) & bpf_htons(0x1fff))
		       ? at
		       : 0;
}

static __always_inline void dns_lost(void)
{
	u32 key = EG_DNS_LOST;
	u64 *lost = bpf_map_lookup_elem(&dns_losses, &key);

	if (lost)
		__sync_fetch_and_add(lost, 1);
}

/* Namespace, and whether the socket is connected to port 53. The context's address as a
 * number goes through memory: the verifier tracks registers. */
static __always_inline void dns_socket(struct __sk_buff *skb, struct eg_dns_event *e)
{
	struct sk_buff *k;
	struct sock *sk;

	*(volatile u64 *)&e->netns = (u64)skb;
	k = (struct sk_buff *)*(volatile u64 *)&e->netns;
	sk = BPF_CORE_READ(k, sk);
	e->netns = compat_netns(BPF_CORE_READ(sk, __sk_common.skc_net.net));
	e->connected = BPF_CORE_READ(sk, __sk_common.skc_dport) == bpf_htons(DNS_PORT);
}

static __always_inline long dns_fill(struct __sk_buff *skb, struct eg_dns_event *e, u32 at)
{
	u64 len = skb->len - at - UDP_HEADER_BYTES;

	dns_socket(skb, e);
	e->pad = 0;
	e->pad2 = 0;
	__builtin_memset(e->server, 0, sizeof(e->server));
	if (at == 40) {
		if (bpf_skb_load_bytes(skb, 8, e->server, 16))
			return -1;
	} else {
		e->server[10] = 0xff;
		e->server[11] = 0xff;
		if (bpf_skb_load_bytes(skb, 12, e->server + 12, 4))
			return -1;
	}
	/* One comparison each, on the whole register: verifiers before 5.15 lose bounds that
	 * the compiler folds into one. */
	barrier_var(len);
	if (len < DNS_HEADER_BYTES)
		return -1;
	barrier_var(len);
	if (len > EG_DNS_BYTES)
		len = EG_DNS_BYTES;
	barrier_var(len);
	e->len = len;
	return bpf_skb_load_bytes(skb, at + UDP_HEADER_BYTES, e->data, len);
}

SEC("cgroup_skb/ingress")
int dns_skb__cgroup(struct __sk_buff *skb)
{
	u32 at = dns_offset(skb);
	struct eg_dns_event *e;

	if (!at || skb->len < at + UDP_HEADER_BYTES + DNS_HEADER_BYTES)
		return 1;
	e = bpf_ringbuf_reserve(&dns_ring, sizeof(*e), 0);
	if (!e) {
		dns_lost();
		return 1;
	}
	if (dns_fill(skb, e, at))
		bpf_ringbuf_discard(e, 0);
	else
		bpf_ringbuf_submit(e, 0);
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
