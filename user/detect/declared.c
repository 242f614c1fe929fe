// SPDX-License-Identifier: Apache-2.0
/*
 * The operator's words in the engine: bytes that a declared transfer covers are taken
 * out before anything is judged or learned; budgets are judged by themselves, and what
 * a peer is for is context.
 */
#include <xxhash.h>

#include "base/cleanup.h"
#include "detect/core.h"
#include "detect/fixed.h"
#include "model/words.h"

enum {
	MILLI = 1000,
	SILENT_PART = 16,       /* of its quietest hour: nothing but keep-alives */
	CAUGHT_UP_MILLI = 1250, /* of its largest day */
};

/* Above the word's id: ids of series are hashes, so that one like it is as unlikely as two
 * that are the same. */
static const uint64_t budget_id_base = 0x62756467ULL << 32; /* "budg" */

bool core_declared_begin(struct engine *e, int64_t ts)
{
	if (!e->words)
		return false;
	words_begin(e->words, ts);
	return words_any_active(e->words);
}

/* A pair from before the declaration holds its destination untold apart. It takes this one,
 * without weight: the first byte to a neighbour that is not covered takes it away. */
static void repoint(struct engine *e, const struct tick_row *row, enum series_class cls)
{
	struct series_key key = {
		.actor_id = row->actor ? row->actor->id : 0,
		.dest_id = row->dest->id,
		.kind = SERIES_PAIR,
		.cls = cls,
		.init = MIN(row->init, (uint8_t)(EG_INIT_COUNT - 1)),
		.port = row->port,
	};
	uint32_t index = idmap_get(&e->by_id, series_id(&key));
	struct series *s = index == IDMAP_NONE ? NULL : &e->series[index];

	if (s && s->dest && !s->dest->declared && !s->dest_weight_bytes)
		s->dest = row->dest;
}

const struct tick_row *core_declared(struct engine *e, const struct tick_row *row,
				     struct tick_row *left)
{
	enum series_class cls = CLASS_ANY;
	uint64_t sent = 0, read = 0;

	if (core_classify(row, &cls) && !row->tx_unknown && row->tx_bytes)
		sent = words_spend(e->words, row, cls == CLASS_PUBLIC);
	if (row->actor && row->rd_bytes)
		read = words_spend_read(e->words, row);
	if (!sent && !read)
		return row;
	if (sent && row->dest) {
		/* seen there, declared or not: it is not new later */
		(void)ledger_note(&e->ledger, row->dest->id, (uint16_t)e->day);
		repoint(e, row, cls);
	}
	*left = *row;
	left->tx_bytes -= sent;
	left->rd_bytes -= read;
	return left;
}

bool core_is_application(const struct engine *e, const struct actor *actor, const struct dest *dest)
{
	return e->words && words_role(e->words, actor, dest) == ROLE_APPLICATION;
}

bool core_is_declared(const struct engine *e, const struct series *s)
{
	const struct actor_record *r = core_record(e, s);

	if (!e->words || !r || (s->kind != SERIES_READ && (s->kind != SERIES_PAIR || !s->dest)))
		return false;
	return words_expects(e->words, r->actor, s->kind == SERIES_PAIR ? s->dest : NULL);
}

static bool is_peer(const struct engine *e, const struct actor *actor, const struct dest *dest)
{
	int role = words_role(e->words, actor, dest);

	return role == ROLE_REPLICA || role == ROLE_BACKUP;
}

static bool is_peers(const struct engine *e, const struct series *pair)
{
	const struct actor_record *r = core_record(e, pair);

	return is_peer(e, r ? r->actor : NULL, pair->dest);
}

/* At least half of what a sum over several pairs holds is of such as `counts` says. */
static bool is_mostly(const struct engine *e, const struct series *sum, unsigned int horizon,
		      bool (*counts)(const struct engine *e, const struct series *pair))
{
	uint64_t kib = 0, value_kib = sum->ring.sum_kib[horizon];

	for (uint32_t i = 0; i < e->pairs.count; i++) {
		struct series *s = &e->series[e->pairs.series[i]];
		const struct actor_record *r = core_record(e, s);

		if (s->cls != sum->cls || !r ||
		    (sum->actor != ACTOR_NONE && s->actor != sum->actor))
			continue;
		core_series_advance(e, s, &e->clock);
		if (counts(e, s))
			kib = fixed_add(kib, s->ring.sum_kib[horizon]);
	}
	return value_kib && kib >= value_kib / 2;
}

