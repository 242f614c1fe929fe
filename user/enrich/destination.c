/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of a flow's peer beside its address: name, autonomous system, country;
 * see enrich_peer() in enrich.h. All of it is for people; scope and detection keep to the
 * address.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "collect/dnstap.h"
#include "enrich/geo.h"
#include "enrich/internal.h"
#include "enrich/peers.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

/* Which network namespace the resolver that reverse names are asked of belongs to: ours. */
static uint64_t own_netns(void)
{
	int fd _cleanup_close_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);
	struct stat st;

	if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) == 0)
		return cookie;
	return stat("/proc/self/ns/net", &st) == 0 ? st.st_ino : 0;
}

int destination_new(struct enrich *e, const struct enrich_options *options)
{
	int r = peers_new(&e->peers);

	if (r == 0)
		r = geo_new(options->geo_paths ? options->geo_paths : "", &e->geo);
	e->reverse_names = options->reverse_names;
	e->own_netns = own_netns();
	return r;
}

void destination_free(struct enrich *e)
{
	peers_free(e->peers);
	geo_free(e->geo);
}

void enrich_dns_answer(struct enrich *e, const struct dnstap_answer *a)
{
	if (a->connected || peers_is_server(e->peers, a->netns, a->server))
		peers_hear(e->peers, a->netns, a->data, a->len);
}

void enrich_dns_server(struct enrich *e, const struct eg_flow_key *key)
{
	enum { DNS_PORT = 53 };

	if (key->port == DNS_PORT && key->proto == IPPROTO_UDP && key->init == EG_INIT_DATAGRAM)
		peers_add_server(e->peers, key->netns, key->daddr);
}

/* A private address means something in its own namespace only. */
void enrich_want_reverse(struct enrich *e, const struct eg_flow_key *key, enum eg_scope scope)
{
	bool ours = scope == EG_SCOPE_PRIVATE && key->netns == e->own_netns;

	if (e->reverse_names && (scope == EG_SCOPE_PUBLIC || ours) &&
	    (key->family == AF_INET || key->family == AF_INET6))
		peers_want_reverse(e->peers, key->netns, key->daddr, boot_now_ns() / 1000000000);
}

bool enrich_next_reverse(struct enrich *e, uint64_t *ret_netns, uint8_t ret_addr[16])
{
	return peers_next_reverse(e->peers, ret_netns, ret_addr);
}

void enrich_tell_reverse(struct enrich *e, uint64_t netns, const uint8_t addr[16], const char *name)
{
	peers_tell_reverse(e->peers, netns, addr, name);
}

void enrich_refresh_geo(struct enrich *e)
{
	geo_refresh(e->geo);
}

void enrich_peer(const struct enrich *e, const struct eg_flow_key *key, enum eg_scope scope,
		 struct peer_facts *ret)
{
	struct geo_facts geo;
	struct peer_name name;

	*ret = (struct peer_facts){ .domain = "", .domain_source = "" };
	if (key->family != AF_INET && key->family != AF_INET6)
		return;
	if (peers_find(e->peers, key->netns, key->daddr, &name)) {
		ret->domain = name.name;
		ret->domain_source = name.source == PEER_DNS ? "dns" : "reverse";
		ret->domain_others = name.others;
	}
	if (scope != EG_SCOPE_PUBLIC)
		return;
	geo_find(e->geo, key->daddr, &geo);
	ret->asn = geo.asn;
	memcpy(ret->country, geo.country, sizeof(ret->country));
	memcpy(ret->org, geo.org, sizeof(ret->org));
}

bool enrich_geo_file(const struct enrich *e, size_t i, const char **ret_path, const char **ret_kind,
		     int64_t *ret_built_s)
{
	struct geo_file file;

	if (!geo_get_file(e->geo, i, &file))
		return false;
	*ret_path = file.path;
	*ret_kind = file.kind;
	*ret_built_s = file.built_s;
	return true;
}

void destination_get_stats(const struct enrich *e, struct enrich_stats *ret)
{
	struct peers_stats peers;

	peers_get_stats(e->peers, &peers);
	ret->peer_names = peers.names;
	ret->max_peer_names = peers.max;
	ret->dns_heard = peers.heard;
	ret->dns_refused = peers.refused;
	ret->dns_unasked = peers.unasked;
	ret->reverse_asked = peers.reverse_asked;
	ret->reverse_failed = peers.reverse_failed;
}
