/* SPDX-License-Identifier: Apache-2.0
 *
 * libevent's evdns; see reverse.h. Questions are kept in a list: those under way when
 * we close get no answer, and are freed here.
 */
#include "daemon/reverse.h"

#include <errno.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "enrich/enrich.h"

enum {
	UNDER_WAY_MAX = 32, /* questions at once */
	TIMEOUT_S = 3,
};

struct reverse {
	struct evdns_base *dns;
	struct enrich *enrich;
	struct question *questions;
	unsigned int under_way;
};

struct question {
	struct reverse *reverse;
	uint64_t netns;
	uint8_t addr[16];
	struct question *prev, *next;
};

int reverse_open(struct event_base *base, const char *resolver, struct enrich *enrich,
		 struct reverse **ret)
{
	struct reverse *r = calloc(1, sizeof(*r));
	char timeout[16];
	int failed;

	if (!r)
		return -ENOMEM;
	r->enrich = enrich;
	r->dns = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (!r->dns) {
		free(r);
		return -ENOMEM;
	}
	snprintf(timeout, sizeof(timeout), "%d", TIMEOUT_S);
	failed = evdns_base_set_option(r->dns, "timeout:", timeout) ||
		 evdns_base_set_option(r->dns, "attempts:", "1");
	if (!failed)
		failed = *resolver ? evdns_base_nameserver_ip_add(r->dns, resolver)
				   : evdns_base_resolv_conf_parse(r->dns, DNS_OPTION_NAMESERVERS,
								  "/etc/resolv.conf");
	if (failed || evdns_base_count_nameservers(r->dns) == 0) {
		reverse_close(r);
		return -EINVAL;
	}
	*ret = r;
	return 0;
}

void reverse_close(struct reverse *r)
{
	struct question *q, *next;

	if (!r)
		return;
	evdns_base_free(r->dns, 0);
	DL_FOREACH_SAFE(r->questions, q, next)
	{
		free(q);
	}
	free(r);
}

static void forget(struct question *q)
{
	DL_DELETE(q->reverse->questions, q);
	q->reverse->under_way--;
	free(q);
}

static void answered(int result, char type, int count, int ttl, void *addresses, void *ctx)
{
	struct question *q = ctx;
	const char *name = NULL;

	(void)ttl;
	if (result == DNS_ERR_NONE && type == DNS_PTR && count > 0)
		name = *(char *const *)addresses;
	enrich_tell_reverse(q->reverse->enrich, q->netns, q->addr, name);
	forget(q);
}

static bool ask(struct reverse *r, uint64_t netns, const uint8_t addr[16])
{
	static const uint8_t v4_mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct question *q = calloc(1, sizeof(*q));
	struct evdns_request *request;
	struct in6_addr v6;
	struct in_addr v4;

	if (!q)
		return false;
	*q = (struct question){ .reverse = r, .netns = netns };
	memcpy(q->addr, addr, 16);
	memcpy(&v6, addr, 16);
	memcpy(&v4, addr + 12, 4);
	DL_APPEND(r->questions, q);
	r->under_way++;
	request = memcmp(addr, v4_mapped, sizeof(v4_mapped)) == 0
			  ? evdns_base_resolve_reverse(r->dns, &v4, 0, answered, q)
			  : evdns_base_resolve_reverse_ipv6(r->dns, &v6, 0, answered, q);
	if (!request)
		forget(q);
	return request != NULL;
}

void reverse_tick(struct reverse *r)
{
	uint8_t addr[16];
	uint64_t netns;

	while (r && r->under_way < UNDER_WAY_MAX && enrich_next_reverse(r->enrich, &netns, addr))
		if (!ask(r, netns, addr))
			enrich_tell_reverse(r->enrich, netns, addr, NULL);
}
