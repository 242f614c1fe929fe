// SPDX-License-Identifier: Apache-2.0
/*
 * Feeds the detector a made-up month (seeded) and prints a hash of every finding and
 * of the saved state. Compiled several ways by tests/system/detect-same: all must
 * print the same.
 */
#include <inttypes.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "detect/engine.h"

extern const struct params_detect detect_defaults;

enum { INTERVAL_S = 60, TICKS = 30 * 86400 / INTERVAL_S, ROWS_MAX = 12 };

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static void make_row(struct names *names, uint64_t *random, struct tick_row *row)
{
	static const char *const exes[] = { "postgres", "pg_dump", "curl", "node_exporter" };
	char address[32];
	uint64_t r = next_random(random);

	snprintf(address, sizeof(address), "%u.%u.%u.1", r & 1 ? 10U : 203U,
		 (unsigned int)(r >> 8 & 1), (unsigned int)(r >> 16 & 15));
	*row = (struct tick_row){
		.actor = names_actor(names, exes[r >> 32 & 3], "", "", "u"),
		.dest = names_dest(names, address, EG_SCOPE_UNKNOWN),
		.tx_bytes = next_random(random) >> (30 + next_random(random) % 30),
		.rd_bytes = next_random(random) >> (34 + next_random(random) % 30),
		.port = 5432,
		.init = 1 + (r >> 40 & 1),
		.tx_unknown = r % 5000 == 0,
	};
}

static void hash_finding(XXH3_state_t *hash, const struct finding *f)
{
	const uint64_t words[] = {
		f->series_id,     f->kind,
		f->horizon,       f->level,
		f->evidence,      f->capped,
		f->warm,          f->value_bytes,
		f->allowed_bytes, f->baseline_bytes,
		f->floor_bytes,   f->day_bytes,
		f->read_bytes,    f->ratio_milli,
		f->point_count,   (uint64_t)f->score_milli,
		f->tx_bytes,      f->profile_age_days,
		f->state_hash,    (uint64_t)f->volume_milli,
	};

	XXH3_64bits_update(hash, words, sizeof(words));
}

int main(void)
{
	_cleanup_buf_ struct buf state = BUF_INIT;
	XXH3_state_t *hash = XXH3_createState();
	struct tick_row rows[ROWS_MAX];
	struct engine *engine;
	struct names *names;
	uint64_t random = 1, loud = 0;

	if (!hash || names_new(&names) < 0 || engine_new(&detect_defaults, names, &engine) < 0)
		return 1;
	XXH3_64bits_reset(hash);
	for (int i = 0; i < TICKS; i++) {
		struct tick tick = {
			.ts = 1714348800 + (int64_t)i * INTERVAL_S,
			.interval_s = INTERVAL_S,
			.db_bytes = 200000000000ULL + (uint64_t)i * 1000000,
			.rows = rows,
			.row_count = next_random(&random) % ROWS_MAX,
		};
		const struct finding *findings;
		size_t count;

		for (size_t k = 0; k < tick.row_count; k++)
			make_row(names, &random, &rows[k]);
		if (engine_feed(engine, &tick, &findings, &count) < 0)
			return 1;
		for (size_t k = 0; k < count; k++) {
			hash_finding(hash, &findings[k]);
			loud += findings[k].level > EG_LEVEL_NONE;
		}
		if (count && i % 1000 == 0)
			engine_mark_alerted(engine, findings[0].series_id);
	}
	if (engine_save(engine, &state) < 0)
		return 1;
	XXH3_64bits_update(hash, state.data, state.len);
	printf("%016" PRIx64 " %" PRIu64 " findings\n", XXH3_64bits_digest(hash), loud);
	engine_free(engine);
	names_free(names);
	XXH3_freeState(hash);
	return loud ? 0 : 1;
}
