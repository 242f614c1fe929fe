/* SPDX-License-Identifier: Apache-2.0 OR BSD-2-Clause OR GPL-2.0-only
 *
 * The vocabulary every stage shares: how a flow began, where it goes, how loud
 * an alert is. Plain enumerations with fixed numbers (they are stored and sent),
 * no code. Names for people and JSON are in user/base/vocab.h.
 */
#ifndef EGRESS_TYPES_H
#define EGRESS_TYPES_H

/* Who began the conversation, seen from this host (egress.initiation). */
enum eg_init {
	EG_INIT_UNKNOWN = 0,
	EG_INIT_ACCEPTED = 1,  /* the peer connected to a port listening here */
	EG_INIT_CONNECTED = 2, /* this host connected out */
	EG_INIT_DATAGRAM = 3,  /* UDP, UDP-Lite: no connection to begin */
	EG_INIT_NONE = 4,      /* raw, ICMP, packet sockets */
	EG_INIT_COUNT
};

/* Where the bytes go (egress.scope). Decided from address and device. */
enum eg_scope {
	EG_SCOPE_UNKNOWN = 0,
	EG_SCOPE_LOOPBACK = 1,   /* lo device or an address of the own namespace */
	EG_SCOPE_HOST_LOCAL = 2, /* AF_UNIX, AF_VSOCK to self */
	EG_SCOPE_LINK_LOCAL = 3,
	EG_SCOPE_PRIVATE = 4, /* RFC 1918, 100.64/10, ULA, AF_VSOCK off-host */
	EG_SCOPE_MULTICAST = 5,
	EG_SCOPE_PUBLIC = 6, /* the rest, documentation ranges too; AF_PACKET */
	EG_SCOPE_COUNT
};

/* Loudness. Maps once to ECS 21/47/73, OCSF, CEF and syslog (see alert/). */
enum eg_level {
	EG_LEVEL_NONE = 0,
	EG_LEVEL_NOTICE = 1,
	EG_LEVEL_TICKET = 2,
	EG_LEVEL_PAGE = 3,
	EG_LEVEL_COUNT
};

#endif
