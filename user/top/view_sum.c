/* SPDX-License-Identifier: Apache-2.0
 *
 * What the flows of a row come to; see view.h.
 */
#include "base/cleanup.h"
#include "top/tally.h"
#include "top/view_internal.h"

/* What each process has read, once: every flow of a process says it. */
static uint64_t sum_reads(const struct flow_row *const *flows, size_t count)
{
	_cleanup_(tally_free) struct tally most = { 0 };
	uint64_t sum = 0, process = 0, *seen = NULL;
	size_t readers = 0;

	for (size_t i = 0; i < count; i++)
		readers += flows[i]->num[N_READ] != 0;
	if (readers == 0 || tally_new(&most, readers) < 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		if (!flows[i]->num[N_READ])
			continue;
		if (!seen || flows[i]->process_hash != process)
			seen = tally_at(&most, flows[i]->process_hash);
		process = flows[i]->process_hash;
		if (flows[i]->num[N_READ] <= *seen)
			continue;
		sum += flows[i]->num[N_READ] - *seen;
		*seen = flows[i]->num[N_READ];
	}
	return sum;
}

static size_t count_destinations(const struct flow_row *const *flows, size_t count)
{
	_cleanup_(tally_free) struct tally seen = { 0 };
	size_t n = 0;

	if (count == 1 || tally_new(&seen, count) < 0)
		return count; /* without memory: at most */
	for (size_t i = 0; i < count; i++) {
		uint64_t *value = tally_at(&seen, flows[i]->dst_hash);

		n += *value == 0;
		*value = 1;
	}
	return n;
}

static inline uint64_t add_num(enum num_field f, bool known, uint64_t sum, uint64_t num)
{
	if (f == N_RATIO || f == N_BASE) /* of the workload, on each of its flows */
		return MAX(sum, num);
	if (fields_num_adds(f))
		return sum + num;
	return !known || sum == num ? num : 0; /* several: none stands for all */
}

bool view_sum_one(const struct flow_row *const *flows, size_t count, enum num_field f,
		  uint64_t *ret)
{
	bool known = false;

	*ret = 0;
	for (size_t i = 0; i < count; i++) {
		if (i + FLOW_AHEAD < count)
			__builtin_prefetch(&flows[i + FLOW_AHEAD]->num[f]);
		if (!flow_knows(flows[i], f))
			continue;
		*ret = add_num(f, known, *ret, flows[i]->num[f]);
		known = true;
	}
	if (f == N_READ && known)
		*ret = sum_reads(flows, count);
	return known;
}

/* Of the numbers that do not add up: several have none that stands for all, but the
 * workload's, which are on each of its flows. */
static void add_apart(struct view_row *row, const struct flow_row *flow, bool own,
		      uint64_t num[N_COUNT])
{
	static const enum num_field apart[] = { N_PID, N_PARENT_PID, N_PORT, N_NETNS,
						N_ASN, N_BASE,       N_RATIO };

	for (size_t i = 0; i < ARRAY_SIZE(apart); i++) {
		enum num_field f = apart[i];

		if (flow_knows(flow, f) && (own || (f != N_PID && f != N_PARENT_PID)))
			row->num[f] = add_num(f, view_knows(row, f), row->num[f], flow->num[f]);
		num[f] = row->num[f];
	}
}

static void add_flow(struct view_row *row, const struct flow_row *flow, bool own,
		     uint64_t num[N_COUNT])
{
	const struct flow_row *first = row->flows[0];

	for (size_t f = 0; f < N_COUNT; f++)
		num[f] += flow->num[f]; /* 0 where it is not known */
	add_apart(row, flow, own, num);
	row->known |= flow->known;
	for (uint32_t left = row->same & (own ? UINT32_MAX : ~VIEW_IDENTITY); left;
	     left &= left - 1) {
		int f = __builtin_ctz(left);

		if (flow->text[f] !=
		    first->text[f]) /* words of one table: same text, same pointer */
			row->same &= ~(1u << f);
	}
	row->ended &= flow->ended;
	row->level = MAX(row->level, flow->level);
}

void view_sum(struct view_row *row)
{
	const struct flow_row *const *flows = row->flows;
	uint64_t num[N_COUNT] = { 0 };

	if (!row->own && !row->name)
		row->own = row->flow_count;
	row->summed = true;
	row->ended = true;
	row->known = 0;
	row->same = (1u << T_COUNT) - 1;
	row->other = flows[0]->other;
	row->level = 0;
	memset(row->num, 0, sizeof(row->num));
	for (size_t i = 0; i < row->flow_count; i++) {
		if (i + FLOW_AHEAD < row->flow_count)
			flow_fetch(flows[i + FLOW_AHEAD]);
		add_flow(row, flows[i], i < row->own, num);
	}
	memcpy(row->num, num, sizeof(row->num));
	if (view_knows(row, N_READ))
		row->num[N_READ] = sum_reads(flows, row->flow_count);
	row->destinations = count_destinations(flows, row->flow_count);
}

/* Another arrangement of the same flows has rows of the same flows. */
static void take_sums(struct view_row *row, const struct view_row *from)
{
	row->summed = true;
	row->other = from->other;
	row->ended = from->ended;
	row->level = from->level;
	row->known = from->known;
	row->same = from->same;
	row->destinations = from->destinations;
	memcpy(row->num, from->num, sizeof(row->num));
}

const struct view_row *view_at(const struct view *v, size_t i)
{
	struct view_row *row = &v->rows[i], *kept;

	if (row->summed)
		return row;
	kept = &v->sums[(row->id ^ row->id >> 32) % VIEW_SUMS];
	if (kept->summed && kept->id == row->id && kept->flow_count == row->flow_count) {
		take_sums(row, kept);
	} else {
		view_sum(row);
		*kept = *row;
	}
	return row;
}

static int by_size(const void *pa, const void *pb)
{
	const struct flow_row *a = *(const struct flow_row *const *)pa;
	const struct flow_row *b = *(const struct flow_row *const *)pb;

	if (a->num[N_RATE_10S] != b->num[N_RATE_10S])
		return a->num[N_RATE_10S] > b->num[N_RATE_10S] ? -1 : 1;
	if (a->num[N_PAYLOAD] != b->num[N_PAYLOAD])
		return a->num[N_PAYLOAD] > b->num[N_PAYLOAD] ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

void view_sort_run(const struct flow_row **flows, size_t count)
{
	if (count > 1)
		qsort(flows, count, sizeof(*flows), by_size);
}

void view_sort_flows(const struct view *v, size_t i)
{
	struct view_row *row = &v->rows[i];

	if (row->whole && !row->sorted)
		view_sort_run(row->flows, row->flow_count);
	row->sorted = true;
}
