/* SPDX-License-Identifier: Apache-2.0
 *
 * The usual peak volume of each hour of the week, one byte an hour:
 * q = round(6 log2(1 + KiB)), sinking by 7 % a week. One hour either side is
 * taken in, which absorbs a daylight saving change.
 */
#ifndef DETECT_WEEKSLOT_H
#define DETECT_WEEKSLOT_H

#include <stdbool.h>
#include <stdint.h>

enum { WEEKSLOT_HOURS = 168 };

struct weekslot {
	uint8_t q[WEEKSLOT_HOURS];
};

/* Takes in the 24 hourly volumes of day `day` (days since 1970). frozen: a slot may
 * sink but not rise. */
void weekslot_day_end(struct weekslot *w, const uint32_t hour_kib[24], uint32_t day, bool frozen);

/* Largest usual volume of the hour that `hour` (hours since 1970) lies in and of
 * its two neighbours. */
uint64_t weekslot_peak_kib(const struct weekslot *w, uint32_t hour);

/* The same of that hour on any day. */
uint64_t weekslot_daily_kib(const struct weekslot *w, uint32_t hour);

/* Of that hour of the week alone; of the busiest one. */
uint64_t weekslot_own_kib(const struct weekslot *w, uint32_t hour);
uint64_t weekslot_largest_kib(const struct weekslot *w);

#endif
