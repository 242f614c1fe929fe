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

/* Numbers of which several have none that stands for all; those of the process come first,
 * and are asked of the row's own flows only. */
static const enum num_field common_nums[] = { N_PID, N_PARENT_PID, N_PORT, N_NETNS, N_ASN };
#define COMMON_OF_PROCESS 2

static void add_apart(struct view_row *row, const struct flow_row *flow, bool own)
{
	for (size_t i = own ? 0 : COMMON_OF_PROCESS; i < ARRAY_SIZE(common_nums); i++) {
		enum num_field f = common_nums[i];
		uint64_t num = flow->num[f];

		if (flow_knows(flow, f) && row->num[f] != num)
			row->num[f] = view_knows(row, f) ? 0 : num;
	}
	row->num[N_BASE] = MAX(row->num[N_BASE], flow->num[N_BASE]); /* 0 where not known */
	row->num[N_RATIO] = MAX(row->num[N_RATIO], flow->num[N_RATIO]);
}

/* Whole fours by themselves: the compiler then takes several at once. Texts are words of one
 * table: the same text is the same pointer. */
static void add_all(uint64_t *restrict num, uintptr_t *restrict differ,
		    const struct flow_row *restrict flow, const struct flow_row *restrict first)
{
	const char *const *text = flow->text, *const *want = first->text;

	for (size_t f = 0; f < N_COUNT / 4 * 4; f++)
		num[f] += flow->num[f];
	for (size_t f = N_COUNT / 4 * 4; f < N_COUNT; f++)
		num[f] += flow->num[f];
	for (size_t f = 0; f < T_COUNT / 4 * 4; f++)
		differ[f] |= (uintptr_t)text[f] ^ (uintptr_t)want[f];
	for (size_t f = T_COUNT / 4 * 4; f < T_COUNT; f++)
		differ[f] |= (uintptr_t)text[f] ^ (uintptr_t)want[f];
}

static void add_destination(struct view_adding *a, uint64_t dst)
{
	uint64_t *value;

	if (a->row.destinations && dst == a->dst)
		return;
	a->dst = dst;
	value = tally_grown(&a->seen, dst);
	if (value) {
		a->row.destinations += *value == 0;
		*value = 1;
	}
	a->blind |= !value;
}

/* What each process has read, once: every flow of a process says it. */
static void add_read(struct view_adding *a, const struct flow_row *flow)
{
	uint64_t *most;

	if (!flow->num[N_READ])
		return;
	most = tally_grown(&a->most, flow->process_hash);
	if (!most || flow->num[N_READ] <= *most)
		return;
	a->read += flow->num[N_READ] - *most;
	*most = flow->num[N_READ];
}

void view_adding_begin(struct view_adding *a, const struct flow_row *first)
{
	*a = (struct view_adding){ .first = first };
	a->row.ended = true;
	a->row.other = first->other;
}

void view_adding_add(struct view_adding *a, const struct flow_row *flow, bool own)
{
	struct view_row *row = &a->row;

	add_all(a->num, a->differ, flow, a->first);
	add_apart(row, flow, own);
	row->known |= flow->known;
	row->ended &= flow->ended;
	row->level = MAX(row->level, flow->level);
	if (flow->alert && (!row->alert || flow->alert < row->alert))
		row->alert = flow->alert;
	row->flow_count++;
	add_read(a, flow);
	add_destination(a, flow->dst_hash);
}

static uint32_t same_texts(const struct view_adding *a)
{
	uint32_t same = 0;

	for (size_t f = 0; f < T_COUNT; f++)
		same |= (uint32_t)(a->differ[f] == 0) << f;
	return same;
}

void view_adding_end(struct view_adding *a)
{
	struct view_row *row = &a->row;

	row->summed = true;
	row->same |= same_texts(a) & ~VIEW_IDENTITY;
	if (a->blind)
		row->destinations = row->flow_count; /* without memory: at most */
	for (size_t f = 0; f < N_COUNT; f++)
		if (fields_num_adds((enum num_field)f))
			row->num[f] = a->num[f];
	row->num[N_READ] = a->read;
	tally_free(&a->seen);
	tally_free(&a->most);
}

void view_adding_own(struct view_adding *a)
{
	a->row.same = same_texts(a) & VIEW_IDENTITY;
}

/* Another arrangement of the same flows has rows of the same flows. */
static void take_sums(struct view_row *row, const struct view_row *from)
{
	row->summed = true;
	row->other = from->other;
	row->ended = from->ended;
	row->level = from->level;
	row->alert = from->alert;
	row->known = from->known;
	row->same = from->same;
	row->destinations = from->destinations;
	memcpy(row->num, from->num, sizeof(row->num));
}

void view_sum(struct view_row *row)
{
	struct view_adding a;

	if (!row->own && !row->name)
		row->own = row->flow_count;
	view_adding_begin(&a, row->flows[0]);
	for (size_t i = 0; i < row->flow_count; i++) {
		if (i == row->own)
			view_adding_own(&a);
		if (i + FLOW_AHEAD < row->flow_count)
			flow_fetch(row->flows[i + FLOW_AHEAD]);
		view_adding_add(&a, row->flows[i], i < row->own);
	}
	if (row->own == row->flow_count)
		view_adding_own(&a);
	view_adding_end(&a);
	take_sums(row, &a.row);
}

static struct view_row *sums_place(const struct view *v, uint64_t id)
{
	return &v->sums[(id ^ id >> 32) % VIEW_SUMS];
}

void view_keep_sums(struct view *v, uint64_t id, const struct view_row *sums)
{
	struct view_row *kept = sums_place(v, id);

	*kept = *sums;
	kept->id = id;
}

const struct view_row *view_at(const struct view *v, size_t i)
{
	struct view_row *row = &v->rows[i], *kept;

	if (row->summed)
		return row;
	kept = sums_place(v, row->id);
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
