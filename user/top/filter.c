/* SPDX-License-Identifier: Apache-2.0
 *
 * Parser of the filter language; see filter.h. Every error names the term and says
 * what would be right, because it is shown while the user types.
 */
#include <ctype.h>
#include <errno.h>

#include "base/cleanup.h"
#include "top/filter_term.h"

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

/* "10.0.0.0/8", "2001:db8::1", the first of several: networks need no dst: before them. An
 * IPv4 address is a word as any other. */
static bool is_network(const char *text)
{
	_cleanup_free_ char *first = strndup(text, strcspn(text, ","));
	uint8_t addr[16];
	int prefix;

	return first && strpbrk(first, "/:") && filter_parse_net(first, addr, &prefix) == 0;
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
		return filter_fail(e, "- needs a term: -user:postgres");
	if (is_network(text)) {
		t->kind = TERM_TEXT;
		t->field = T_DST;
		return filter_take_values(t, text, e);
	}
	p = text;
	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	if (p == text || !strchr(":=<>~", *p) || !*p) {
		t->kind = TERM_WORD;
		return filter_take_values(t, text, e);
	}
	name = strndup(text, (size_t)(p - text));
	if (!name)
		return -ENOMEM;
	if (find_field(name, t) < 0)
		return filter_fail(
			e, "no field \"%.30s\": user, dst, rate, total, port ... (? lists them)",
			name);
	if (take_op(&p, &t->op, &pattern) < 0)
		return filter_fail(e, "expected one of : > < >= <= ~ after %s", name);
	if (pattern) {
		if (t->kind != TERM_TEXT)
			return filter_fail(e, "~ needs a text field; %s is not one", name);
		return filter_take_pattern(t, p, e);
	}
	if (t->op != OP_EQ && t->kind != TERM_NUM)
		return filter_fail(e, "%s is not a number: use %s:VALUE", name, name);
	return filter_take_values(t, p, e);
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
			return filter_fail(e, "at most %d terms", FILTER_TERMS_MAX);
		p = next_term(p, term, &open);
		if (open)
			return filter_fail(e, "a quote (\") is not closed");
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
		return filter_fail(error, "longer than %d bytes", FILTER_TEXT_MAX - 1);
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
