/* SPDX-License-Identifier: Apache-2.0
 *
 * For the tests of egresstop: a ui fed with the recorded answers in tests/data/top/,
 * as if a daemon had answered a number of times. No clock: the time is given.
 */
#ifndef TESTS_TOP_FIXTURE_H
#define TESTS_TOP_FIXTURE_H

#include <json-c/json.h>

#include "top/ui.h"

#define FIXTURE_DIR "tests/data/top/"
#define FIXTURE_TIME 1777644187 /* 2026-05-01T14:03:07Z */

static inline void fixture_read(const char *name, struct buf *out)
{
	char path[256], block[4096];
	_cleanup_fclose_ FILE *f = NULL;
	size_t n;

	snprintf(path, sizeof(path), FIXTURE_DIR "%s", name);
	f = fopen(path, "re");
	if (!f)
		fail_msg("%s: cannot open (run from the top directory)", path);
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		buf_add(out, block, n);
}

/* The flow lines with every 1 s rate scaled by part/whole, to give history a shape. */
static inline void fixture_scale(const struct buf *flows, uint64_t part, uint64_t whole,
				 struct buf *out)
{
	for (const char *p = flows->data; *p;) {
		const char *end = strchr(p, '\n');
		struct json_object *o, *rate;

		assert_non_null(end);
		_cleanup_free_ char *line = strndup(p, (size_t)(end - p));

		o = json_tokener_parse(line);
		assert_non_null(o);
		if (json_object_object_get_ex(o, "egress.rate_1s", &rate))
			json_object_set_uint64(rate, json_object_get_uint64(rate) * part / whole);
		buf_addf(out, "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
		json_object_put(o);
		p = end + 1;
	}
}

/* `answers` answers, the last one as recorded, the ones before with lower rates. */
static inline void fixture_feed(struct ui *ui, int answers)
{
	_cleanup_buf_ struct buf flows = BUF_INIT;
	struct snapshot s = { 0 };

	fixture_read("flows.jsonl", &flows);
	fixture_read("status.jsonl", &s.status);
	fixture_read("alerts.jsonl", &s.alerts);
	for (int i = 1; i <= answers; i++) {
		buf_clear(&s.flows);
		fixture_scale(&flows, (uint64_t)(i * i), (uint64_t)(answers * answers), &s.flows);
		s.wall_s = FIXTURE_TIME - answers + i;
		assert_int_equal(ui_take(ui, &s), 0);
	}
	buf_free(&s.status);
	buf_free(&s.alerts);
	buf_free(&s.flows);
}

#endif
