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

#define IFINDEX_LOOPBACK 1 /* in every network namespace */
#define ARPHRD_TUNNEL 768
#define ARPHRD_TUNNEL6 769
#define ARPHRD_SIT 776
#define ARPHRD_IPGRE 778
#define ARPHRD_IP6GRE 823
#define KIND_BYTES 12

static __always_inline struct sk_buff *skb_address(struct __sk_buff *skb, struct eg_sock *s)
{
	u64 address;

	*(volatile u64 *)&s->scratch = (u64)skb;
	address = *(volatile u64 *)&s->scratch;
	s->scratch = 0;
	return (struct sk_buff *)address;
}

static __always_inline bool kind_is(const char kind[KIND_BYTES], const char *name, int len)
{
	for (int i = 0; i < len; i++)
		if (kind[i] != name[i])
			return false;
	return true;
}
#define KIND_IS(kind, name) kind_is(kind, name, sizeof(name))

/* EG_FLOW_* that follow from the device. */
static __noinline u32 device_flags(struct net_device *dev)
{
	u16 type = BPF_CORE_READ(dev, type);
	struct rtnl_link_ops *ops = (void *)BPF_CORE_READ(dev, rtnl_link_ops);
	char kind[KIND_BYTES] = {};

	if (type == ARPHRD_TUNNEL || type == ARPHRD_TUNNEL6 || type == ARPHRD_SIT ||
	    type == ARPHRD_IPGRE || type == ARPHRD_IP6GRE)
		return EG_FLOW_TUNNEL;
	if (!ops || bpf_probe_read_kernel_str(kind, sizeof(kind), BPF_CORE_READ(ops, kind)) < 0)
		return 0;
	if (KIND_IS(kind, "tun"))
		return EG_FLOW_TUN;
	if (KIND_IS(kind, "wireguard") || KIND_IS(kind, "vxlan") || KIND_IS(kind, "geneve") ||
	    KIND_IS(kind, "gretap") || KIND_IS(kind, "ip6gretap") || KIND_IS(kind, "erspan") ||
	    KIND_IS(kind, "vti") || KIND_IS(kind, "vti6") || KIND_IS(kind, "xfrm") ||
	    KIND_IS(kind, "bareudp") || KIND_IS(kind, "ovpn") || KIND_IS(kind, "gtp"))
		return EG_FLOW_TUNNEL;
	return 0;
}

/* Brings the device bits of `flags` up to date with the device this packet takes. */
static __always_inline u8 flags_for_device(struct __sk_buff *skb, struct eg_sock *s, u8 flags)
{
	flags &= ~(EG_FLOW_LOOPBACK | EG_FLOW_TUNNEL | EG_FLOW_TUN);
	if (skb->ifindex == IFINDEX_LOOPBACK)
		return flags | EG_FLOW_LOOPBACK;
	return flags | device_flags(BPF_CORE_READ(skb_address(skb, s), dev));
}

#endif
