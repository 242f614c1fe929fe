/* SPDX-License-Identifier: Apache-2.0
 *
 * Saved baselines, damaged: loading refuses and changes nothing, or gives an engine
 * that can be fed, listed, saved and loaded again.
 */
#include <errno.h>
#include <stdint.h>

#include "base/buf.h"
#include "detect/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct params_detect detect_defaults;

static int look(void *ctx, const struct engine_series_info *info)
{
	(void)ctx;
	for (unsigned int h = 0; h < EG_HORIZONS; h++)
		if (!info->allowed_bytes[h])
			abort();
	return 0;
}

static void use(struct engine *e, struct names *names)
{
	struct tick_row row = {
		.actor = names_actor(names, "postgres", "postgres", "", "postgres"),
		.dest = names_dest(names, "203.0.113.7", EG_SCOPE_UNKNOWN),
		.tx_bytes = 1 << 30,
		.rd_bytes = 1 << 30,
	};
	struct tick tick = { .ts = 4000000000,
			     .interval_s = 60,
			     .db_bytes = 1ULL << 40,
			     .rows = &row,
			     .row_count = 1 };
	const struct finding *findings;
	size_t count;

	for (int i = 0; i < 3; i++, tick.ts += 50000) {
		int r = engine_feed(e, &tick, &findings, &count);

		if (r < 0 && r != -EINVAL)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf saved = BUF_INIT;
	struct params_detect params = detect_defaults;
	struct engine *e, *again;
	struct names *names;
	int r;

	params.max_series = 128; /* small: much memory is little fuzzing */
	if (names_new(&names) < 0 || engine_new(&params, names, &e) < 0 ||
	    engine_new(&params, names, &again) < 0)
		abort();
	r = engine_load(e, data, size);
	if (r < 0 && (r != -EBADMSG || engine_series_count(e)))
		abort();
	if (engine_each_series(e, look, NULL) < 0)
		abort();
	use(e, names);
	if (engine_save(e, &saved) < 0 || engine_load(again, saved.data, saved.len) < 0)
		abort();
	engine_free(e);
	engine_free(again);
	names_free(names);
	return 0;
}