bool core_is_role(const struct engine *e, const struct series *s, unsigned int horizon)
{
	if (!e->words || s->cls != CLASS_INTERNAL || s->kind == SERIES_READ ||
	    s->kind == SERIES_FAN)
		return false;
	return s->kind == SERIES_PAIR ? is_peers(e, s) : is_mostly(e, s, horizon, is_peers);
}

/* A stream that is never silent for an hour was so within the last day, and with all it
 * sends now the day is no larger than its days are. */
static bool pair_catches_up(const struct engine *e, const struct series *pair)
{
	uint64_t day_kib = pair->envelope.peak_kib[H_1D];

	return core_steady_is_warm(e, pair) &&
	       pair->steady.value_kib < pair->steady.peak_kib / SILENT_PART &&
	       pair->ring.sum_kib[H_1D] <= fixed_mul_milli(day_kib, CAUGHT_UP_MILLI);
}

/* A nightly job that is no larger than it is and that itself gives no cause for a ticket: a
 * sum over several does not know it when the clocks change. */
static bool pair_is_usual_job(const struct engine *e, const struct series *pair)
{
	uint64_t today_kib = pair->ring.day_kib[e->clock.position[RING_TIERS - 1]];

	return pair->usual_kind == USUAL_JOB && pair->level < EG_LEVEL_TICKET &&
	       today_kib <= pair->usual_kib + pair->usual_slack_kib;
}

bool core_catches_up(const struct engine *e, const struct series *s, unsigned int horizon)
{
	bool internal = s->cls == CLASS_INTERNAL;

	if (horizon >= H_1D)
		return false;
	if (s->kind == SERIES_PAIR)
		return internal && pair_catches_up(e, s);
	return (s->kind == SERIES_HOST || s->kind == SERIES_ACTOR) &&
	       ((internal && is_mostly(e, s, horizon, pair_catches_up)) ||
		is_mostly(e, s, horizon, pair_is_usual_job));
}

static enum series_class class_of(const struct word *word)
{
	if (word->said.scope == WORD_PUBLIC)
		return CLASS_PUBLIC;
	return word->said.scope == WORD_INTERNAL ? CLASS_INTERNAL : CLASS_ANY;
}

/* What was counted, as one number: evidence that a replay counted the same. */
static uint64_t word_hash(const struct word *word)
{
	const uint64_t state[] = { word->id, (uint64_t)word->period, word->used_bytes,
				   word->over_bytes };

	return XXH3_64bits(state, sizeof(state));
}

static bool is_about_actors(const struct declaration *said)
{
	return said->actor[0] || said->user[0] || said->container[0];
}

static struct finding budget_finding(const struct engine *e, const struct word *word)
{
	uint64_t sent = word_sent_bytes(word), budget = MAX(word->said.bytes, 1ULL);
	const struct peak peak = {
		.value_kib = sent, .allowed_kib = budget, .any = true, .warm = true
	};
	struct finding f = {
		.series_id = budget_id_base | word->id,
		.kind = SERIES_BUDGET,
		.cls = class_of(word),
		.actor = is_about_actors(&word->said) ? word->last_actor : NULL,
		.dest = word->said.destination[0] ? word->last_dest : NULL,
		.horizon = H_1D,
		.warm = true,
		.value_bytes = sent,
		.allowed_bytes = budget,
		.baseline_bytes = budget,
		.floor_bytes = budget,
		.tx_bytes = word->tick_bytes,
		.day_bytes = sent,
		.db_bytes = e->db_bytes,
		.state_hash = word_hash(word),
		.profile_age_days = e->learned[WARM_HORIZON],
		.ratio_milli = fixed_ratio_milli(sent, budget),
		.volume_milli = core_points_milli(&peak),
	};

	f.score_milli = core_base_score(e->params, word->said.level) * MILLI + f.volume_milli;
	f.level = MAX(core_level(e->params, f.score_milli), word->said.level);
	return f;
}

void core_budgets(struct engine *e)
{
	for (size_t i = 0; e->words && i < words_size(e->words); i++) {
		const struct word *word = words_at(e->words, i);

		if (word_is_exceeded(word))
			e->findings[e->finding_count++] = budget_finding(e, word);
	}
}
