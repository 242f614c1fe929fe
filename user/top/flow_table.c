/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of flows across answers; see flow.h. Owns the rows and their texts.
 */
#include <errno.h>
#include <xxhash.h>

#include "base/cleanup.h"
#include "base/vocab.h"
#include "top/flow.h"
#include "top/flat_line.h"
#include "top/flow_line.h"

#define ANCESTORS_MAX 100000 /* the daemon keeps fewer; bounds a hostile answer */

static void row_free(struct flow_table *t, struct flow_row *row)
{
	for (int i = 0; i < T_COUNT; i++)
		texts_drop(&t->texts, row->text[i]);
	free(row);
}

static void ancestors_clear(struct flow_table *t, struct flow_ancestors *a)
{
	for (size_t i = 0; i < a->count; i++)
		texts_drop(&t->texts, a->all[i].name);
	a->count = 0;
}

static void ancestors_free(struct flow_table *t, struct flow_ancestors *a)
{
	ancestors_clear(t, a);
	free(a->all);
	*a = (struct flow_ancestors){ 0 };
}

void flow_table_begin(struct flow_table *t)
{
	if (!t->hints)
		t->hints = calloc(1, sizeof(*t->hints)); /* without it goes more slowly */
	t->generation++;
	t->coming_totals = (struct flow_totals){ 0 };
	ancestors_clear(t, &t->coming);
}

/* Where the answer that is being taken puts its rates. */
static unsigned int next_head(const struct flow_table *t)
{
	return (t->head + 1) % HISTORY_SLOTS;
}

/* What makes two lines the same flow. Names that are found later (container name,
 * destination name, session) are not part of it, but for the session: a pooled
 * backend that changes hands is another sender. */
static uint64_t row_identity(const struct flow_line *line)
{
	static const enum text_field texts[] = { T_PROCESS,   T_START, T_USER,  T_CONTAINER_ID,
						 T_TRANSPORT, T_INIT,  T_SCOPE, T_DST,
						 T_SESSION,   T_COLUMN };
	static const enum num_field nums[] = { N_PID, N_PORT, N_NETNS };
	uint64_t h = line->other ? 1 : 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *s = line->text[texts[i]];

		h = XXH3_64bits_withSeed(s ? s : "", s ? strlen(s) + 1 : 0, h + i);
	}
	for (size_t i = 0; i < sizeof(nums) / sizeof(nums[0]); i++)
		h = XXH3_64bits_withSeed(&line->num[nums[i]], sizeof(line->num[0]), h + i);
	return h;
}

static int reserve_list(struct flow_table *t)
{
	size_t room = MAX(2 * t->list_room, (size_t)256);
	void *p;

	if (t->count < t->list_room)
		return 0;
	p = reallocarray(t->list, room, sizeof(struct flow_row *));
	if (!p)
		return -ENOMEM;
	t->list = p;
	t->list_room = room;
	return 0;
}

static struct flow_row *row_get(struct flow_table *t, uint64_t id)
{
	struct flow_row *row;

	HASH_FIND(hh, t->rows, &id, sizeof(id), row);
	if (row)
		return row;
	row = reserve_list(t) < 0 ? NULL : calloc(1, sizeof(*row));
	if (!row)
		return NULL;
	row->id = id;
	HASH_ADD(hh, t->rows, id, sizeof(row->id), row);
	t->count++;
	return row;
}

/* Keeps the old text where it did not change, the usual case. */
static int row_set_text(struct flow_table *t, struct flow_row *row, int field, const char *value)
{
	const char *copy;

	if (!value || !*value)
		return 0;
	if (row->text[field] && strcmp(row->text[field], value) == 0)
		return 0;
	copy = texts_keep(&t->texts, value);
	if (!copy)
		return -ENOMEM;
	texts_drop(&t->texts, row->text[field]);
	row->text[field] = copy;
	return 0;
}

static enum flow_billing row_billing(const struct flow_row *row)
{
	static const char *const billed[] = { "unix", "vsock", "packet" };
	const char *column = row->text[T_COLUMN], *transport = row->text[T_TRANSPORT];
	bool handoff = column && strcmp(column, "handoff") == 0;

	for (size_t i = 0; handoff && transport && i < ARRAY_SIZE(billed); i++)
		if (strcmp(transport, billed[i]) == 0)
			handoff = false;
	if (handoff)
		return row->other ? FLOW_HANDOFF_REST : FLOW_SHADOW;
	if (row->scope == EG_SCOPE_LOOPBACK || row->scope == EG_SCOPE_HOST_LOCAL)
		return FLOW_LOCAL;
	return FLOW_LEAVES;
}

/* The row of a line, with the line's texts; NULL: no memory. */
static struct flow_row *row_named(struct flow_table *t, const struct flow_line *line)
{
	struct flow_row *row = row_get(t, row_identity(line));
	enum eg_scope scope;

