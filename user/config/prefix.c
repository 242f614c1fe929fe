/* SPDX-License-Identifier: Apache-2.0
 *
 * Parsing and comparing of prefixes; see prefix.h.
 */
#include "config/prefix.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"

enum { PREFIX_TEXT = 64, V4_OFFSET = 96 };

bool prefix_has(const struct prefix *p, const uint8_t addr[16])
{
	unsigned int whole = p->bits / 8u, rest = p->bits % 8u;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	return memcmp(addr, p->addr, whole) == 0 &&
	       (!rest || (addr[whole] & mask) == (p->addr[whole] & mask));
}

bool prefix_holds(const struct prefix *outer, const struct prefix *inner)
{
	return inner->bits >= outer->bits && prefix_has(outer, inner->addr);
}

static void clear_host_bits(struct prefix *p)
{
	for (unsigned int bit = p->bits; bit < 128; bit++)
		p->addr[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

int prefix_parse(const char *text, struct prefix *ret)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char addr[PREFIX_TEXT];
	unsigned int offset;
	uint64_t bits;

	if (len >= sizeof(addr))
		return -EINVAL;
	snprintf(addr, sizeof(addr), "%.*s", (int)len, text);
	if (parse_addr(addr, ret->addr) != 0)
		return -EINVAL;
	offset = strchr(addr, ':') ? 0 : V4_OFFSET;
	bits = 128 - offset;
	if (slash && (parse_u64(slash + 1, &bits) != 0 || bits > 128 - offset))
		return -EINVAL;
	ret->bits = (uint8_t)(offset + bits);
	clear_host_bits(ret);
	return 0;
}
