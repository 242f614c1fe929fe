/* SPDX-License-Identifier: Apache-2.0
 *
 * Group `file`, the counters: one row a reading process, sums, losses; and the way out
 * for rows of processes that ended.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "collect/private.h"

static void val_add(struct eg_reader_val *sum, const struct eg_reader_val *v)
{
	sum->read_bytes += counters_one(&v->read_bytes);
	sum->calls += counters_one(&v->calls);
	sum->mapped_bytes += counters_one(&v->mapped_bytes);
}

static struct eg_reader_val totals(const struct collect *c)
{
	struct eg_reader_val sum = {};

	for (unsigned int cpu = 0; cpu < c->cpu_count; cpu++)
		val_add(&sum, &c->file.cpus[cpu].total);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return sum;
}

static bool val_same(const struct eg_reader_val *a, const struct eg_reader_val *b)
{
	return a->calls == b->calls && a->mapped_bytes == b->mapped_bytes;
}

static bool val_below(const struct eg_reader_val *a, const struct eg_reader_val *b)
{
	return a->read_bytes < b->read_bytes || a->mapped_bytes < b->mapped_bytes;
}

void file_read_before(const struct collect *c, struct sample *s)
{
	if (c->file.watch)
		s->read_total_before = totals(c);
}

static int room_make(struct file_side *f)
{
	if (f->readers)
		return 0;
	free(f->keys); /* of an attempt that failed */
	free(f->vals);
	f->keys = calloc(EG_READERS_MAX, sizeof(*f->keys));
	f->vals = calloc(EG_READERS_MAX, sizeof(*f->vals));
	if (f->keys && f->vals)
		f->readers = calloc(EG_READERS_MAX, sizeof(*f->readers));
	return f->readers ? 0 : -ENOMEM;
}

/* In batches: one call for what the table usually holds. */
static int rows_take(struct collect *c)
{
	struct file_side *f = &c->file;
	uint32_t batch, *from = NULL, done = 0;
	int r = 0;

	while (r == 0 && done < EG_READERS_MAX) {
		uint32_t count = EG_READERS_MAX - done;

		r = bpf_map_lookup_batch(c->map_fd[MAP_READERS], from, &batch, &f->keys[done],
					 &f->vals[done], &count, NULL);
		if (r == 0 || r == -ENOENT)
			done += count;
		from = &batch;
	}
	if (r < 0 && r != -ENOENT)
		return r;
	for (uint32_t i = 0; i < done; i++)
		f->readers[i] = (struct sample_reader){ f->keys[i], f->vals[i] };
	f->reader_count = done;
	return 0;
}

static void sums_check(struct collect *c, struct sample *s)
{
	struct eg_reader_val sum = s->readers_drained, after;

	val_add(&sum, &s->readers_unattributed);
	for (size_t i = 0; i < s->reader_count; i++)
		val_add(&sum, &s->readers[i].val);
	after = totals(c);
	for (int retry = 0; retry < TOTAL_RETRIES && val_below(&after, &sum); retry++) {
		counters_wait(retry);
		after = totals(c);
	}
	s->read_total_after = after;
	s->read_invariant_ok = !val_below(&sum, &s->read_total_before) && !val_below(&after, &sum);
	if (!s->read_invariant_ok)
		c->file.ledger->invariant_broken++;
}

int file_read(struct collect *c, struct sample *s)
{
	struct file_side *f = &c->file;
	int r = 0;

	s->read_invariant_ok = true;
	if (!f->watch)
		return 0;
	/* nothing was read since before the last sample's rows: they are these. (Not since its
	 * end: what came between its rows and its totals is in the latter alone.) */
	if (!val_same(&s->read_total_before, &c->sample.read_total_before) || !f->readers) {
		r = room_make(f);
		if (r == 0)
			r = rows_take(c);
		if (r < 0)
			return r;
	}
	s->reads_known = f->watch->dev_count > 0;
	s->readers = f->readers;
	s->reader_count = f->reader_count;
	s->readers_drained = f->ledger->drained;
	for (unsigned int cpu = 0; cpu < c->cpu_count; cpu++) {
		val_add(&s->readers_unattributed, &f->cpus[cpu].unattributed);
		s->losses.readers_full += counters_one(&f->cpus[cpu].readers_full);
		s->losses.file_misses += counters_one(&f->cpus[cpu].aio_unseen);
	}
	sums_check(c, s);
	return 0;
}

/* Nobody can add to the row of a process that is gone: its id and start time together
 * never come again. */
static bool is_gone(const struct eg_reader_key *key)
{
	int fd;

	if (!key->tgid)
		return false;
	fd = (int)syscall(__NR_pidfd_open, key->tgid, 0);
	if (fd < 0)
		return errno == ESRCH;
	close(fd);
	return false;
}

static void row_drain(struct collect *c, const struct eg_reader_key *key)
{
	struct eg_file_ledger *l = c->file.ledger;
	struct eg_reader_val val;

	if (bpf_map_lookup_elem(c->map_fd[MAP_READERS], key, &val))
		return;
	l->move_key = *key;
	l->move_drained = l->drained;
	val_add(&l->move_drained, &val);
	__atomic_store_n(&l->move_valid, 1, __ATOMIC_SEQ_CST);
	l->drained = l->move_drained;
	(void)bpf_map_delete_elem(c->map_fd[MAP_READERS], key);
	__atomic_store_n(&l->move_valid, 0, __ATOMIC_SEQ_CST);
}

void file_drain(struct collect *c)
{
	struct file_side *f = &c->file;
	size_t kept = 0;

	for (size_t i = 0; i < f->reader_count; i++) {
		if (is_gone(&f->readers[i].key))
			row_drain(c, &f->readers[i].key);
		else
			f->readers[kept++] = f->readers[i];
	}
	f->reader_count = kept;
	c->sample.readers = f->readers;
	c->sample.reader_count = kept;
}

void file_drain_self(struct collect *c)
{
	struct eg_reader_key key, next, *at = NULL;
	uint32_t self = (uint32_t)getpid();

	while (!bpf_map_get_next_key(c->map_fd[MAP_READERS], at, &next)) {
		if (at && key.tgid == self)
			row_drain(c, &key);
		key = next;
		at = &key;
	}
	if (at && key.tgid == self)
		row_drain(c, &key);
}
