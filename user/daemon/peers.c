/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of peers: opens what hears and asks, feeds enrich once a tick. Missing any of it
 * costs names only.
 */
#include <errno.h>
#include <string.h>

#include "base/jsonw.h"
#include "collect/collect.h"
#include "collect/dnstap.h"
#include "daemon/manager.h"
#include "daemon/reverse.h"
#include "enrich/enrich.h"

void names_open(struct manager *m)
{
	const struct params_destinations *p = &m->params->destinations;
	int r;

	if (p->learn_names) {
		r = dnstap_open(collect_cgroup_root(m->collect), &m->dnstap);
		if (r < 0)
			manager_reduced(m, "names: DNS answers are not seen here (%s)",
					strerror(-r));
	}
	if (p->reverse_names) {
		r = reverse_open(m->loop, p->resolver, m->enrich, &m->reverse);
		if (r < 0)
			manager_reduced(m,
					"names: no reverse names, no resolver in %s; set "
					"destinations.resolver",
					p->resolver[0] ? p->resolver : "/etc/resolv.conf");
	}
}

static void hear(void *ctx, const struct dnstap_answer *answer)
{
	enrich_dns_answer(ctx, answer);
}

void names_tick(struct manager *m)
{
	if (m->dnstap)
		dnstap_poll(m->dnstap, hear, m->enrich);
	reverse_tick(m->reverse);
}

void names_close(struct manager *m)
{
	reverse_close(m->reverse);
	m->reverse = NULL;
	dnstap_close(m->dnstap);
	m->dnstap = NULL;
}

void names_status(const struct manager *m, struct buf *rows)
{
	struct enrich_stats stats;
	const char *path, *kind;
	int64_t built_s;

	enrich_get_stats(m->enrich, &stats);
	jsonw_u64(rows, "peers.known", stats.peer_names);
	jsonw_u64(rows, "peers.max", stats.max_peer_names);
	jsonw_u64(rows, "dns.heard", stats.dns_heard);
	jsonw_u64(rows, "dns.refused", stats.dns_refused);
	jsonw_u64(rows, "dns.unasked", stats.dns_unasked);
	jsonw_u64(rows, "dns.lost", m->dnstap ? dnstap_lost(m->dnstap) : 0);
	jsonw_u64(rows, "reverse.asked", stats.reverse_asked);
	jsonw_u64(rows, "reverse.failed", stats.reverse_failed);
	jsonw_key(rows, "geo");
	jsonw_open(rows, '[');
	for (size_t i = 0; enrich_geo_file(m->enrich, i, &path, &kind, &built_s); i++) {
		jsonw_open(rows, '{');
		jsonw_str(rows, "path", path);
		jsonw_str(rows, "kind", kind);
		if (built_s)
			jsonw_time(rows, "built", built_s);
		jsonw_close(rows, '}');
	}
	jsonw_close(rows, ']');
}
