/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl status` and `support`: one object of the daemon, grouped for people. What this
 * release does not know yet is printed too, under its own key.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "ctl/ctl.h"
#include "ctl/row.h"
#include "ctl/text.h"

#define LABEL_WIDTH 13

static void print_label(const struct ctl *ctl, const char *label)
{
	printf("%s%-*s%s ", text_bold(ctl), LABEL_WIDTH, label, text_plain(ctl));
}

static void print_value(const char *key, struct json_object *value)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	text_add_value(&text, key, value);
	fputs(text.data ? text.data : "", stdout);
}

/* A member that is printed here is taken out, so that print_rest() has the others. */
static void done(struct json_object *o, const char *key)
{
	json_object_object_del(o, key);
}

static void print_head(const struct ctl *ctl, struct json_object *o)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	uint64_t up;

	buf_add_str(&line, "egressd ");
	text_add(&line, row_text(o, "egressd.version"));
	if (*row_text(o, "host")) {
		buf_add_str(&line, " on ");
		text_add(&line, row_text(o, "host"));
	}
	if (row_u64(o, "egressd.uptime_s", &up)) {
		buf_add_str(&line, ", up ");
		format_duration(&line, up);
	}
	printf("%s%s%s\n", text_bold(ctl), line.data ? line.data : "", text_plain(ctl));
	done(o, "egressd.version");
	done(o, "host");
	done(o, "@timestamp");
	done(o, "egressd.uptime_s");
}

static void print_rungs(struct json_object *o)
{
	struct json_object *rungs;

	if (!json_object_object_get_ex(o, "rungs", &rungs) ||
	    !json_object_is_type(rungs, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(rungs); i++) {
		struct json_object *r = json_object_array_get_idx(rungs, i);
		_cleanup_buf_ struct buf line = BUF_INIT;

		text_add(&line, row_text(r, "group"));
		buf_add_str(&line, ": ");
		text_add(&line, row_text(r, "rung")); /* what it costs is among the reductions */
		printf("%*s %s\n", LABEL_WIDTH, "", line.data);
	}
	done(o, "rungs");
}

/* What is not counted as it should be, and what that costs. */
static void print_reductions(struct json_object *o)
{
	struct json_object *list;

	if (!json_object_object_get_ex(o, "reductions", &list) ||
	    !json_object_is_type(list, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		printf("%*s ! ", LABEL_WIDTH, "");
		print_value("", json_object_array_get_idx(list, i));
		putchar('\n');
	}
	done(o, "reductions");
}

static void print_counting(const struct ctl *ctl, struct json_object *o)
{
	print_label(ctl, "counting");
	puts(row_bool(o, "counting.exact") ? "exact" : "reduced");
	done(o, "counting.exact");
	print_rungs(o);
	print_reductions(o);
	print_label(ctl, "sums");
	puts(row_bool(o, "invariant_ok") ? "rows add up to the kernel's totals"
					 : "ROWS DO NOT ADD UP to the kernel's totals");
	done(o, "invariant_ok");
}

/* "lost": only what is not zero. */
static void print_lost(const struct ctl *ctl, struct json_object *o)
{
	struct json_object *lost;
	unsigned int shown = 0;

	if (!json_object_object_get_ex(o, "lost", &lost) ||
	    !json_object_is_type(lost, json_type_object))
		return;
	print_label(ctl, "lost");
	json_object_object_foreach(lost, key, value)
	{
		if (json_object_is_type(value, json_type_int) && json_object_get_uint64(value) == 0)
			continue;
		printf("%s%s ", shown++ ? ", " : "", key);
		print_value(key, value);
	}
	puts(shown ? "" : "nothing");
	done(o, "lost");
}

/* "N of M" from two members. */
static void print_share(const struct ctl *ctl, struct json_object *o, const char *label,
			const char *part, const char *whole, const char *unit)
{
	uint64_t n, of;

	if (!row_u64(o, part, &n))
		return;
	print_label(ctl, label);
	printf("%" PRIu64, n);
	if (row_u64(o, whole, &of))
		printf(" of %" PRIu64, of);
	printf(" %s\n", unit);
	done(o, part);
	done(o, whole);
}

static void print_alerts(const struct ctl *ctl, struct json_object *o)
{
	static const char *const levels[] = { "page", "ticket", "notice" };
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		char key[40];
		uint64_t n;

		(void)snprintf(key, sizeof(key), "alerts.open.%s", levels[i]);
		if (!row_u64(o, key, &n))
			continue;
		if (!any)
			print_label(ctl, "alerts open");
		printf("%s%s%" PRIu64 " %s%s", any ? ", " : "",
		       n ? text_level_color(ctl, levels[i]) : "", n, levels[i],
		       n ? text_plain(ctl) : "");
		any = true;
		done(o, key);
	}
	if (any)
		putchar('\n');
}

/* Every member left, those with one first word ("store.") on one line. */
static void print_rest(const struct ctl *ctl, struct json_object *o)
{
	char group[40] = "";

	json_object_object_foreach(o, key, value)
	{
		size_t len = strcspn(key, ".");
		const char *name = key[len] ? key + len + 1 : "";
		bool same = *name && strlen(group) == len && strncmp(group, key, len) == 0;

		if (len >= sizeof(group))
			continue;
		if (!same) {
			if (*group)
				putchar('\n');
			(void)snprintf(group, sizeof(group), "%.*s", (int)len, key);
			print_label(ctl, group);
		} else {
			fputs(", ", stdout);
		}
		if (*name)
			printf("%s ", name);
		print_value(key, value);
	}
	if (*group)
		putchar('\n');
}

static int print_status(const struct ctl *ctl, const struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct json_object *o = rows->item[i];

		print_head(ctl, o);
		print_counting(ctl, o);
		print_lost(ctl, o);
		print_share(ctl, o, "flows", "flows.entries", "flows.max_entries", "rows");
		print_share(ctl, o, "learning", "learning.days", "learning.of", "days");
		print_alerts(ctl, o);
		print_rest(ctl, o);
	}
	return rows->count ? CTL_OK : ctl_fail(CTL_NO, "the daemon said nothing");
}

int cmd_status(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;

	(void)args;
	request_begin(&request, "status");
	return ctl_answer(ctl, &request, print_status);
}

static int print_support(const struct ctl *ctl, const struct rows *rows)
{
	(void)ctl;
	for (size_t i = 0; i < rows->count; i++) {
		print_rungs(rows->item[i]);
		print_reductions(rows->item[i]);
	}
	return CTL_OK;
}

int cmd_support(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	int status;

	(void)args;
	request_begin(&request, "support");
	status = ctl_answer(ctl, &request, print_support);
	if (status == CTL_NO_DAEMON)
		fputs("Without a daemon, `egressd --support` tells what this kernel offers.\n",
		      stderr);
	return status;
}
