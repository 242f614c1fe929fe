/* SPDX-License-Identifier: Apache-2.0
 *
 * Days of the week, a bit each; see weekdays.h.
 */
#include "config/weekdays.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"

enum {
	DAYS = 7,
	NAME_LEN = 3,
	FIRST_OF_1970 = 3, /* a Thursday */
	RANGE_MIN = 3,     /* shorter ones are no shorter as a range */
};

static const char names[DAYS][NAME_LEN + 1] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

/* The day at *p, which moves behind it. DAYS: there is none. */
static unsigned int read_day(const char **p)
{
	unsigned int day = 0;

	while (day < DAYS && strncmp(*p, names[day], NAME_LEN) != 0)
		day++;
	if (day < DAYS)
		*p += NAME_LEN;
	return day;
}

int weekdays_parse(const char *text, uint8_t *ret_days)
{
	const char *p = text;
	unsigned int days = 0;

	for (;;) {
		unsigned int day = read_day(&p), last = day;

		if (*p == '-' && day < DAYS) {
			p++;
			last = read_day(&p);
		}
		if (day == DAYS || last == DAYS)
			return -EINVAL;
		/* sat-mon goes round; mon-mon is one day */
		for (;; day = (day + 1) % DAYS) {
			if (days & 1u << day)
				return -EINVAL;
			days |= 1u << day;
			if (day == last)
				break;
		}
		if (!*p)
			break;
		if (*p++ != ',')
			return -EINVAL;
	}
	*ret_days = (uint8_t)days;
	return 0;
}

void weekdays_add(struct buf *out, uint8_t days)
{
	const char *before = "";

	for (unsigned int day = 0; day < DAYS; day++) {
		unsigned int end = day;

		if (!(days & 1u << day))
			continue;
		while (end + 1 < DAYS && days & 1u << (end + 1))
			end++;
		buf_addf(out, "%s%s", before, names[day]);
		if (end - day + 1 >= RANGE_MIN) {
			buf_addf(out, "-%s", names[end]);
			day = end;
		}
		before = ",";
	}
}

bool weekdays_have(uint8_t days, int64_t day)
{
	int64_t n = (day % DAYS + DAYS + FIRST_OF_1970) % DAYS;

	return days >> n & 1;
}
