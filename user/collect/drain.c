/* SPDX-License-Identifier: Apache-2.0
 *
 * Takes idle rows out of the table without losing a byte. A row first leaves the
 * index and changes generation, so that no program finds it any more; its bytes move
 * to the ledger only when none can still hold it; a journal makes that move survive
 * kill -9. Bytes that arrive in between are kept apart, as late.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "collect/private.h"

#define NS_PER_S 1000000000ULL
#define IDLE_DEFAULT_NS (600 * NS_PER_S)
#define LIMBO_MIN_NS NS_PER_S /* programs run for microseconds */
enum { DRAIN_BATCH = 4096 };  /* rows a call: keeps it within a few milliseconds */

/* Waits until every program that runs now has ended: a grace period, some
 * milliseconds. Refused (nohz_full): the age of the limbo has to do. */
static void grace_wait(void)
{
	(void)syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

static void barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Carries out the journal's move. Doing it twice gives the same. */
static void journal_apply(struct collect *c)
{
	struct eg_ledger *l = c->ledger;
	struct eg_row *row = &c->rows[l->move_slot - 1];

	l->drained[l->move_column % EG_COLUMNS] = l->move_drained;
	l->late[l->move_column % EG_COLUMNS] = l->move_late;
	l->drained_ownerless_bytes = l->move_ownerless_bytes;
	row->val = (struct eg_flow_val){ .calls = 0 };
	row->seen_calls = 0;
	row->state = EG_ROW_FREE;
	barrier();
}

static void val_subtract(struct eg_flow_val *v, const struct eg_flow_val *less)
{
	v->payload_bytes -= less->payload_bytes;
	v->wire_bytes -= less->wire_bytes;
	v->retrans_bytes -= less->retrans_bytes;
	v->packets -= less->packets;
	v->calls -= less->calls;
}

/* Moves one retired row to the ledger and gives its slot back. Killed between the last
 * two steps, one slot is lost: better than one used twice. */
static void row_release(struct collect *c, const struct limbo *limbo)
{
	const struct eg_row *row = &c->rows[limbo->slot];
	struct eg_ledger *l = c->ledger;
	struct eg_flow_val late;
	uint32_t slot = limbo->slot;

	counters_load(&late, &row->val, limbo->column);
	val_subtract(&late, &limbo->at_retire);
	l->move_column = limbo->column;
	l->move_drained = l->drained[limbo->column];
	l->move_late = l->late[limbo->column];
	l->move_ownerless_bytes = l->drained_ownerless_bytes;
	counters_add(&l->move_drained, &limbo->at_retire);
	counters_add(&l->move_late, &late);
	if (counters_ownerless(&row->key))
		l->move_ownerless_bytes += limbo->at_retire.payload_bytes;
	barrier();
	l->move_slot = (uint64_t)slot + 1;
	barrier();
	journal_apply(c);
	l->move_slot = 0;
	barrier();
	(void)bpf_map_update_elem(c->map_fd[MAP_FREE], NULL, &slot, BPF_ANY);
}

static void limbo_release(struct collect *c)
{
	grace_wait();
	for (size_t i = 0; i < c->limbo_count; i++)
		row_release(c, &c->limbo[i]);
	c->limbo_count = 0;
}

/* From here on no program that starts finds the row. */
static void row_retire(struct collect *c, uint32_t slot)
{
	struct eg_row *row = &c->rows[slot];
	struct limbo *l = &c->limbo[c->limbo_count];

	l->slot = slot;
	l->column = row->key.column % EG_COLUMNS;
	counters_load(&l->at_retire, &row->val, l->column);
	if (l->at_retire.calls != row->seen_calls)
		return; /* busy again */
	(void)bpf_map_delete_elem(c->map_fd[MAP_INDEX], &row->key);
	__atomic_add_fetch(&row->generation, 1, __ATOMIC_SEQ_CST);
	if (!row->generation) /* 0 means no row */
		row->generation = 1;
	row->state = EG_ROW_RETIRED;
	c->residual.gone_bytes += residual_expected(&row->key, &l->at_retire);
	c->limbo_count++;
}

/* Idle: unchanged in the last sample, and for so long. What the last sample showed is
 * then what the row holds. */
static bool row_idle(const struct collect *c, const struct eg_row *row, uint64_t idle_ns)
{
	uint64_t last = row->val.last_ns;

	return row->state == EG_ROW_LIVE && row->val.calls && row->val.calls == row->seen_calls &&
	       last && last < c->sample.boot_ns && last < c->previous_boot_ns &&
	       c->sample.boot_ns - last >= idle_ns;
}

int collect_drain_idle(struct collect *c, uint64_t idle_ns)
{
	file_drain(c);
	if (c->limbo_count && clock_boot_ns() - c->limbo_since_ns < LIMBO_MIN_NS)
		return 0;
	if (c->limbo_count)
		limbo_release(c);
	if (!c->limbo) {
		c->limbo = calloc(DRAIN_BATCH, sizeof(*c->limbo));
		if (!c->limbo)
			return -ENOMEM;
	}
	for (uint32_t slot = 0; slot < c->max_flows && c->limbo_count < DRAIN_BATCH; slot++) {
		if (slot % SLOTS_PER_CHUNK == 0 && !c->chunks[slot / SLOTS_PER_CHUNK]) {
			slot += SLOTS_PER_CHUNK - 1;
			continue;
		}
		if (row_idle(c, &c->rows[slot], idle_ns ? idle_ns : IDLE_DEFAULT_NS))
			row_retire(c, slot);
	}
	c->limbo_since_ns = clock_boot_ns();
	return (int)c->limbo_count;
}

/* A row the index does not lead to was being retired when the daemon died. */
static bool row_orphaned(const struct collect *c, uint32_t slot)
{
	const struct eg_row *row = &c->rows[slot];
	struct eg_ref ref;

	if (row->state == EG_ROW_RETIRED)
		return true;
	if (row->state != EG_ROW_LIVE || !row->val.calls)
		return false;
	if (bpf_map_lookup_elem(c->map_fd[MAP_INDEX], &row->key, &ref))
		return errno == ENOENT;
	return ref.slot != slot;
}

int drain_recover(struct collect *c)
{
	struct limbo l;

	if (c->ledger->move_slot > c->max_flows)
		return -EINVAL;
	if (c->ledger->move_slot) {
		journal_apply(c);
		c->ledger->move_slot = 0;
	}
	grace_wait();
	for (uint32_t slot = 0; slot < c->max_flows; slot++) {
		if (!c->chunks[slot / SLOTS_PER_CHUNK] || !row_orphaned(c, slot))
			continue;
		if (c->rows[slot].state == EG_ROW_LIVE)
			__atomic_add_fetch(&c->rows[slot].generation, 1, __ATOMIC_SEQ_CST);
		grace_wait();
		l.slot = slot;
		l.column = c->rows[slot].key.column % EG_COLUMNS;
		counters_load(&l.at_retire, &c->rows[slot].val, l.column);
		row_release(c, &l);
	}
	return 0;
}
