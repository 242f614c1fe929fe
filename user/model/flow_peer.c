/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of the peer kept with a flow that an alert may be about; see flowtab.h.
 */
#define XXH_INLINE_ALL
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/table.h"
#include "model/flow_internal.h"

void flowtab_look_up_peer(struct flowtab *t, const struct flow *flow)
{
	unsigned int hash = (unsigned int)XXH3_64bits(&flow->key, sizeof(flow->key));
	struct peer_facts facts;
	struct flow_peer *peer;
	struct flow_row *r;

	HASH_FIND_BYHASHVALUE(hh, t->rows, &flow->key, sizeof(flow->key), hash, r);
	if (!r)
		return;
	enrich_peer(t->enrich, &flow->key, flow->scope, &facts);
	if (!facts.domain[0] && !facts.asn && !facts.country[0])
		return; /* what was known before stays: a name may have left the cache */
	peer = r->peer ? r->peer : calloc(1, sizeof(*peer));
	if (!peer)
		return;
	snprintf(peer->domain, sizeof(peer->domain), "%s", facts.domain);
	snprintf(peer->domain_source, sizeof(peer->domain_source), "%s", facts.domain_source);
	snprintf(peer->org, sizeof(peer->org), "%s", facts.org);
	snprintf(peer->country, sizeof(peer->country), "%s", facts.country);
	peer->asn[0] = '\0';
	if (facts.asn)
		snprintf(peer->asn, sizeof(peer->asn), "%u", facts.asn);
	r->peer = peer;
	r->flow.peer = peer;
}
