/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads every counter into one sample. The counters are mapped memory, so this makes
 * no system call but the clocks (and one a tracing program for its misses). Order is
 * everything: totals, rows, the rest, totals again.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <time.h>

#include "base/cleanup.h"
#include "collect/private.h"

static void totals_load(const struct collect *c, uint64_t ret[EG_COLUMNS])
{
	for (int column = 0; column < EG_COLUMNS; column++) {
		ret[column] = 0;
		for (unsigned int cpu = 0; cpu < c->cpu_count; cpu++)
			ret[column] += counters_one(&c->cpus[cpu].total_payload_bytes[column]);
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Makes room for every row there can be, before the first is taken: an error must
 * leave the previous sample whole, which may come to lie elsewhere. */
static int rows_reserve(struct collect *c)
{
	struct sample_row *rows;
	size_t count = 0;

	for (uint32_t chunk = 0; chunk < c->max_flows / SLOTS_PER_CHUNK; chunk++)
		if (counters_one(&c->chunks[chunk]))
			count += SLOTS_PER_CHUNK;
	if (count <= c->sample_cap)
		return 0;
	rows = reallocarray(c->sample_rows, count, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	c->sample_rows = rows;
	c->sample_cap = count;
	c->sample.rows = rows;
	return 0;
}

/* Takes one live row; `now_ns` becomes its last change if it changed since the last
 * look. Programs keep no clock: that would cost more than the rest of the row. */
static void row_take(struct collect *c, uint32_t slot, uint64_t now_ns, struct sample_row *ret)
{
	struct eg_row *row = &c->rows[slot];

	ret->key = row->key;
	ret->instance = (uint64_t)row->generation << 32 | slot;
	counters_load(&ret->val, &row->val, row->key.column);
	if (ret->val.calls != row->seen_calls || !ret->val.last_ns) {
		row->seen_calls = ret->val.calls;
		__atomic_store_n(&row->val.last_ns, now_ns, __ATOMIC_RELAXED);
		ret->val.last_ns = now_ns;
	}
}

static size_t rows_take(struct collect *c, uint64_t now_ns)
{
	size_t count = 0;

	for (uint32_t slot = 0; slot < c->max_flows; slot++) {
		if (slot % SLOTS_PER_CHUNK == 0 &&
		    !counters_one(&c->chunks[slot / SLOTS_PER_CHUNK])) {
			slot += SLOTS_PER_CHUNK - 1;
			continue;
		}
		if (__atomic_load_n(&c->rows[slot].state, __ATOMIC_ACQUIRE) != EG_ROW_LIVE)
			continue;
		if (count == c->sample_cap)
			break; /* a chunk that came into use since */
		row_take(c, slot, now_ns, &c->sample_rows[count]);
		if (c->sample_rows[count].val.calls) /* 0: being made right now */
			count++;
	}
	return count;
}

/* Rows that are retired but not yet free: what they held then is drained, what a
 * program still added is late. */
static void limbo_add(const struct collect *c, struct sample *s)
{
	struct eg_flow_val now;

	for (size_t i = 0; i < c->limbo_count; i++) {
		const struct limbo *l = &c->limbo[i];

		counters_load(&now, &c->rows[l->slot].val, l->column);
		counters_add(&s->drained[l->column], &l->at_retire);
		now.payload_bytes -= l->at_retire.payload_bytes;
		now.wire_bytes -= l->at_retire.wire_bytes;
		now.retrans_bytes -= l->at_retire.retrans_bytes;
		now.packets -= l->at_retire.packets;
		now.calls -= l->at_retire.calls;
		counters_add(&s->unattributed[l->column], &now);
	}
}

static void rest_take(const struct collect *c, struct sample *s)
{
	struct eg_flow_val v;

	for (unsigned int column = 0; column < EG_COLUMNS; column++) {
		s->drained[column] = c->ledger->drained[column];
		s->unattributed[column] = c->ledger->late[column];
		for (unsigned int cpu = 0; cpu < c->cpu_count; cpu++) {
			counters_load(&v, &c->cpus[cpu].unattributed[column], column);
			counters_add(&s->unattributed[column], &v);
		}
	}
	limbo_add(c, s);
}

uint64_t snapshot_recursion_misses(const struct collect *c, bool file)
{
	uint64_t misses = 0;

	for (size_t i = 0; i < c->link_count; i++) {
		struct bpf_prog_info info = {};
		uint32_t len = sizeof(info);

		if (!strncmp(c->links[i].name, "file_", 5) == file && c->links[i].prog_fd >= 0 &&
		    !bpf_obj_get_info_by_fd(c->links[i].prog_fd, &info, &len))
			misses += info.recursion_misses;
	}
	return misses;
}

static void losses_take(const struct collect *c, struct sample *s)
{
	struct sample_losses *l = &s->losses;

	l->recursion_misses = snapshot_recursion_misses(c, false);
	l->file_misses += snapshot_recursion_misses(c, true);
	for (unsigned int cpu = 0; cpu < c->cpu_count; cpu++) {
		l->flow_map_full += counters_one(&c->cpus[cpu].flow_map_full);
		l->storage_refused += counters_one(&c->cpus[cpu].storage_refused);
		l->ring_full += counters_one(&c->cpus[cpu].ring_full);
		l->clock_back += counters_one(&c->cpus[cpu].clock_back);
	}
	l->unattributed_bytes = s->unattributed[EG_COLUMN_EGRESS].payload_bytes +
				c->ledger->drained_ownerless_bytes;
	for (size_t i = 0; i < s->row_count; i++)
		if (counters_ownerless(&s->rows[i].key))
			l->unattributed_bytes += s->rows[i].val.payload_bytes;
}

/* Fills the totals: payload as the kernel counted it, the other fields (which it does
 * not total) as the sum. */
static bool totals_check(const struct collect *c, struct sample *s,
			 const uint64_t before[EG_COLUMNS])
{
	struct eg_flow_val sum[EG_COLUMNS];
	uint64_t after[EG_COLUMNS];
	bool ok = true;

	for (int column = 0; column < EG_COLUMNS; column++) {
		sum[column] = s->drained[column];
		counters_add(&sum[column], &s->unattributed[column]);
	}
	for (size_t i = 0; i < s->row_count; i++)
		counters_add(&sum[s->rows[i].key.column % EG_COLUMNS], &s->rows[i].val);
	for (int retry = 0; retry < TOTAL_RETRIES; retry++) {
		totals_load(c, after);
		if (after[0] >= sum[0].payload_bytes && after[1] >= sum[1].payload_bytes)
			break;
		counters_wait(retry);
	}
	for (int column = 0; column < EG_COLUMNS; column++) {
		s->total_before[column] = sum[column];
		s->total_after[column] = sum[column];
		s->total_before[column].payload_bytes = before[column];
		s->total_after[column].payload_bytes = after[column];
		ok = ok && before[column] <= sum[column].payload_bytes &&
		     sum[column].payload_bytes <= after[column];
	}
	return ok;
}

/* Devices first, rows after: bytes on their way are then in the rows already. Without wire
 * bytes to subtract there is nothing to look for. */
static bool residual_look(struct collect *c, uint64_t *ret_rise)
{
	enum plan_rung rung = c->plan.rung[PLAN_EGRESS];

	if (rung != RUNG_CGROUP_SKB && rung != RUNG_CGROUP_SKB_PROBE)
		return false;
	return clock_boot_ns() >= c->residual.next_ns && !residual_devices(&c->residual, ret_rise);
}

static void residual_take(struct collect *c, const struct sample *s, uint64_t rise)
{
	const struct eg_flow_key nobody = { .column = EG_COLUMN_EGRESS };
	uint64_t expected = c->residual.gone_bytes;

	for (size_t i = 0; i < s->row_count; i++)
		expected += residual_expected(&s->rows[i].key, &s->rows[i].val);
	expected += residual_expected(&nobody, &s->unattributed[EG_COLUMN_EGRESS]);
	residual_step(&c->residual, rise, expected, clock_boot_ns());
}

static bool losses_moved(const struct sample_losses *a, const struct sample_losses *b)
{
	return a->flow_map_full != b->flow_map_full || a->storage_refused != b->storage_refused ||
	       a->recursion_misses != b->recursion_misses;
}

static bool file_losses_moved(const struct sample_losses *a, const struct sample_losses *b)
{
	return a->file_misses != b->file_misses || a->readers_full != b->readers_full;
}

int collect_read(struct collect *c, const struct sample **ret)
{
	struct sample s = {};
	uint64_t before[EG_COLUMNS], rise;
	bool look;
	int r;

	look = residual_look(c, &rise);
	inet_refresh(c);
	file_read_before(c, &s);
	totals_load(c, before); /* first: rows made after it may be missed below */
	r = rows_reserve(c);
	if (r == 0)
		r = file_read(c, &s);
	if (r < 0)
		return r;
	s.row_count = rows_take(c, clock_boot_ns());
	s.rows = c->sample_rows;
	rest_take(c, &s);
	losses_take(c, &s);
	if (look)
		residual_take(c, &s, rise);
	s.residual = c->residual.sum;
	s.invariant_ok = totals_check(c, &s, before);
	if (!s.invariant_ok)
		c->ledger->invariant_broken++;
	s.boot_ns = clock_boot_ns();
	s.wall_ns = clock_ns(CLOCK_REALTIME);
	s.inexact = c->sample.boot_ns && losses_moved(&s.losses, &c->sample.losses);
	s.reads_inexact = c->sample.boot_ns && file_losses_moved(&s.losses, &c->sample.losses);
	c->previous_boot_ns = c->sample.boot_ns;
	c->sample = s;
	*ret = &c->sample;
	return 0;
}
