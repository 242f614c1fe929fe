/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers to text for people; see units.h.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/units.h"

static const uint8_t v4_mapped[12] = { [10] = 0xff, [11] = 0xff };

void format_bytes(struct buf *b, uint64_t bytes)
{
	static const char *const names[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
	uint64_t unit = 1000;
	size_t i = 0;

	if (bytes < 1000) {
		buf_addf(b, "%" PRIu64 " B", bytes);
		return;
	}
	while (i + 1 < ARRAY_SIZE(names) && bytes / unit >= 1000) {
		unit *= 1000;
		i++;
	}
	if (bytes / unit >= 10)
		buf_addf(b, "%" PRIu64 " %s", bytes / unit, names[i]);
	else
		buf_addf(b, "%" PRIu64 ".%" PRIu64 " %s", bytes / unit, bytes % unit * 10 / unit,
			 names[i]);
}

void format_short(char out[8], uint64_t value)
{
	static const char names[] = "kMGTPE";
	uint64_t unit = 1000;
	size_t i = 0;

	if (value < 1000) {
		snprintf(out, 8, "%u", (unsigned int)value);
		return;
	}
	while (names[i + 1] && value / unit >= 1000) {
		unit *= 1000;
		i++;
	}
	if (value / unit >= 100)
		snprintf(out, 8, "%u%c", (unsigned int)(value / unit % 1000), names[i]);
	else
		snprintf(out, 8, "%u.%u%c", (unsigned int)(value / unit % 100),
			 (unsigned int)(value % unit / (unit / 10) % 10), names[i]);
}

void format_time(char out[32], int64_t unix_s)
{
	time_t t = (time_t)unix_s;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(out, 32, "1970-01-01T00:00:00Z");
}

void format_duration(struct buf *b, uint64_t seconds)
{
	uint64_t days = seconds / 86400, hours = seconds / 3600, minutes = seconds / 60;

	if (seconds < 120)
		buf_addf(b, "%" PRIu64 " s", seconds);
	else if (hours < 2)
		buf_addf(b, "%" PRIu64 " min", minutes);
	else if (hours < 48 && minutes % 60 == 0)
		buf_addf(b, "%" PRIu64 " h", hours);
	else if (hours < 48)
		buf_addf(b, "%" PRIu64 " h %" PRIu64 " min", hours, minutes % 60);
	else
		buf_addf(b, "%" PRIu64 " d", days);
}

void format_addr(char *out, size_t size, const uint8_t addr[16])
{
	if (memcmp(addr, v4_mapped, sizeof(v4_mapped)) == 0)
		inet_ntop(AF_INET, addr + 12, out, (socklen_t)size);
	else
		inet_ntop(AF_INET6, addr, out, (socklen_t)size);
}
