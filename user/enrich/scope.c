/* SPDX-License-Identifier: Apache-2.0
 *
 * Destination scope from address, family and device. A table of prefixes with their
 * RFCs; the first that matches wins. Pure.
 */
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "enrich/enrich.h"
#include "enrich/scope.h"

struct prefix {
	uint8_t addr[16];
	uint8_t bits;
	enum eg_scope scope;
};

#define V4(a, b, c, d)                        \
	{                                     \
		[10] = 0xff, 0xff, a, b, c, d \
	}
#define V4_BITS(n) (96 + (n))

static const struct prefix prefixes[] = {
	{ V4(0, 0, 0, 0), V4_BITS(32), EG_SCOPE_UNKNOWN },
	{ V4(127, 0, 0, 0), V4_BITS(8), EG_SCOPE_LOOPBACK },          /* RFC 1122 3.2.1.3 */
	{ V4(169, 254, 0, 0), V4_BITS(16), EG_SCOPE_LINK_LOCAL },     /* RFC 3927 */
	{ V4(10, 0, 0, 0), V4_BITS(8), EG_SCOPE_PRIVATE },            /* RFC 1918 */
	{ V4(172, 16, 0, 0), V4_BITS(12), EG_SCOPE_PRIVATE },         /* RFC 1918 */
	{ V4(192, 168, 0, 0), V4_BITS(16), EG_SCOPE_PRIVATE },        /* RFC 1918 */
	{ V4(100, 64, 0, 0), V4_BITS(10), EG_SCOPE_PRIVATE },         /* RFC 6598 */
	{ V4(224, 0, 0, 0), V4_BITS(4), EG_SCOPE_MULTICAST },         /* RFC 5771 */
	{ V4(255, 255, 255, 255), V4_BITS(32), EG_SCOPE_LINK_LOCAL }, /* RFC 919: never routed */
	{ { [15] = 0 }, 128, EG_SCOPE_UNKNOWN },
	{ { [15] = 1 }, 128, EG_SCOPE_LOOPBACK },    /* RFC 4291 2.5.3 */
	{ { 0xfe, 0x80 }, 10, EG_SCOPE_LINK_LOCAL }, /* RFC 4291 2.5.6 */
	{ { 0xfe, 0xc0 }, 10, EG_SCOPE_PRIVATE },    /* RFC 3879: deprecated, still inside a site */
	{ { 0xfc }, 7, EG_SCOPE_PRIVATE },           /* RFC 4193 */
	{ { 0xff }, 8, EG_SCOPE_MULTICAST },         /* RFC 4291 2.7 */
};

static bool prefix_matches(const struct prefix *p, const uint8_t addr[16])
{
	size_t bytes = p->bits / 8;
	unsigned int rest = p->bits % 8;

	if (memcmp(p->addr, addr, bytes) != 0)
		return false;
	return rest == 0 || (p->addr[bytes] ^ addr[bytes]) >> (8 - rest) == 0;
}

/* RFC 6052: an IPv4 address behind NAT64 is as far away as that address. */
static bool unwrap_nat64(const uint8_t addr[16], uint8_t ret[16])
{
	static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
	static const uint8_t mapped[12] = { [10] = 0xff, 0xff };

	if (memcmp(addr, nat64, sizeof(nat64)) != 0)
		return false;
	memcpy(ret, mapped, 12);
	memcpy(ret + 12, addr + 12, 4);
	return true;
}

enum eg_scope scope_of_addr(const uint8_t addr[16])
{
	uint8_t inner[16];

	if (unwrap_nat64(addr, inner))
		addr = inner;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (prefix_matches(&prefixes[i], addr))
			return prefixes[i].scope;
	return EG_SCOPE_PUBLIC;
}

/* CID 1 is the own machine (vsock(7)); others are a hypervisor, a guest or a sibling. */
static enum eg_scope scope_of_vsock(const struct eg_flow_key *key)
{
	static const uint8_t cid_local[4] = { 0, 0, 0, 1 };

	if (key->flags & EG_FLOW_LOOPBACK || memcmp(key->daddr + 12, cid_local, 4) == 0)
		return EG_SCOPE_HOST_LOCAL;
	return EG_SCOPE_PRIVATE;
}

enum eg_scope enrich_scope(const struct eg_flow_key *key)
{
	/* what a writer of a shared socket gave to it: its packets have rows of their own */
	if (key->column == EG_COLUMN_HANDOFF && (key->family == AF_INET || key->family == AF_INET6))
		return EG_SCOPE_HOST_LOCAL;
	switch (key->family) {
	case AF_UNIX: return EG_SCOPE_HOST_LOCAL;
	case AF_VSOCK: return scope_of_vsock(key);
	default: break;
	}
	if (key->flags & EG_FLOW_LOOPBACK)
		return EG_SCOPE_LOOPBACK;
	if (key->family == AF_PACKET)
		return EG_SCOPE_PUBLIC;
	return scope_of_addr(key->daddr);
}
