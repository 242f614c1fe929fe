/* SPDX-License-Identifier: Apache-2.0
 *
 * Event time; see clock.h.
 */
#include "daemon/clock.h"

enum {
	CLOCK_STEP_S = 60,     /* further away than NTP slews in one go: a step */
	CLOCK_BELIEVE_S = 600, /* a step forward is real when it lasts this long */
};

static const uint64_t second_ns = 1000000000;

void event_clock_start(struct event_clock *c, uint64_t boot_ns, int64_t wall_s, int64_t floor)
{
	*c = (struct event_clock){ .now = wall_s > floor ? wall_s : floor, .boot_ns = boot_ns };
}

uint32_t event_clock_advance(struct event_clock *c, uint64_t boot_ns, int64_t wall_s)
{
	uint64_t seconds = boot_ns > c->boot_ns ? (boot_ns - c->boot_ns) / second_ns : 0;
	int64_t off;

	if (!seconds)
		return 0;
	c->boot_ns += seconds * second_ns;
	off = wall_s - (c->now + (int64_t)seconds);
	c->stepped = off > CLOCK_STEP_S || off < -CLOCK_STEP_S;
	if (off <= CLOCK_STEP_S)
		c->ahead_since = 0;
	else if (!c->ahead_since)
		c->ahead_since = c->now;
	if (off >= 2 && off <= CLOCK_STEP_S)
		seconds++; /* catch up a second a tick */
	else if (off > CLOCK_STEP_S && c->now - c->ahead_since >= CLOCK_BELIEVE_S)
		seconds += (uint64_t)off;
	c->now += (int64_t)seconds;
	return seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}
