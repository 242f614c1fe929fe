/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Reads the headers of a packet that leaves: how long they are, to whom it goes. The
 * common shapes by direct access, the rest (options, extension headers, headers
 * outside the linear part) by copies.
 */
#ifndef EGRESS_PACKET_H
#define EGRESS_PACKET_H

#include "maps.h"
#include "net.h"

struct eg_packet {
	u8 daddr[16];
	u32 l3_bytes;     /* IP header with options and extension headers */
	u16 sport, dport; /* host order; 0 where the protocol has none */
	u8 family, proto; /* of the packet */
	u8 pad[6];
} __attribute__((aligned(8)));

static __always_inline bool is_v4(const struct __sk_buff *skb)
{
	return skb->protocol == bpf_htons(ETH_P_IP);
}

static __always_inline void daddr_v4(u8 daddr[16], u32 address)
{
	((u32 *)daddr)[0] = 0;
	((u32 *)daddr)[1] = 0;
	((u32 *)daddr)[2] = bpf_htonl(0xffff);
	((u32 *)daddr)[3] = address;
}

/* Skips IPv6 extension headers; six are more than any host sends. Gives the offset of
 * what follows, and its protocol in the low byte. Global functions (here and below)
 * are walked once by the verifier, not from every caller. */
__noinline u32 skip_extensions(struct __sk_buff *skb, u32 proto)
{
	u32 at = 40;
	u8 h[2];

	for (int i = 0; i < 6; i++) {
		if (proto != IPPROTO_HOPOPTS && proto != IPPROTO_ROUTING &&
		    proto != IPPROTO_DSTOPTS && proto != IPPROTO_FRAGMENT)
			break;
		if (bpf_skb_load_bytes(skb, at, h, sizeof(h)))
			break;
		at += proto == IPPROTO_FRAGMENT ? 8 : (h[1] + 1) * 8;
		proto = h[0];
	}
	return at << 8 | (proto & 0xff);
}

/* Any packet, by copies. 0, or -1 when it is shorter than its headers. */
static __noinline int packet_parse(struct __sk_buff *skb, struct eg_packet *p)
{
	u8 h[40];
	u16 ports[2];
	u32 after;

	if (!p)
		return -1;
	__builtin_memset(p, 0, sizeof(*p));
	if (is_v4(skb)) {
		if (bpf_skb_load_bytes(skb, 0, h, 20))
			return -1;
		p->family = AF_INET;
		p->l3_bytes = (h[0] & 15) * 4;
		p->proto = h[9];
		daddr_v4(p->daddr, *(u32 *)(h + 16));
	} else {
		if (bpf_skb_load_bytes(skb, 0, h, 40))
			return -1;
		p->family = AF_INET6;
		after = skip_extensions(skb, h[6]);
		p->l3_bytes = after >> 8;
		p->proto = after & 0xff;
		__builtin_memcpy(p->daddr, h + 24, 16);
	}
	if (p->proto != IPPROTO_TCP && p->proto != IPPROTO_UDP && p->proto != IPPROTO_UDPLITE &&
	    p->proto != IPPROTO_SCTP)
		return 0;
	if (bpf_skb_load_bytes(skb, p->l3_bytes, ports, 4))
		return 0;
	p->sport = bpf_ntohs(ports[0]);
	p->dport = bpf_ntohs(ports[1]);
	return 0;
}

#define TCP_FLAG_FIN 1
#define TCP_FLAG_SYN 2

/* What billing needs of a TCP packet, in one number that a function may return. */
static __always_inline u64 tcp_pack(u32 seq, u32 headers, u8 flags)
{
	return (u64)seq << 32 | headers << 8 | flags;
}

/* ip: the IP header; tcp: the TCP header, 14 bytes of which are readable. */
static __always_inline u64 tcp_fields(void *tcp, u32 ip_bytes)
{
	return tcp_pack(bpf_ntohl(*(u32 *)(tcp + 4)), ip_bytes + (*(u8 *)(tcp + 12) >> 4) * 4,
			*(u8 *)(tcp + 13));
}

/* Options, extension headers, or headers outside the linear part; 0: no TCP header to be seen. */
__noinline u64 tcp_parse(struct __sk_buff *skb)
{
	struct eg_packet p;
	u8 h[16];

	if (packet_parse(skb, &p) || p.proto != IPPROTO_TCP ||
	    bpf_skb_load_bytes(skb, p.l3_bytes, h, sizeof(h)))
		return 0;
	return tcp_fields(h, p.l3_bytes);
}

/* Sequence number, bytes of IP and TCP header, flags. 0 for a packet that does not show them: with
 * IPsec by policy the packet of a TCP socket is an encrypted one. */
static __always_inline u64 tcp_header(struct __sk_buff *skb)
{
	void *data = (void *)(u64)skb->data, *end = (void *)(u64)skb->data_end;

	/* IPv4 and IPv6 without options: what a TCP stream looks like */
	if (data + 40 <= end && *(u8 *)data == 0x45 && *(u8 *)(data + 9) == IPPROTO_TCP)
		return tcp_fields(data + 20, 20);
	if (data + 60 <= end && *(u8 *)data >> 4 == 6 && *(u8 *)(data + 6) == IPPROTO_TCP)
		return tcp_fields(data + 40, 40);
	return tcp_parse(skb);
}

/* L4 header bytes of a packet that is not TCP. */
static __always_inline u32 l4_bytes(u8 proto)
{
	if (proto == IPPROTO_UDP || proto == IPPROTO_UDPLITE)
		return UDP_HEADER_BYTES;
	return proto == IPPROTO_SCTP ? SCTP_HEADER_BYTES : 0;
}

#endif
