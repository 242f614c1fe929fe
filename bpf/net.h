/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
 *
 * Numbers of protocols, families and states, as the kernel's user ABI fixes them.
 */
#ifndef EGRESS_NET_H
#define EGRESS_NET_H

#include "kern_types.h"

#include <bpf/bpf_endian.h>

#define ETH_P_IP 0x0800
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_PACKET 17
#define AF_VSOCK 40
#define AF_SMC 43
#define IPPROTO_HOPOPTS 0
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_ROUTING 43
#define IPPROTO_FRAGMENT 44
#define IPPROTO_DSTOPTS 60
#define IPPROTO_SCTP 132
#define IPPROTO_UDPLITE 136
#define IPPROTO_SMC 256
#define IPPROTO_MPTCP 262
#define UDP_HEADER_BYTES 8
#define SCTP_HEADER_BYTES 12
#define IFINDEX_LOOPBACK 1 /* in every network namespace */

enum { SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_RAW = 3, SOCK_SEQPACKET = 5 };
enum {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
	TCP_CLOSE = 7,
	TCP_CLOSE_WAIT = 8,
	TCP_LISTEN = 10
};
enum { SOCK_BINDPORT_LOCK = 8 };
enum { S_IFMT = 0170000, S_IFSOCK = 0140000 };

#endif
