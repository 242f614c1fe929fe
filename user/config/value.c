/* SPDX-License-Identifier: Apache-2.0
 *
 * One value of the configuration: text to the typed field of struct params, with
 * its range, and the words for what is wrong with it. No file, no YAML.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "config/internal.h"

static const char *const expected[] = {
	[OPT_BOOL] = "true or false",
	[OPT_U32] = "a whole number",
	[OPT_I32] = "a whole number",
	[OPT_MILLI] = "a number with up to three decimals, like 1.75",
	[OPT_SIZE] = "a size like 64MB (decimal) or 64MiB (binary)",
	[OPT_DURATION_S] = "a duration with its unit, like 30s, 5m, 2h or 7d",
	[OPT_DURATION_MS] = "a duration with its unit, like 250ms, 1s or 1m",
	[OPT_STRING] = "text",
	[OPT_PATH] = "an absolute path",
	[OPT_CHOICE] = "one of its words",
};

/* "1.75" -> 1750, exactly. */
static int parse_milli(const char *s, uint64_t *ret)
{
	const char *dot = strchr(s, '.');
	size_t decimals = dot ? strlen(dot + 1) : 0;
	char digits[32];
	size_t whole = dot ? (size_t)(dot - s) : strlen(s);

	if (whole == 0 || (dot && decimals == 0) || decimals > 3 || whole > sizeof(digits) - 4)
		return -EINVAL;
	memset(digits, '0', sizeof(digits));
	memcpy(digits, s, whole);
	if (dot)
		memcpy(digits + whole, dot + 1, decimals);
	digits[whole + 3] = '\0';
	return parse_u64(digits, ret);
}

static int parse_i64(const char *s, int64_t *ret)
{
	bool minus = *s == '-';
	uint64_t v;
	int r = parse_u64(s + minus, &v);

	if (r < 0)
		return r;
	if (v > INT64_MAX)
		return -ERANGE;
	*ret = minus ? -(int64_t)v : (int64_t)v;
	return 0;
}

static bool is_choice(const char *choices, const char *word)
{
	size_t len = strlen(word);

	if (strchr(word, ' '))
		return false;
	for (const char *p = choices; len && (p = strstr(p, word)); p += len)
		if ((p == choices || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			return true;
	return false;
}

static int parse_text(const struct option_def *o, const char *s, int64_t *ret_len)
{
	*ret_len = (int64_t)strlen(s);
	if (o->type == OPT_CHOICE)
		return is_choice(o->choices, s) ? 0 : -EINVAL;
	if (o->type == OPT_PATH && !(s[0] == '/' || (s[0] == '\0' && o->def[0] == '\0')))
		return -EINVAL;
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return -EINVAL;
	return 0;
}

/* Text to the number that is stored and compared with the range. */
static int parse_number(const struct option_def *o, const char *s, int64_t *ret)
{
	uint64_t v = 0;
	int r = 0;

	switch (o->type) {
	case OPT_BOOL:
		v = strcmp(s, "true") == 0;
		r = v || strcmp(s, "false") == 0 ? 0 : -EINVAL;
		break;
	case OPT_I32: return parse_i64(s, ret);
	case OPT_U32: r = parse_u64(s, &v); break;
	case OPT_MILLI: r = parse_milli(s, &v); break;
	case OPT_SIZE: r = parse_size(s, &v); break;
	case OPT_DURATION_MS:
	case OPT_DURATION_S: r = parse_duration(s, &v); break;
	case OPT_STRING:
	case OPT_PATH:
	case OPT_CHOICE: return parse_text(o, s, ret);
	}
	if (r == 0 && o->type == OPT_DURATION_S) {
		r = v % 1000 ? -EINVAL : 0;
		v /= 1000;
	}
	if (r == 0 && v > INT64_MAX)
		r = -ERANGE;
	if (r == 0)
		*ret = (int64_t)v;
	return r;
}

/* In the largest unit that is exact, as the file would have it. */
static void add_duration(struct buf *b, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "m" }, { 1000, "s" } };

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (ms && ms % units[i].ms == 0) {
			buf_addf(b, "%" PRId64 "%s", ms / units[i].ms, units[i].unit);
			return;
		}
	}
	buf_addf(b, "%" PRId64 "%s", ms, ms ? "ms" : "s");
}

/* A bound as a person would write it. */
static void add_bound(struct buf *b, const struct option_def *o, int64_t v)
{
	switch (o->type) {
	case OPT_MILLI: buf_addf(b, "%" PRId64 ".%03" PRId64, v / 1000, v % 1000); break;
	case OPT_SIZE: format_bytes(b, (uint64_t)v); break;
	case OPT_DURATION_MS: add_duration(b, v); break;
	case OPT_DURATION_S: add_duration(b, v * 1000); break;
	default: buf_addf(b, "%" PRId64, v); break;
	}
}

static void explain(const struct option_def *o, const char *value, int r, struct buf *why)
{
	buf_addf(why, "%s: \"%.60s\" ", o->name, value);
	if (r == -ERANGE && (o->type == OPT_STRING || o->type == OPT_PATH)) {
		buf_addf(why, "has %zu characters; use %" PRId64 " to %" PRId64, strlen(value),
			 o->min, o->max);
	} else if (r == -ERANGE) {
		buf_add_str(why, "is out of range; use ");
		if (o->min || o->max) {
			add_bound(why, o, o->min);
			buf_add_str(why, " to ");
			add_bound(why, o, o->max);
		} else {
			buf_add_str(why, "a smaller number");
		}
	} else if (o->type == OPT_CHOICE) {
		buf_addf(why, "is none of: %s", o->choices);
	} else {
		buf_addf(why, "is not %s", expected[o->type]);
	}
}

static int store(void *params, char **text, const struct option_def *o, int64_t v,
		 const char *value)
{
	void *field = (char *)params + o->offset;
	char *copy;

	switch (o->type) {
	case OPT_BOOL: *(bool *)field = v != 0; return 0;
	case OPT_I32: *(int32_t *)field = (int32_t)v; return 0;
	case OPT_SIZE: *(uint64_t *)field = (uint64_t)v; return 0;
	case OPT_U32:
	case OPT_MILLI:
	case OPT_DURATION_S:
	case OPT_DURATION_MS: *(uint32_t *)field = (uint32_t)v; return 0;
	case OPT_STRING:
	case OPT_PATH:
	case OPT_CHOICE: break;
	}
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	*(const char **)field = copy;
	return 0;
}

int option_set_in(void *params, char **text, const struct option_def *option, const char *value,
		  struct buf *why)
{
	int64_t v = 0;
	int r = parse_number(option, value, &v);

	if (r == 0 && (option->min || option->max) && (v < option->min || v > option->max))
		r = -ERANGE;
	if (r < 0) {
		explain(option, value, r, why);
		return -EINVAL;
	}
	return store(params, text, option, v, value);
}

int option_set(struct config *c, const struct option_def *option, const char *value,
	       struct buf *why)
{
	return option_set_in(&c->params, &c->text[option - config_options], option, value, why);
}
