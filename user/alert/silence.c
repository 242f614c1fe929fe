/* SPDX-License-Identifier: Apache-2.0
 *
 * The operator's silence on an incident: a budget of bytes with an expiry, never a
 * blanket. What it keeps back stays on record, and once it is used up the incident
 * speaks again.
 */
#include "alert/incident.h"

static uint64_t add(uint64_t x, uint64_t y)
{
	return x > UINT64_MAX - y ? UINT64_MAX : x + y;
}

/* Pairs are parts of each other's sums never; the sums (host, actor) hold them all. */
uint64_t incident_bytes(const struct incident *i)
{
	uint64_t pairs = 0, sums = 0;

	for (const struct member *m = i->members; m; m = m->next) {
		if (m->last.kind == SERIES_PAIR)
			pairs = add(pairs, m->tx_total);
		else if (m->last.kind != SERIES_READ && m->last.kind != SERIES_FAN)
			sums = MAX(sums, m->tx_total);
	}
	return MAX(pairs, sums);
}

bool incident_is_silent(struct incident *i, int64_t now)
{
	struct silence *s = &i->silence;
	uint64_t bytes;

	if (!s->until_ts)
		return false;
	bytes = incident_bytes(i);
	if (now < s->until_ts && (bytes <= s->from_bytes || bytes - s->from_bytes <= s->bytes))
		return true;
	i->unsilenced = s->held || i->level > EG_LEVEL_NONE;
	*s = (struct silence){ .until_ts = 0 };
	return false;
}
