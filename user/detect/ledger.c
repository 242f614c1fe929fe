// SPDX-License-Identifier: Apache-2.0
/*
 * Set-associative, so that finding and evicting look at one row only. Those not
 * yet established go first: a flood of strangers cannot push out old acquaintances
 * before it has pushed out itself.
 */
#include "detect/ledger.h"

#include <errno.h>
#include <stdlib.h>

int ledger_init(struct ledger *l, const struct params_detect *params)
{
	*l = (struct ledger){
		.entries = calloc(LEDGER_ENTRIES, sizeof(*l->entries)),
		.novel_days = params->novel_days,
		.novel_active_days = params->novel_active_days,
	};
	return l->entries ? 0 : -ENOMEM;
}

void ledger_destroy(struct ledger *l)
{
	free(l->entries);
	l->entries = NULL;
}

static struct ledger_entry *row_of(const struct ledger *l, uint64_t id)
{
	return &l->entries[(id >> 16) % LEDGER_ROWS * LEDGER_WAYS];
}

static struct ledger_entry *find(const struct ledger *l, uint64_t id)
{
	struct ledger_entry *row = row_of(l, id);

	for (unsigned int i = 0; i < LEDGER_WAYS; i++)
		if (row[i].id == id)
			return &row[i];
	return NULL;
}

static bool entry_is_new(const struct ledger *l, const struct ledger_entry *e, uint16_t day)
{
	uint32_t age_days = day > e->first_day ? day - e->first_day : 0;

	return age_days < l->novel_days || e->active_days < l->novel_active_days;
}

/* A free place, else the new one heard of longest ago, else the oldest of all. */
static struct ledger_entry *victim(const struct ledger *l, uint64_t id, uint16_t day)
{
	struct ledger_entry *row = row_of(l, id), *best = NULL;
	bool best_new = false;

	for (unsigned int i = 0; i < LEDGER_WAYS; i++) {
		bool is_new;

		if (!row[i].id)
			return &row[i];
		is_new = entry_is_new(l, &row[i], day);
		if (!best || (is_new && !best_new) ||
		    (is_new == best_new && row[i].last_day < best->last_day)) {
			best = &row[i];
			best_new = is_new;
		}
	}
	return best;
}

bool ledger_note(struct ledger *l, uint64_t id, uint16_t day)
{
	struct ledger_entry *e = find(l, id);

	if (!e) {
		e = victim(l, id, day);
		if (e->id)
			l->evictions++;
		else
			l->used++;
		*e = (struct ledger_entry){ id, day, day, 1, 0 };
	} else if (day > e->last_day) {
		e->last_day = day;
		if (e->active_days < UINT16_MAX)
			e->active_days++;
	}
	return entry_is_new(l, e, day);
}

bool ledger_is_new(const struct ledger *l, uint64_t id, uint16_t day)
{
	const struct ledger_entry *e = find(l, id);

	return !e || entry_is_new(l, e, day);
}

uint16_t ledger_first_day(const struct ledger *l, uint64_t id)
{
	const struct ledger_entry *e = find(l, id);

	return e ? e->first_day : 0;
}

bool ledger_restore(struct ledger *l, const struct ledger_entry *entry)
{
	struct ledger_entry *row = row_of(l, entry->id);

	for (unsigned int i = 0; i < LEDGER_WAYS; i++) {
		if (row[i].id == entry->id)
			return false;
		if (!row[i].id) {
			row[i] = *entry;
			l->used++;
			return true;
		}
	}
	return false;
}
