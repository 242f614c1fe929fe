/* SPDX-License-Identifier: Apache-2.0
 *
 * Words for the shared enumerations; see vocab.h.
 */
#include "base/vocab.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/cleanup.h"

static const char *const init_names[EG_INIT_COUNT] = { "unknown", "accepted", "connected",
						       "datagram", "none" };
static const char *const scope_names[EG_SCOPE_COUNT] = { "unknown",    "loopback", "host-local",
							 "link-local", "private",  "multicast",
							 "public" };
static const char *const level_names[EG_LEVEL_COUNT] = { "none", "notice", "ticket", "page" };

/* Index of s in names, or -EINVAL. */
static int find_word(const char *const *names, size_t count, const char *s)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], s) == 0)
			return (int)i;
	return -EINVAL;
}

const char *init_name(unsigned int init)
{
	return init < EG_INIT_COUNT ? init_names[init] : init_names[0];
}

const char *scope_name(unsigned int scope)
{
	return scope < EG_SCOPE_COUNT ? scope_names[scope] : scope_names[0];
}

const char *level_name(unsigned int level)
{
	return level < EG_LEVEL_COUNT ? level_names[level] : level_names[0];
}

const char *proto_name(unsigned int proto)
{
	switch (proto) {
	case IPPROTO_ICMP: return "icmp";
	case IPPROTO_TCP: return "tcp";
	case IPPROTO_UDP: return "udp";
	case IPPROTO_ICMPV6: return "ipv6-icmp";
	case IPPROTO_SCTP: return "sctp";
	case IPPROTO_UDPLITE: return "udplite";
	case IPPROTO_RAW: return "raw";
	default: return "";
	}
}

int init_parse(const char *s, enum eg_init *ret)
{
	int i = find_word(init_names, ARRAY_SIZE(init_names), s);

	if (i >= 0)
		*ret = (enum eg_init)i;
	return i < 0 ? i : 0;
}

int scope_parse(const char *s, enum eg_scope *ret)
{
	int i = find_word(scope_names, ARRAY_SIZE(scope_names), s);

	if (i >= 0)
		*ret = (enum eg_scope)i;
	return i < 0 ? i : 0;
}

int level_parse(const char *s, enum eg_level *ret)
{
	int i = find_word(level_names, ARRAY_SIZE(level_names), s);

	if (i >= 0)
		*ret = (enum eg_level)i;
	return i < 0 ? i : 0;
}
