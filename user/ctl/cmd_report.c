/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl baseline report`: who was learned to send to whom, public destinations
 * first. A leak that ran when learning began stands here, and nowhere else.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>

#include "base/jsonw.h"
#include "ctl/ctl.h"
#include "ctl/row.h"
#include "ctl/text.h"

/* "4.1 %" of the database, to a tenth. */
static void cell_share(struct table *t, struct json_object *row, struct json_object *values)
{
	uint64_t sent = 0, database = 0, permille;
	char text[32];

	if (!row_u64(values, "28 d", &sent) || !row_u64(row, "database_bytes", &database) ||
	    database < 1000) {
		table_add(t, "");
		return;
	}
	permille = sent / (database / 1000);
	snprintf(text, sizeof(text), "%" PRIu64 ".%" PRIu64 " %%", permille / 10, permille % 10);
	table_add(t, text);
}

static void add_talker(struct table *t, struct json_object *row)
{
	static const char *const texts[] = { "series.class", "process.name", "user.name",
					     "container.name", "egress.initiation" };
	struct json_object *envelope = NULL, *values = NULL;
	const char *group = row_text(row, "destination.group");
	uint64_t days = 0;

	(void)json_object_object_get_ex(row, "envelope_bytes", &envelope);
	(void)json_object_object_get_ex(row, "value_bytes", &values);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		cell_text(t, row, texts[i]);
	table_add(t, group[0] ? group : "(others)");
	cell_number(t, row, "service.port");
	cell_short(t, envelope, "1 d");
	cell_short(t, values, "7 d");
	cell_short(t, values, "28 d");
	cell_share(t, row, values);
	table_add(t, row_u64(row, "alert_days", &days) && days ? "yes" : "");
}

static int print_talkers(const struct ctl *ctl, const struct rows *rows)
{
	_cleanup_(table_free) struct table t = {
		.column = { { "CLASS", false },
			    { "PROCESS", false },
			    { "USER", false },
			    { "CONTAINER", false },
			    { "VIA", false },
			    { "DESTINATION", false },
			    { "PORT", true },
			    { "LARGEST DAY", true },
			    { "7d", true },
			    { "28d", true },
			    { "OF DATABASE", true },
			    { "ALERTED", false } },
		.columns = 12,
	};

	for (size_t i = 0; i < rows->count; i++)
		add_talker(&t, rows->item[i]);
	return ctl_answer_table(ctl, &t, "nothing learned yet");
}

int cmd_baseline_report(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;

	(void)args;
	request_begin(&request, "baseline");
	jsonw_str(&request, "do", "report");
	return ctl_answer(ctl, &request, print_talkers);
}
