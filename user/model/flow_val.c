/* SPDX-License-Identifier: Apache-2.0
 *
 * Arithmetic on counters and rates; pure.
 */
#include "model/flow_internal.h"

void val_add(struct eg_flow_val *sum, const struct eg_flow_val *v)
{
	sum->payload_bytes += v->payload_bytes;
	sum->wire_bytes += v->wire_bytes;
	sum->retrans_bytes += v->retrans_bytes;
	sum->packets += v->packets;
	sum->calls += v->calls;
	if (v->last_ns > sum->last_ns)
		sum->last_ns = v->last_ns;
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

void val_sub(struct eg_flow_val *sum, const struct eg_flow_val *v)
{
	sum->payload_bytes = minus(sum->payload_bytes, v->payload_bytes);
	sum->wire_bytes = minus(sum->wire_bytes, v->wire_bytes);
	sum->retrans_bytes = minus(sum->retrans_bytes, v->retrans_bytes);
	sum->packets = minus(sum->packets, v->packets);
	sum->calls = minus(sum->calls, v->calls);
}

bool val_below(const struct eg_flow_val *a, const struct eg_flow_val *b)
{
	return a->payload_bytes < b->payload_bytes || a->wire_bytes < b->wire_bytes ||
	       a->retrans_bytes < b->retrans_bytes || a->packets < b->packets ||
	       a->calls < b->calls;
}

static void rate_turn(struct rate_window *w, uint64_t window_ns, uint64_t now_ns)
{
	uint64_t passed = minus(now_ns, w->start_ns);

	if (passed < window_ns)
		return;
	w->before_bytes = passed < 2 * window_ns ? w->now_bytes : 0;
	w->now_bytes = 0;
	w->start_ns = now_ns - passed % window_ns;
}

void rate_add(struct rate_window *w, uint64_t window_ns, uint64_t now_ns, uint64_t bytes)
{
	rate_turn(w, window_ns, now_ns);
	w->now_bytes += bytes;
}

uint64_t rate_read(struct rate_window *w, uint64_t window_ns, uint64_t now_ns)
{
	uint64_t left;
	double bytes;

	rate_turn(w, window_ns, now_ns);
	left = window_ns - minus(now_ns, w->start_ns);
	bytes = (double)w->now_bytes + (double)w->before_bytes * (double)left / (double)window_ns;
	return (uint64_t)(bytes * 1e9 / (double)window_ns);
}
