/* SPDX-License-Identifier: Apache-2.0
 *
 * A declaration in words, and the patterns its names are; see declaration.h.
 */
#include "base/buf.h"
#include "base/units.h"
#include "config/declaration.h"
#include "config/weekdays.h"

bool declaration_pattern(const char *pattern, const char *text)
{
	const char *star = NULL, *from = NULL;

	if (!*pattern)
		return true;
	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			from = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static void describe_subject(const struct declaration *d, struct buf *out)
{
	buf_add_str(out, d->actor[0] ? d->actor : "any program");
	if (d->user[0])
		buf_addf(out, " (user %s)", d->user);
	if (d->container[0])
		buf_addf(out, " (container %s)", d->container);
	buf_addf(out, " -> %s",
		 d->destination[0]           ? d->destination
		 : d->scope == WORD_PUBLIC   ? "public addresses"
		 : d->scope == WORD_INTERNAL ? "internal addresses"
					     : "anywhere");
}

static void describe_time(const struct declaration *d, struct buf *out)
{
	if (!d->has_window && !d->days)
		return;
	buf_add_str(out, d->period == PERIOD_WINDOW ? " each" : ", only");
	if (d->days) {
		buf_add_char(out, ' ');
		weekdays_add(out, d->days);
	}
	if (d->has_window)
		buf_addf(out, "%s %02u:%02u-%02u:%02u", d->period == PERIOD_WINDOW ? "" : " in",
			 d->from_min / 60u, d->from_min % 60u, d->to_min / 60u, d->to_min % 60u);
}

void declaration_describe(const struct declaration *d, struct buf *out)
{
	char until[32];

	if (d->kind == WORD_ROLE)
		buf_addf(out, "%s: ", word_role_names[d->role]);
	describe_subject(d, out);
	if (d->bytes) {
		buf_add_str(out, ", ");
		format_bytes(out, d->bytes);
	}
	if (d->bytes && d->period == PERIOD_DAY)
		buf_add_str(out, " a day");
	describe_time(d, out);
	if (d->until_ts) {
		format_time(until, d->until_ts);
		buf_addf(out, ", until %s", until);
	}
}
