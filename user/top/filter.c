/* SPDX-License-Identifier: Apache-2.0
 *
 * Parser of the filter language; see filter.h. Every error names the term and says
 * what would be right, because it is shown while the user types.
 */
#include <ctype.h>
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

_printf_(2, 3) static int fail(struct filter_error *e, const char *format, ...)
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

/* One alternative of a value, according to the kind of its term. */
static int take_value(struct filter_term *t, struct filter_value *v, struct filter_error *e)
{
	enum eg_level level;

	v->prefix = -1;
	switch (t->kind) {
	case TERM_NUM:
		if (parse_number(v->text, &v->number) < 0)
			return fail(e, "%s is not a number: 500, 10k, 1.5M, 2G", v->text);
		if (t->field == N_RATIO && __builtin_mul_overflow(v->number, 1000, &v->number))
			return fail(e, "%s is too large", v->text);
		return 0;
	case TERM_LEVEL:
		if (level_parse(v->text, &level) < 0)
			return fail(e, "level takes notice, ticket or page");
		v->number = level;
		return 0;
	case TERM_IS:
		for (v->number = 0; v->number < IS_WORDS; v->number++)
			if (strcmp(v->text, is_words[v->number]) == 0)
				return 0;
		return fail(e, "is: takes ended, alert or other");
	case TERM_TEXT:
		if (t->field != T_DST || filter_parse_net(v->text, v->addr, &v->prefix) == 0)
			return 0;
		v->prefix = -1;
		if (strchr(v->text, '/'))
			return fail(e, "%s is not a network: 10.0.0.0/8, 2001:db8::/32", v->text);
		return 0;
	default: return 0;
	}
}

/* Splits "a,b,c" into alternatives. An empty one is an error, so that a half-typed
 * term does not silently match everything. */
static int take_values(struct filter_term *t, const char *text, struct filter_error *e)
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
			return fail(e, "a value is missing");
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
		return fail(e, "a pattern is missing");
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
			return fail(e, "patterns know | ^ $ . and .* but not %c", *text);
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
static int take_pattern(struct filter_term *t, const char *text, struct filter_error *e)
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

static int find_field(const char *name, struct filter_term *t)
{
	for (int i = 0; i < T_COUNT; i++) {
		if (strcmp(text_fields[i].filter, name) == 0) {
			t->kind = TERM_TEXT;
			t->field = i;
			return 0;
		}
	}
	for (int i = 0; i < N_COUNT; i++) {
		if (strcmp(num_fields[i].filter, name) == 0) {
			t->kind = TERM_NUM;
			t->field = i;
			return 0;
		}
	}
	if (strcmp(name, "level") == 0)
		t->kind = TERM_LEVEL;
	else if (strcmp(name, "is") == 0)
		t->kind = TERM_IS;
	else
		return -ENOENT;
	return 0;
}

/* Reads the operator at *p and steps over it. */
static int take_op(const char **p, enum term_op *ret, bool *ret_pattern)
{
	static const struct {
		const char *text;
		enum term_op op;
	} ops[] = { { ">=", OP_GE }, { "<=", OP_LE }, { ">", OP_GT },
		    { "<", OP_LT },  { ":", OP_EQ },  { "=", OP_EQ } };

	*ret_pattern = **p == '~';
	if (*ret_pattern) {
		(*p)++;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		if (strncmp(*p, ops[i].text, strlen(ops[i].text)) == 0) {
			*ret = ops[i].op;
			*p += strlen(ops[i].text);
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_term(const char *text, struct filter_term *t, struct filter_error *e)
{
	_cleanup_free_ char *name = NULL;
	const char *p;
	bool pattern;

	if (*text == '-' || *text == '!') {
		t->negate = true;
		text++;
	}
	if (!*text)
		return fail(e, "- needs a term: -user:postgres");
	p = text;
	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	if (p == text || !strchr(":=<>~", *p) || !*p) {
		t->kind = TERM_WORD;
		return take_values(t, text, e);
	}
	name = strndup(text, (size_t)(p - text));
	if (!name)
		return -ENOMEM;
	if (find_field(name, t) < 0)
		return fail(e,
			    "no field \"%.30s\": user, dst, rate, total, port ... (? lists them)",
			    name);
	if (take_op(&p, &t->op, &pattern) < 0)
		return fail(e, "expected one of : > < >= <= ~ after %s", name);
	if (pattern) {
		if (t->kind != TERM_TEXT)
			return fail(e, "~ needs a text field; %s is not one", name);
		return take_pattern(t, p, e);
	}
	if (t->op != OP_EQ && t->kind != TERM_NUM)
		return fail(e, "%s is not a number: use %s:VALUE", name, name);
	return take_values(t, p, e);
}

/* Copies the next term into `term` without its quotes; returns where it ended. */
static const char *next_term(const char *p, char term[FILTER_TEXT_MAX], bool *ret_open)
{
	bool quoted = false;
	size_t n = 0;

	for (; *p && (quoted || !isspace((unsigned char)*p)); p++) {
		if (*p == '"')
			quoted = !quoted;
		else
			term[n++] = *p;
	}
	term[n] = '\0';
	*ret_open = quoted;
	return p;
}

static int parse_all(const char *text, struct filter *f, struct filter_error *e)
{
	char term[FILTER_TEXT_MAX];
	const char *p = text;
	bool open;
	int r;

	for (;;) {
		while (isspace((unsigned char)*p))
			p++;
		if (!*p)
			return 0;
		e->offset = (size_t)(p - text);
		if (f->count == FILTER_TERMS_MAX)
			return fail(e, "at most %d terms", FILTER_TERMS_MAX);
		p = next_term(p, term, &open);
		if (open)
			return fail(e, "a quote (\") is not closed");
		r = parse_term(term, &f->terms[f->count++], e);
		if (r < 0)
			return r;
	}
}

int filter_parse(const char *text, struct filter **ret, struct filter_error *error)
{
	struct filter *f;
	int r;

	*error = (struct filter_error){ 0 };
	if (strlen(text) >= FILTER_TEXT_MAX)
		return fail(error, "longer than %d bytes", FILTER_TEXT_MAX - 1);
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	r = parse_all(text, f, error);
	if (r < 0) {
		filter_free(f);
		return r;
	}
	*ret = f;
	return 0;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->count; i++) {
		for (size_t k = 0; k < f->terms[i].value_count; k++)
			free(f->terms[i].values[k].text);
		free(f->terms[i].values);
	}
	free(f);
}
