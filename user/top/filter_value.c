/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of the filter language: numbers, networks, levels, patterns; see filter.h.
 */
#include <errno.h>
#include <stdarg.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "base/vocab.h"
#include "top/filter_term.h"

const char *const is_words[IS_WORDS] = {
	[IS_ENDED] = "ended",
	[IS_ALERT] = "alert",
	[IS_OTHER] = "other",
};

int filter_fail(struct filter_error *e, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(e->text, sizeof(e->text), format, ap);
	va_end(ap);
	return -EINVAL;
}

/* Filter sizes are decimal like the columns they are compared with: 10M is what
 * the table prints as 10.0M. */
static int parse_number(const char *s, uint64_t *ret)
{
	size_t len = strlen(s);
	char text[32];

	if (len == 0 || len > sizeof(text) - 2)
		return -EINVAL;
	snprintf(text, sizeof(text), "%s", s);
	if (strchr("kKMGT", text[len - 1])) {
		text[len] = 'B';
		text[len + 1] = '\0';
	}
	return parse_size(text, ret);
}

int filter_parse_net(const char *text, uint8_t ret_addr[16], int *ret_prefix)
{
	const char *slash = strchr(text, '/');
	bool v4 = strchr(text, ':') == NULL;
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char addr[64];
	uint64_t prefix = v4 ? 32 : 128;

	if (len == 0 || len >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (parse_addr(addr, ret_addr) < 0)
		return -EINVAL;
	if (slash && (parse_u64(slash + 1, &prefix) < 0 || prefix > (v4 ? 32u : 128u)))
		return -EINVAL;
	*ret_prefix = (int)prefix + (v4 ? 96 : 0);
	return 0;
}

/* Ratios are kept in thousandths: 2.5 is what the table prints as × 2.5. */
static int parse_ratio(const char *s, uint64_t *ret)
{
	char text[32];

	if (!strchr(s, '.'))
		return parse_number(s, ret) < 0 || __builtin_mul_overflow(*ret, 1000, ret) ? -EINVAL
											   : 0;
	if (snprintf(text, sizeof(text), "%sk", s) >= (int)sizeof(text))
		return -EINVAL;
	return parse_number(text, ret);
}

/* One alternative of a value, according to the kind of its term. */
static int take_value(struct filter_term *t, struct filter_value *v, struct filter_error *e)
{
	enum eg_level level;

	v->prefix = -1;
	switch (t->kind) {
	case TERM_NUM:
		if (t->field == N_RATIO && parse_ratio(v->text, &v->number) < 0)
			return filter_fail(e, "%s is not a ratio: 2, 2.5, 100", v->text);
		if (t->field != N_RATIO && parse_number(v->text, &v->number) < 0)
			return filter_fail(e, "%s is not a number: 500, 10k, 1.5M, 2G", v->text);
		return 0;
	case TERM_LEVEL:
		if (level_parse(v->text, &level) < 0)
			return filter_fail(e, "level takes notice, ticket or page");
		v->number = level;
		return 0;
	case TERM_IS:
		for (v->number = 0; v->number < IS_WORDS; v->number++)
			if (strcmp(v->text, is_words[v->number]) == 0)
				return 0;
		return filter_fail(e, "is: takes ended, alert or other");
	case TERM_TEXT:
		if (t->field != T_DST || filter_parse_net(v->text, v->addr, &v->prefix) == 0)
			return 0;
		v->prefix = -1;
		if (strchr(v->text, '/'))
			return filter_fail(e, "%s is not a network: 10.0.0.0/8, 2001:db8::/32",
					   v->text);
		return 0;
	default: return 0;
	}
}

/* Splits "a,b,c" into alternatives. An empty one is an error, so that a half-typed
 * term does not silently match everything. */
int filter_take_values(struct filter_term *t, const char *text, struct filter_error *e)
{
	size_t room = 1;

	for (const char *p = text; *p; p++)
		room += *p == ',';
	t->values = calloc(room, sizeof(*t->values));
	if (!t->values)
		return -ENOMEM;
	for (const char *p = text;; p++) {
		size_t len = strcspn(p, ",");
		struct filter_value *v = &t->values[t->value_count];
		int r;

		if (len == 0)
			return filter_fail(e, "a value is missing");
		v->text = strndup(p, len);
		if (!v->text)
			return -ENOMEM;
		t->value_count++;
		r = take_value(t, v, e);
		if (r < 0)
			return r;
		p += len;
		if (!*p)
			return 0;
	}
}

/* One alternative of a pattern as a glob: "^pg_.*dump" -> "pg_*dump*". */
static int pattern_to_glob(const char *text, size_t len, struct filter_value *v,
			   struct filter_error *e)
{
	const char *end = text + len;
	size_t n = 0;

	if (len == 0)
		return filter_fail(e, "a pattern is missing");
	v->prefix = -1;
	v->text = calloc(1, len + 3);
	if (!v->text)
		return -ENOMEM;
	if (*text == '^')
		text++;
	else
		v->text[n++] = '*';
	for (; text < end && !(*text == '$' && text + 1 == end); text++) {
		if (strchr("[](){}+*?\\^$", *text))
			return filter_fail(e, "patterns know | ^ $ . and .* but not %c", *text);
		if (text[0] == '.' && text + 1 < end && text[1] == '*') {
			v->text[n++] = '*';
			text++;
		} else {
			v->text[n++] = *text == '.' ? '?' : *text;
		}
	}
	if (text == end)
		v->text[n++] = '*';
	return 0;
}

/* Not POSIX regular expressions: glibc can spend all memory on compiling one, and
 * this is what is typed in practice. */
int filter_take_pattern(struct filter_term *t, const char *text, struct filter_error *e)
{
	size_t room = 1;

	for (const char *p = text; *p; p++)
		room += *p == '|';
	t->values = calloc(room, sizeof(*t->values));
	if (!t->values)
		return -ENOMEM;
	for (;;) {
		size_t len = strcspn(text, "|");
		int r = pattern_to_glob(text, len, &t->values[t->value_count++], e);

		if (r < 0)
			return r;
		text += len;
		if (!*text++)
			return 0;
	}
}
