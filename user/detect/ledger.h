/* SPDX-License-Identifier: Apache-2.0
 *
 * Which destination groups this host has dealt with: first and last day, and on
 * how many days. Bounded; what is evicted counts as new again, so that a flood of
 * names makes noise, never silence.
 */
#ifndef DETECT_LEDGER_H
#define DETECT_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "egress/params.h"

struct ledger_entry {
	uint64_t id;        /* 0 = free */
	uint16_t first_day; /* days since 1970 */
	uint16_t last_day;
	uint16_t active_days; /* saturating */
	uint16_t reserved;
};

/* 2048 rows of 8: a destination lives in the row its id names. 256 KiB. */
enum { LEDGER_ROWS = 2048, LEDGER_WAYS = 8, LEDGER_ENTRIES = LEDGER_ROWS * LEDGER_WAYS };

struct ledger {
	struct ledger_entry *entries; /* LEDGER_ENTRIES */
	uint32_t used;
	uint64_t evictions; /* since the engine was made */
	uint32_t novel_days, novel_active_days;
};

int ledger_init(struct ledger *l, const struct params_detect *params); /* 0, -ENOMEM */
void ledger_destroy(struct ledger *l);

/* Notes activity on `day` and says whether the destination is (still) new: younger
 * than novel_days or active on fewer than novel_active_days. */
bool ledger_note(struct ledger *l, uint64_t id, uint16_t day);

/* The same question without noting anything; what is not in the ledger is new. */
bool ledger_is_new(const struct ledger *l, uint64_t id, uint16_t day);

/* The day it was first heard of; 0: it is not in the ledger. */
uint16_t ledger_first_day(const struct ledger *l, uint64_t id);

/* Puts an entry back as it was saved. False if its row is full. */
bool ledger_restore(struct ledger *l, const struct ledger_entry *entry);

#endif
