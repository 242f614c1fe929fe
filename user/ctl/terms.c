/* SPDX-License-Identifier: Apache-2.0
 *
 * The score as a sum; see terms.h.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "ctl/row.h"
#include "ctl/terms.h"
#include "ctl/text.h"

enum { POINTS_MAX = 200 }; /* 2^20: none comes near; 1866 << 19 is a number still */

static const char prefix[] = "points.", volume[] = "points.volume", sum[] = "points.context";

/* Points by whose name they come, and what they mean to the allowance. */
static const struct {
	const char *key, *name;
} context_names[] = {
	{ "new_destination", "new destination" },
	{ "unusual_actor", "unusual actor" },
	{ "tool", "dump or transfer tool" },
	{ "first_public", "little public egress before" },
	{ "read_coupled", "sends what it reads" },
	{ "fan", "many destinations" },
	{ "off_hours", "off hours" },
	{ "declared", "declared transfer" },
	{ "role", "known role" },
};

const char *term_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(context_names); i++)
		if (strcmp(context_names[i].key, name) == 0)
			return context_names[i].name;
	return name;
}

bool alert_counts(struct json_object *alert)
{
	return strcmp(row_text(alert, "rule"), "fan") == 0;
}

void alert_add_amount(struct buf *out, struct json_object *alert, uint64_t amount)
{
	if (alert_counts(alert))
		buf_addf(out, "%" PRIu64 " destinations", amount);
	else
		format_bytes(out, amount);
}

/* "10 log2(4.6 GB / 29 MB)", of a usual day "10 log2(210 GB - 200 GB / 204 GB - 200 GB)". */
static void add_volume(struct buf *out, struct json_object *alert)
{
	bool excess = strcmp(row_text(alert, "evidence"), "day") == 0;
	uint64_t observed, allowed, usual = 0;

	if (!row_u64(alert, "observed", &observed) || !row_u64(alert, "allowed", &allowed))
		return;
	if (excess)
		(void)row_u64(alert, "baseline", &usual);
	buf_add_str(out, "10 log2(");
	alert_add_amount(out, alert, observed - MIN(usual, observed));
	buf_add_str(out, " / ");
	alert_add_amount(out, alert, allowed - MIN(usual, allowed));
	buf_add_char(out, ')');
	if (excess)
		buf_add_str(out, ", both beyond the usual day");
	else if (strcmp(row_text(alert, "evidence"), "peak") != 0 && *row_text(alert, "evidence"))
		buf_add_str(out, ", indirect: at most 15");
}

/* Ten points halve what is allowed. */
static const char *factor_words(double points, char ret[32])
{
	static const uint16_t tenths[10] = { 1000, 1072, 1149, 1231, 1320,
					     1414, 1516, 1625, 1741, 1866 };
	unsigned int n = points > -POINTS_MAX && points < POINTS_MAX
				 ? (unsigned int)(points < 0 ? -points : points)
				 : 0;
	unsigned int milli = n ? (unsigned int)tenths[n % 10] << (n / 10) : 0;

	ret[0] = '\0';
	if (milli && milli % 1000 / 100)
		snprintf(ret, 32, "allowance %s %u.%u", points < 0 ? "x" : "/", milli / 1000,
			 milli % 1000 / 100);
	else if (milli)
		snprintf(ret, 32, "allowance %s %u", points < 0 ? "x" : "/", milli / 1000);
	return ret;
}

static bool points_of(struct json_object *alert, const char *key, double *ret)
{
	struct json_object *v;

	if (!json_object_object_get_ex(alert, key, &v))
		return false;
	*ret = json_object_get_double(v);
	return true;
}

void terms_each(struct json_object *alert, term_fn fn, void *ctx)
{
	_cleanup_buf_ struct buf note = BUF_INIT;
	double points, parts = 0, context = 0;
	char words[32];

	add_volume(&note, alert);
	if (points_of(alert, volume, &points))
		fn(ctx, &(struct term){ "volume", points, false, note.data ? note.data : "" });
	json_object_object_foreach(alert, key, value)
	{
		if (strncmp(key, prefix, strlen(prefix)) != 0 || strcmp(key, volume) == 0 ||
		    strcmp(key, sum) == 0)
			continue;
		points = json_object_get_double(value);
		parts += points;
		fn(ctx, &(struct term){ term_name(key + strlen(prefix)), points, true,
					factor_words(points, words) });
	}
	if (points_of(alert, sum, &context) && strcmp(row_text(alert, "rule"), "budget") == 0)
		fn(ctx, &(struct term){ "level", context, false,
					"what the budget's level begins with" });
	else if (points_of(alert, sum, &context))
		fn(ctx, &(struct term){ "context", context, false,
					parts > context ? "the terms with |, held at their cap"
							: "the terms with |, within their cap" });
	if (points_of(alert, "score", &points))
		fn(ctx, &(struct term){ "score", points, false, row_text(alert, "level") });
}

static void print_term(void *ctx, const struct term *t)
{
	_cleanup_buf_ struct buf name = BUF_INIT, note = BUF_INIT;

	(void)ctx;
	text_add(&name, t->name);
	text_add(&note, t->note);
	printf("  %-27s %+8.1f  %s%s\n", name.data ? name.data : "", t->points, t->part ? "| " : "",
	       note.data ? note.data : "");
}

void terms_print(struct json_object *alert)
{
	terms_each(alert, print_term, NULL);
}
