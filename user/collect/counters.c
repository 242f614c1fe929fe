/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's counters in our memory: one of them, a row of them, how long to wait for one
 * that lags; and the clock they are dated by.
 */
#include <sched.h>
#include <time.h>

#include "base/cleanup.h"
#include "collect/private.h"

/* A program adds to a row first and to the total last; it needs nanoseconds for the
 * step between, a time slice if it was preempted there, or what a hypervisor takes
 * before its processor runs again. */
enum { TOTAL_YIELDS = 64, TOTAL_SLEEP_NS = 1000000 };

void counters_wait(int retry)
{
	const struct timespec pause = { .tv_nsec = TOTAL_SLEEP_NS };

	if (retry < TOTAL_YIELDS)
		(void)sched_yield();
	else
		(void)nanosleep(&pause, NULL);
}

uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts))
		return 0;
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

uint64_t clock_boot_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

uint64_t counters_one(const eg_u64 *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

/* The kernel stores packets beyond the first of each call. */
void counters_load(struct eg_flow_val *ret, const struct eg_flow_val *kernel, unsigned int column)
{
	ret->calls = counters_one(&kernel->calls);
	ret->wire_bytes = counters_one(&kernel->wire_bytes);
	ret->payload_bytes = counters_one(&kernel->payload_bytes);
	ret->retrans_bytes = counters_one(&kernel->retrans_bytes);
	ret->packets = column == EG_COLUMN_EGRESS ? counters_one(&kernel->packets) + ret->calls : 0;
	ret->last_ns = counters_one(&kernel->last_ns);
}

void counters_add(struct eg_flow_val *sum, const struct eg_flow_val *v)
{
	sum->payload_bytes += v->payload_bytes;
	sum->wire_bytes += v->wire_bytes;
	sum->retrans_bytes += v->retrans_bytes;
	sum->packets += v->packets;
	sum->calls += v->calls;
	sum->last_ns = MAX(sum->last_ns, v->last_ns);
}

bool counters_ownerless(const struct eg_flow_key *key)
{
	return key->column == EG_COLUMN_EGRESS && !key->tgid && !(key->flags & EG_FLOW_KERNEL);
}
