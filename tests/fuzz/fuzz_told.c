/* SPDX-License-Identifier: Apache-2.0
 *
 * What summaries have told, as found on disk: whatever it says, a summary is made, it
 * tells no more than was counted and is owed, and what is kept after it says that all was told.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "enrich/enrich.h"
#include "model/flow_internal.h"
#include "model/names.h"
#include "model/summary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 3 };

static struct flowtab *make_table(struct enrich *enrich, struct names *names)
{
	struct sample_row rows[ROWS];
	struct sample s = { .boot_ns = 9000000000,
			    .wall_ns = 1700000000000000000,
			    .rows = rows,
			    .row_count = ROWS,
			    .invariant_ok = true };
	struct flowtab *t;
	struct tick tick;

	memset(rows, 0, sizeof(rows));
	for (unsigned int i = 0; i < ROWS; i++) {
		rows[i].key = (struct eg_flow_key){
			.tgid = i + 1, .start_ns = 5, .family = 2, .proto = 6, .port = 443
		};
		memcpy(rows[i].key.daddr, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xcb\0\x71\x01", 16);
		rows[i].val.payload_bytes = 1000 * (i + 1);
		rows[i].val.last_ns = s.boot_ns;
	}
	if (flowtab_new(enrich, names, &t) < 0 || flowtab_update(t, &s, &tick) < 0)
		abort();
	return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct enrich_options options = { .proc_root = "/nonexistent",
						       .cgroup_root = "/nonexistent",
						       .passwd_path = "/nonexistent" };
	static const struct summary s = {
		.host = "h", .ts = 1700000000, .interval_s = 1, .top = 2
	};
	static struct enrich *enrich;
	static struct names *names;
	struct buf lines _cleanup_buf_ = BUF_INIT, told _cleanup_buf_ = BUF_INIT;
	struct flowtab *t;
	uint64_t owed;
	const char *all;

	if (!enrich && (enrich_new(&options, &enrich) < 0 || names_new(&names) < 0))
		abort();
	t = make_table(enrich, names);
	if (size && data[size - 1] & 1)
		(void)summary_inherit(t, data, size);
	(void)summary_resume(t, data, size);
	owed = t->owed_bytes;
	if (summary_flows(t, &s, &lines) < 0)
		abort();
	all = strstr(lines.data, "\"egress.all_bytes\":");
	if (!all || strtoull(all + strlen("\"egress.all_bytes\":"), NULL, 10) - owed >
			    t->totals.egress_bytes)
		abort();
	buf_clear(&lines);
	if (summary_told(t, &told) < 0 || summary_resume(t, told.data, told.len) < 0 ||
	    summary_flows(t, &s, &lines) < 0 || !strstr(lines.data, "\"egress.all_bytes\":0,"))
		abort();
	flowtab_free(t);
	return 0;
}
