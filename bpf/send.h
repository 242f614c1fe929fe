/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * The key and the row of a socket whose bytes are counted by the result of its send
 * calls: AF_UNIX, AF_VSOCK, AF_PACKET. Shared by all rungs of group `handoff`.
 */
#ifndef EGRESS_SEND_H
#define EGRESS_SEND_H

#include "net.h"
#include "owner.h"
#include "row.h"

#include "egress/types.h"

static __always_inline void unix_key(struct eg_flow_key *key, struct sock *sk)
{
	if (BPF_CORE_READ(sk, sk_type) == SOCK_DGRAM)
		key->init = EG_INIT_DATAGRAM;
	else /* an accepted socket carries its listener's name, a connecting one has none */
		key->init = BPF_CORE_READ((struct unix_sock *)sk, addr) ? EG_INIT_ACCEPTED
									: EG_INIT_CONNECTED;
}

/* A connecting side is given a high port, so the lower one is the service. */
static __always_inline void vsock_key(struct eg_flow_key *key, struct sock *sk)
{
	struct vsock_sock *v = (void *)sk;
	u32 local, remote, port;

	if (!bpf_core_type_exists(struct vsock_sock))
		return;
	local = BPF_CORE_READ(v, local_addr.svm_port);
	remote = BPF_CORE_READ(v, remote_addr.svm_port);
	*(u32 *)(key->daddr + 12) = bpf_htonl(BPF_CORE_READ(v, remote_addr.svm_cid));
	key->init = local < remote ? EG_INIT_ACCEPTED : EG_INIT_CONNECTED;
	port = local < remote ? local : remote;
	key->port = port <= 0xffff ? port : 0;
}

static __always_inline void socket_key(struct eg_flow_key *key, struct sock *sk, u16 family)
{
	key->family = family;
	key->column = EG_COLUMN_HANDOFF;
	key->init = EG_INIT_NONE;
	key->netns = compat_netns(BPF_CORE_READ(sk, __sk_common.skc_net.net));
	if (family == AF_UNIX)
		unix_key(key, sk);
	else if (family == AF_VSOCK)
		vsock_key(key, sk);
}

static __always_inline bool family_ours(u16 family)
{
	return family == AF_UNIX || family == AF_VSOCK || family == AF_PACKET;
}

/* The row of a sender's socket; flags: EG_FLOW_*. */
static __noinline u64 send_ref(struct sock *sk, u16 family, const struct eg_owner *o, u32 flags)
{
	struct eg_flow_key key = {};

	if (!o)
		return 0;
	socket_key(&key, sk, family);
	key.flags = flags;
	owner_set(&key, o);
	return row_ref(&key);
}

#endif
