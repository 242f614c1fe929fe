/* SPDX-License-Identifier: Apache-2.0
 *
 * From relay to database, socket pair by socket pair; see relay.h.
 */
#include "model/relay.h"

#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "model/flow_internal.h"

enum {
	HOPS_MAX = 3,
	CANDIDATES_MAX = 16, /* local senders looked into at each hop, loudest first */
};

/* Within a minute over local sockets: more than any client's page of results. */
static const uint64_t much_bps = (16u << 20) / 60;

struct candidate {
	const struct ident *ident;
	uint64_t rate_bps;
};

struct candidates {
	struct candidate best[CANDIDATES_MAX]; /* falling rate */
	size_t count;
};

static bool is_local(const struct flow *f)
{
	return f->key.family == AF_UNIX || f->scope == EG_SCOPE_LOOPBACK;
}

/* Insertion into the few loudest; a process with several local flows is in once. */
static void consider(struct candidates *c, const struct flow *f)
{
	struct candidate new = { f->ident, f->rate_bps[2] };
	size_t at;

	for (at = 0; at < c->count; at++)
		if (c->best[at].ident == f->ident) {
			new.rate_bps = MAX(new.rate_bps, c->best[at].rate_bps);
			break;
		}
	if (at == c->count && c->count < CANDIDATES_MAX)
		c->count++;
	else if (at == c->count && c->best[--at].rate_bps >= new.rate_bps)
		return;
	for (; at > 0 && c->best[at - 1].rate_bps < new.rate_bps; at--)
		c->best[at] = c->best[at - 1];
	c->best[at] = new;
}

static void collect(const struct flowtab *t, bool database, struct candidates *ret)
{
	ret->count = 0;
	for (size_t i = 0; i < t->active_count; i++) {
		const struct flow *f = &t->active[i]->flow;

		if (is_local(f) && f->ident && f->ident->tgid && !f->ident->exited &&
		    f->ident->is_database == database && f->rate_bps[2])
			consider(ret, f);
	}
}

static const struct ident *feeder_among(struct enrich *enrich, struct feed_ends *ends,
					const struct candidates *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (enrich_feed_from(enrich, ends, c->best[i].ident))
			return c->best[i].ident;
	return NULL;
}

/* The database that feeds the process, else another relay that does; *ret_ends is what
 * it was found by, the caller's to close, and NULL if nothing was. */
static const struct ident *feeder_of(const struct flowtab *t, struct enrich *enrich,
				     const struct ident *relay, struct feed_ends **ret_ends)
{
	const struct ident *found;
	struct candidates c;
	struct feed_ends *ends;

	*ret_ends = NULL;
	if (enrich_feed_open(enrich, relay, &ends))
		return NULL;
	collect(t, true, &c);
	found = feeder_among(enrich, ends, &c);
	if (!found) {
		collect(t, false, &c);
		found = feeder_among(enrich, ends, &c);
	}
	if (found)
		*ret_ends = ends;
	else
		enrich_feed_close(ends);
	return found;
}

/* The one whose pipe it reads, through others that have no sockets at all: a database's
 * own, or one that has local sockets and may have taken it there. */
static const struct ident *piper_of(const struct flowtab *t, const struct enrich *enrich,
				    const struct ident *relay)
{
	const struct ident *found = NULL;
	struct pipe_sources sources;

	enrich_pipe_sources(enrich, relay, &sources);
	for (const struct flow_row *r = sources.count ? t->rows : NULL; r; r = r->hh.next) {
		const struct flow *f = &r->flow;

		if (!f->ident || f->ended || !(is_local(f) || f->ident->is_database) ||
		    f->ident == found || !enrich_is_source(enrich, &sources, f->ident))
			continue;
		if (f->ident->is_database)
			return f->ident;
		found = f->ident;
	}
	return found;
}

int relay_trace(struct flowtab *t, struct enrich *enrich, const struct flow *flow)
{
	const struct ident *at = flow->ident;
	bool piped = false;

	if (!at || !enrich_feed_due(enrich, at))
		return 0;
	for (unsigned int hop = 0; hop < HOPS_MAX; hop++) {
		const struct ident *to = at;
		struct feed_ends *ends;
		bool found;

		at = feeder_of(t, enrich, to, &ends);
		if (!at)
			at = piper_of(t, enrich, to);
		piped |= at && !ends;
		found = at && at != flow->ident && at->is_database;
		if (found) {
			enrich_refresh(enrich, at);
			/* Who writes to a pipe may be gone before what it wrote. */
			if (piped)
				enrich_feed_keep(enrich, flow->ident, at, ends);
			else
				enrich_feed_set(enrich, flow->ident, at, ends);
		}
		enrich_feed_close(ends);
		if (found)
			return 1;
		if (!at || at == flow->ident)
			break;
	}
	enrich_feed_set(enrich, flow->ident, NULL, NULL);
	return 1;
}

bool relay_may_give(const struct flow *f)
{
	return f->rate_bps[2] >= much_bps && is_local(f) && f->ident && f->ident->is_database;
}

/* The database flow to look at now: one that was not looked at for a while. */
static const struct flow *next_giver(const struct flowtab *t, struct enrich *enrich)
{
	size_t left = t->giver_count;

	for (size_t i = 0; left && i < t->active_count; i++) {
		const struct flow *f = &t->active[i]->flow;

		if (!relay_may_give(f))
			continue;
		if (enrich_take_due(enrich, f->ident))
			return f;
		left--;
	}
	return NULL;
}

/* May this flow be the other direction of what `giver` sends? Requests are small, so
 * flows at rest count too. */
static bool may_take(const struct flow *f, const struct flow *giver)
{
	return is_local(f) && !f->ended && f->ident && f->ident->tgid && !f->ident->exited &&
	       !f->ident->is_database && f->key.family == giver->key.family &&
	       (f->key.family == AF_UNIX ||
		(f->key.netns == giver->key.netns && f->key.port == giver->key.port));
}

void relay_watch(struct flowtab *t, struct enrich *enrich)
{
	const struct flow *giver = next_giver(t, enrich);
	struct candidates c = { .count = 0 };

	if (!giver)
		return;
	for (const struct flow_row *r = t->rows; r; r = r->hh.next)
		if (may_take(&r->flow, giver))
			consider(&c, &r->flow);
	for (size_t i = 0; i < c.count; i++) {
		struct feed_ends *ends;

		if (enrich_feed_open(enrich, c.best[i].ident, &ends))
			continue;
		if (enrich_feed_from(enrich, ends, giver->ident)) {
			enrich_refresh(enrich, giver->ident);
			enrich_feed_keep(enrich, c.best[i].ident, giver->ident, ends);
		}
		enrich_feed_close(ends);
	}
}
