/* SPDX-License-Identifier: Apache-2.0
 *
 * An engine of its own, fed interval by interval.
 */
#ifndef TESTS_DETECT_FIXTURE_H
#define TESTS_DETECT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "detect/core.h"

#define MB 1000000ULL
#define GB 1000000000ULL
#define TB 1000000000000ULL
#define MONDAY 1714348800 /* 2024-04-29T00:00:00Z */

extern const struct params_detect detect_defaults;

struct bench {
	struct params_detect params;
	struct names *names;
	struct engine *engine;
	int64_t ts;
	uint32_t interval_s;
	uint64_t db_bytes;
	const struct finding *findings;
	size_t count;
};

static inline void bench_open(struct bench *b)
{
	*b = (struct bench){ .params = detect_defaults, .ts = MONDAY, .interval_s = 600 };
	assert_int_equal(names_new(&b->names), 0);
	assert_int_equal(engine_new(&b->params, b->names, &b->engine), 0);
}

static inline void bench_close(struct bench *b)
{
	engine_free(b->engine);
	names_free(b->names);
}

static inline int bench_try(struct bench *b, const struct tick_row *rows, size_t count, bool gap)
{
	struct tick tick = {
		.host = "db",
		.ts = b->ts,
		.interval_s = b->interval_s,
		.db_bytes = b->db_bytes,
		.rows = rows,
		.row_count = count,
		.gap = gap,
	};

	return engine_feed(b->engine, &tick, &b->findings, &b->count);
}

static inline void bench_feed(struct bench *b, const struct tick_row *rows, size_t count)
{
	assert_int_equal(bench_try(b, rows, count, false), 0);
	b->ts += b->interval_s;
}

static inline struct tick_row host_row(uint64_t bytes)
{
	return (struct tick_row){ .tx_bytes = bytes };
}

static inline struct tick_row row_to(struct bench *b, const char *exe, const char *dst,
				     uint64_t bytes)
{
	return (struct tick_row){
		.actor = names_actor(b->names, exe, exe, "", "postgres"),
		.dest = names_dest(b->names, dst, EG_SCOPE_UNKNOWN),
		.tx_bytes = bytes,
		.port = 5432,
		.proto = 6,
		.init = EG_INIT_ACCEPTED,
	};
}

/* The same rows every interval for so many days. */
static inline void bench_days(struct bench *b, unsigned int days, const struct tick_row *rows,
			      size_t count)
{
	int64_t end = b->ts + (int64_t)days * DAY_S;

	while (b->ts < end)
		bench_feed(b, rows, count);
}

static inline const struct finding *bench_find(const struct bench *b, enum series_kind kind)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->findings[i].kind == kind)
			return &b->findings[i];
	return NULL;
}

static inline bool has_context(const struct finding *f, enum eg_context context)
{
	for (size_t i = 0; i < f->point_count; i++)
		if (f->points[i].context == context)
			return true;
	return false;
}

/* splitmix64 */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

#endif
