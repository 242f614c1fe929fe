/* SPDX-License-Identifier: Apache-2.0
 *
 * Text to numbers: strict, whole string, range checked; see units.h.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/units.h"

struct unit {
	const char *name;
	uint64_t factor;
};

/* Digits with an optional fraction, times factor of the unit that follows. The
 * fraction keeps six digits: enough for "1.5G", and exact in 64 bits. */
static int parse_scaled(const char *s, const struct unit *units, size_t count, uint64_t *ret)
{
	uint64_t whole = 0, part = 0, part_scale = 1, product;
	const char *p = s;

	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	for (; isdigit((unsigned char)*p); p++)
		if (__builtin_mul_overflow(whole, 10u, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(*p - '0'), &whole))
			return -ERANGE;
	if (*p == '.') {
		p++;
		if (!isdigit((unsigned char)*p))
			return -EINVAL;
		for (; isdigit((unsigned char)*p); p++) {
			if (part_scale == 1000000)
				return -EINVAL;
			part = part * 10 + (uint64_t)(*p - '0');
			part_scale *= 10;
		}
	}
	while (*p == ' ')
		p++;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(p, units[i].name) != 0)
			continue;
		if (__builtin_mul_overflow(whole, units[i].factor, &product))
			return -ERANGE;
		if (part &&
		    part * units[i].factor / part_scale * part_scale != part * units[i].factor &&
		    units[i].factor == 1)
			return -EINVAL; /* a fraction of a byte or millisecond */
		if (__builtin_add_overflow(product,
					   units[i].factor / part_scale * part +
						   units[i].factor % part_scale * part / part_scale,
					   ret))
			return -ERANGE;
		return 0;
	}
	return -EINVAL;
}

int parse_u64(const char *s, uint64_t *ret)
{
	static const struct unit none[] = { { "", 1 } };

	return strpbrk(s, ". ") ? -EINVAL : parse_scaled(s, none, 1, ret);
}

int parse_size(const char *s, uint64_t *ret)
{
	static const struct unit units[] = {
		{ "", 1 },
		{ "B", 1 },
		{ "K", 1ull << 10 },
		{ "M", 1ull << 20 },
		{ "G", 1ull << 30 },
		{ "T", 1ull << 40 },
		{ "KiB", 1ull << 10 },
		{ "MiB", 1ull << 20 },
		{ "GiB", 1ull << 30 },
		{ "TiB", 1ull << 40 },
		{ "kB", 1000 },
		{ "KB", 1000 },
		{ "MB", 1000000 },
		{ "GB", 1000000000 },
		{ "TB", 1000000000000 },
	};

	return parse_scaled(s, units, ARRAY_SIZE(units), ret);
}

int parse_duration(const char *s, uint64_t *ret_ms)
{
	static const struct unit units[] = {
		{ "ms", 1 },      { "s", 1000 },     { "m", 60000 },     { "min", 60000 },
		{ "h", 3600000 }, { "d", 86400000 }, { "w", 604800000 },
	};

	return parse_scaled(s, units, ARRAY_SIZE(units), ret_ms);
}

/* "YYYY-MM-DD[(T| )HH:MM[:SS][Z]]", UTC. */
static int parse_iso(const char *s, int64_t *ret)
{
	static const char *const forms[] = {
		"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M",
		"%Y-%m-%d %H:%M:%S",  "%Y-%m-%d %H:%M",    "%Y-%m-%d",
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct tm tm = { .tm_mday = 1 };
		const char *end = strptime(s, forms[i], &tm);

		if (end && *end == '\0') {
			*ret = timegm(&tm);
			return 0;
		}
	}
	return -EINVAL;
}

int parse_when(const char *s, int64_t now, int64_t *ret_unix_s)
{
	uint64_t v;

	if (strcmp(s, "now") == 0) {
		*ret_unix_s = now;
		return 0;
	}
	if (strcmp(s, "today") == 0) {
		*ret_unix_s = now - now % 86400;
		return 0;
	}
	if (parse_iso(s, ret_unix_s) == 0)
		return 0;
	if (parse_u64(s[0] == '@' ? s + 1 : s, &v) == 0) {
		if (v > INT64_MAX)
			return -ERANGE;
		*ret_unix_s = (int64_t)v;
		return 0;
	}
	if (parse_duration(s, &v) == 0) {
		*ret_unix_s = now - (int64_t)(v / 1000);
		return 0;
	}
	return -EINVAL;
}

int parse_addr(const char *s, uint8_t ret[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (inet_pton(AF_INET6, s, ret) == 1)
		return 0;
	if (inet_pton(AF_INET, s, ret + 12) != 1)
		return -EINVAL;
	memcpy(ret, mapped, sizeof(mapped));
	return 0;
}
