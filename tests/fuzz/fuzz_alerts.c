/* SPDX-License-Identifier: Apache-2.0
 *
 * Saved incidents, damaged: loading refuses, or gives something that can be shown,
 * fed and saved again.
 */
#include <stdint.h>

#include "alert/alert.h"
#include "base/buf.h"
#include "model/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct params_alert params = {
	.update_min_s = 900,
	.clear_min_s = 1800,
	.clear_max_s = 86400,
	.reopen_s = 86400,
	.fold_s = 3600,
	.pages_per_day = 3,
};

static int show(void *ctx, const struct alert_event *event)
{
	struct buf *out = ctx;

	buf_clear(out);
	return alert_event_json(event, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf out = BUF_INIT, again = BUF_INIT;
	struct tick tick = { .host = "db", .ts = 1700000000, .interval_s = 60 };
	struct alerts *a = NULL;
	struct names *names = NULL;

	if (names_new(&names) < 0 || alerts_new(&params, "db", &a) < 0)
		abort();
	if (alerts_load(a, data, size, names) == 0) {
		if (alerts_each(a, show, &out) < 0 || alerts_save(a, &again) < 0)
			abort();
		for (int i = 0; i < 3; i++, tick.ts += 60)
			if (alerts_feed(a, NULL, &tick, NULL, 0, show, &out) < 0)
				abort();
	} else if (alerts_open_count(a, EG_LEVEL_NONE)) {
		abort(); /* refused, yet something of it stayed */
	}
	alerts_free(a);
	names_free(names);
	return 0;
}
