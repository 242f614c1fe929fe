/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Slow-path looks at kernel objects behind a packet that its context does not show:
 * device, namespace, flags of the socket. Typed pointers to them are not to be had in
 * cgroup_skb before 6.2, so the address of the context goes through the socket's
 * storage, where a pointer becomes a number, and is read by probes.
 */
#ifndef EGRESS_DEVICE_H
#define EGRESS_DEVICE_H

#include "maps.h"
#include "net.h"

#define ARPHRD_TUNNEL 768
#define ARPHRD_TUNNEL6 769
#define ARPHRD_SIT 776
#define ARPHRD_IPGRE 778
#define ARPHRD_IP6GRE 823

static __always_inline struct sk_buff *skb_address(struct __sk_buff *skb, struct eg_sock *s)
{
	u64 address;

	*(volatile u64 *)&s->scratch = (u64)skb;
	address = *(volatile u64 *)&s->scratch;
	s->scratch = 0;
	return (struct sk_buff *)address;
}

/* The first eight bytes of a name as one number. */
#define KIND(a, b, c, d, e, f, g, h)                                                   \
	((u64)(a) | (u64)(b) << 8 | (u64)(c) << 16 | (u64)(d) << 24 | (u64)(e) << 32 | \
	 (u64)(f) << 40 | (u64)(g) << 48 | (u64)(h) << 56)

static __always_inline u32 kind_flags(u64 kind)
{
	switch (kind) {
	case KIND('t', 'u', 'n', 0, 0, 0, 0, 0): return EG_FLOW_TUN;
	case KIND('w', 'i', 'r', 'e', 'g', 'u', 'a', 'r'):
	case KIND('v', 'x', 'l', 'a', 'n', 0, 0, 0):
	case KIND('g', 'e', 'n', 'e', 'v', 'e', 0, 0):
	case KIND('g', 'r', 'e', 't', 'a', 'p', 0, 0):
	case KIND('i', 'p', '6', 'g', 'r', 'e', 't', 'a'):
	case KIND('e', 'r', 's', 'p', 'a', 'n', 0, 0):
	case KIND('i', 'p', '6', 'e', 'r', 's', 'p', 'a'):
	case KIND('v', 't', 'i', 0, 0, 0, 0, 0):
	case KIND('v', 't', 'i', '6', 0, 0, 0, 0):
	case KIND('x', 'f', 'r', 'm', 0, 0, 0, 0):
	case KIND('b', 'a', 'r', 'e', 'u', 'd', 'p', 0):
	case KIND('o', 'v', 'p', 'n', 0, 0, 0, 0):
	case KIND('g', 't', 'p', 0, 0, 0, 0, 0): return EG_FLOW_TUNNEL;
	default: return 0;
	}
}

/* EG_FLOW_* that follow from the device. A global function, so that the verifier walks
 * it once and not from every caller. */
__noinline u32 device_flags(u64 address)
{
	struct net_device *dev = (void *)address;
	u16 type = BPF_CORE_READ(dev, type);
	struct rtnl_link_ops *ops = (void *)BPF_CORE_READ(dev, rtnl_link_ops);
	u64 kind = 0;
	long len;

	if (type == ARPHRD_TUNNEL || type == ARPHRD_TUNNEL6 || type == ARPHRD_SIT ||
	    type == ARPHRD_IPGRE || type == ARPHRD_IP6GRE)
		return EG_FLOW_TUNNEL;
	if (!ops)
		return 0;
	/* names of seven and fewer end in NUL inside the eight */
	len = bpf_probe_read_kernel_str(&kind, sizeof(kind), BPF_CORE_READ(ops, kind));
	if (len == sizeof(kind))
		bpf_probe_read_kernel(&kind, sizeof(kind), BPF_CORE_READ(ops, kind));
	return kind_flags(kind);
}

/* Brings the device bits of `flags` up to date with the device this packet takes. */
static __always_inline u8 flags_for_device(struct __sk_buff *skb, struct sk_buff *kernel_skb,
					   u8 flags)
{
	flags &= ~(EG_FLOW_LOOPBACK | EG_FLOW_TUNNEL | EG_FLOW_TUN);
	if (skb->ifindex == IFINDEX_LOOPBACK)
		return flags | EG_FLOW_LOOPBACK;
	return flags | device_flags((u64)BPF_CORE_READ(kernel_skb, dev));
}

#endif