	for (int i = 0; row && i < T_COUNT; i++)
		if (row_set_text(t, row, i, line->text[i]) < 0)
			return NULL;
	if (!row)
		return NULL;
	row->dst_hash =
		texts_hash(row->text[T_DST_GROUP] ? row->text[T_DST_GROUP] : row->text[T_DST]);
	row->process_hash = row->text[T_ENTITY]
				    ? texts_hash(row->text[T_ENTITY])
				    : XXH3_64bits_withSeed(&line->num[N_PID], sizeof(line->num[0]),
							   texts_hash(row->text[T_START]));
	row->parent_hash = texts_hash(row->text[T_PARENT_ENTITY]);
	row->other = line->other;
	row->scope = EG_SCOPE_UNKNOWN;
	if (row->text[T_SCOPE] && scope_parse(row->text[T_SCOPE], &scope) == 0)
		row->scope = (uint8_t)scope;
	row->billing = (uint8_t)row_billing(row);
	return row;
}

int flow_table_past(struct flow_table *t, const struct flow_line *line, unsigned int age,
		    unsigned int step_s)
{
	struct flow_row *row = row_named(t, line);
	uint64_t rate = line->num[N_PAYLOAD] / step_s;

	if (!row)
		return -ENOMEM;
	if (row->generation != t->generation) {
		row->generation = t->generation;
		row->num[N_PORT] = line->num[N_PORT];
		row->known = line->known | 1u << N_RATE_60S;
	}
	row->num[N_PAYLOAD] += line->num[N_PAYLOAD];
	row->num[N_WIRE] += line->num[N_WIRE];
	if (age == 0)
		row->num[N_RATE_60S] += rate;
	if (age >= HISTORY_SLOTS)
		return 0;
	row->history[(next_head(t) + HISTORY_SLOTS - age) % HISTORY_SLOTS] += (float)rate;
	row->minute += (double)rate;
	return 0;
}

static int row_take(struct flow_table *t, const struct flow_line *line)
{
	struct flow_row *row = row_named(t, line);

	if (!row)
		return -ENOMEM;
	if (row->generation == t->generation) { /* the same flow twice: additive */
		for (int i = 0; i < N_COUNT; i++)
			if (fields_num_adds(i))
				row->num[i] += line->num[i];
		row->known |= line->known;
	} else {
		memcpy(row->num, line->num, sizeof(row->num));
		row->known = line->known;
	}
	row->ended = line->ended;
	row->generation = t->generation;
	if (!row->ended)
		row->dismissed = false;
	row->minute -= (double)row->history[next_head(t)];
	row->history[next_head(t)] = (float)row->num[N_RATE_1S];
	row->minute += (double)row->history[next_head(t)];
	return 0;
}

/* -ENOMEM. One without a number of its own is no ancestor of anybody. */
static int ancestor_take(struct flow_table *t, const struct flow_line *line)
{
	struct flow_ancestors *a = &t->coming;
	const char *id = line->text[T_ENTITY], *parent = line->text[T_PARENT_ENTITY];
	const char *name = line->text[T_PROCESS];

	if (!id || a->count == ANCESTORS_MAX)
		return 0;
	if (a->count == a->room) {
		size_t room = MAX(2 * a->room, (size_t)64);
		void *p = reallocarray(a->all, room, sizeof(*a->all));

		if (!p)
			return -ENOMEM;
		a->all = p;
		a->room = room;
	}
	name = name ? texts_keep(&t->texts, name) : NULL;
	a->all[a->count++] = (struct flow_ancestor){ .id = texts_hash_of(id),
						     .parent = parent ? texts_hash_of(parent) : 0,
						     .name = name,
						     .pid = (uint32_t)line->num[N_PID],
						     .exited = line->exited };
	return 0;
}

int flow_table_line(struct flow_table *t, const char *text, size_t len)
{
	struct flow_line line;
	int r = flow_line_parse(text, len, t->hints, &line);

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		t->bad_lines++;
	else if (line.is_total)
		t->coming_totals = line.totals;
	else if (line.ancestor)
		r = ancestor_take(t, &line);
	else
		r = row_take(t, &line);
	flow_line_free(&line);
	return r == -ENOMEM ? r : 0;
}

void flow_table_end(struct flow_table *t)
{
	struct flow_ancestors old = t->ancestors;
	struct flow_row *row, *next;
	size_t n = 0;

	t->head = next_head(t);
	if (t->filled < HISTORY_SLOTS)
		t->filled++;
	t->totals = t->coming_totals;
	t->ancestors = t->coming;
	t->coming = old;
	HASH_ITER(hh, t->rows, row, next) {
		if (row->generation == t->generation) {
			t->list[n++] = row;
			continue;
		}
		HASH_DEL(t->rows, row);
		t->count--;
		row_free(t, row);
	}
	t->listed = n;
}

void flow_table_free(struct flow_table *t)
{
	struct flow_row *row, *next;

	HASH_ITER(hh, t->rows, row, next) {
		HASH_DEL(t->rows, row);
		row_free(t, row);
	}
	ancestors_free(t, &t->ancestors);
	ancestors_free(t, &t->coming);
	free(t->list);
	free(t->hints);
	*t = (struct flow_table){ 0 };
}

size_t flow_table_dismiss(struct flow_table *t)
{
	struct flow_row *row, *next;
	size_t count = 0;

	HASH_ITER(hh, t->rows, row, next) {
		if (row->ended && !row->dismissed) {
			row->dismissed = true;
			count++;
		}
	}
	return count;
}
