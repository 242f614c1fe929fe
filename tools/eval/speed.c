// SPDX-License-Identifier: Apache-2.0
/*
 * What a series costs: 100 programs with 6 destinations each, all of which send in
 * every second, after 30 days of learning. CPU time, the median of ten runs.
 */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/cleanup.h"
#include "detect/core.h"

enum {
	ACTORS = 100,
	DESTS = 6,
	ROWS = ACTORS * DESTS,
	RUNS = 10,
	SECONDS = 3000, /* of one run */
	LEARN_STEP_S = 600,
	LEARN_STEPS = 30 * DAY_S / LEARN_STEP_S,
};
static const int64_t start_ts = 1714521600;

struct bench {
	struct names *names;
	struct engine *engine;
	struct tick tick;
	struct tick_row rows[ROWS];
	uint64_t random;
};

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static void make_rows(struct bench *b)
{
	for (unsigned int i = 0; i < ROWS; i++) {
		unsigned int actor = i / DESTS, n = i % DESTS;
		char exe[32], address[32];

		snprintf(exe, sizeof(exe), "program-%u", actor);
		snprintf(address, sizeof(address), n % 2 ? "203.%u.%u.9" : "10.%u.%u.9", n, actor);
		b->rows[i] = (struct tick_row){
			.actor = names_actor(b->names, exe, exe, "", "postgres"),
			.dest = names_dest(b->names, address, EG_SCOPE_UNKNOWN),
			.port = 5432,
			.proto = 6,
			.init = EG_INIT_ACCEPTED,
		};
	}
	b->tick = (struct tick){ .host = "db",
				 .ts = start_ts,
				 .db_bytes = 500000000000,
				 .rows = b->rows,
				 .row_count = ROWS };
}

static int feed(struct bench *b, uint32_t interval_s, uint64_t rate)
{
	const struct finding *findings;
	size_t count;
	int r;

	for (unsigned int i = 0; i < ROWS; i++)
		b->rows[i].tx_bytes =
			rate * interval_s / 2 + next_random(&b->random) % (rate * interval_s);
	b->tick.interval_s = interval_s;
	r = engine_feed(b->engine, &b->tick, &findings, &count);
	b->tick.ts += interval_s;
	return r;
}

static int64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int measure(struct bench *b)
{
	int64_t took[RUNS];
	uint64_t moved = 0;
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < LEARN_STEPS; i++)
		r = feed(b, LEARN_STEP_S, 4000);
	for (unsigned int run = 0; r == 0 && run < RUNS; run++) {
		int64_t begin = cpu_ns();

		for (unsigned int i = 0; r == 0 && i < SECONDS; i++) {
			r = feed(b, 1, 4000);
			moved += b->engine->touched_count;
		}
		took[run] = cpu_ns() - begin;
	}
	if (r < 0)
		return r;
	qsort(took, RUNS, sizeof(*took), by_value);
	moved /= RUNS;
	printf("%zu bytes a series; %.1f ns a series and second (best of %d runs %.1f), "
	       "%zu series, all of which move\n",
	       sizeof(struct series), (double)took[RUNS / 2] / (double)moved, RUNS,
	       (double)took[0] / (double)moved, engine_series_count(b->engine));
	return 0;
}

int main(void)
{
	extern const struct params_detect detect_defaults;
	static struct bench b;
	int r = names_new(&b.names);

	if (r == 0)
		r = engine_new(&detect_defaults, b.names, &b.engine);
	if (r == 0) {
		make_rows(&b);
		r = measure(&b);
	}
	engine_free(b.engine);
	names_free(b.names);
	if (r < 0)
		fprintf(stderr, "speed: %s\n", strerror(-r));
	return r < 0;
}
