/* SPDX-License-Identifier: Apache-2.0
 *
 * Event time: UTC seconds for slots and people, but never backwards and never
 * faster than CLOCK_BOOTTIME unless the wall clock stays ahead. Pure.
 */
#ifndef DAEMON_CLOCK_H
#define DAEMON_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct event_clock {
	int64_t now;         /* Unix seconds already given out */
	uint64_t boot_ns;    /* CLOCK_BOOTTIME that `now` stands for */
	int64_t ahead_since; /* event time when the wall clock ran ahead; 0 = it does not */
	bool stepped;        /* the last call saw the wall clock more than a minute away */
};

/* Starts at the wall clock, or just after `floor` (the last second of saved state)
 * when the wall clock is behind it. */
void event_clock_start(struct event_clock *c, uint64_t boot_ns, int64_t wall_s, int64_t floor);

/* Whole seconds that passed since the last call (0: come back later). Follows small
 * corrections of the wall clock; a step backwards is waited out at boot-time speed;
 * a step forward is believed after ten minutes. */
uint32_t event_clock_advance(struct event_clock *c, uint64_t boot_ns, int64_t wall_s);

#endif
