/* SPDX-License-Identifier: Apache-2.0
 *
 * Matcher of the filter language; see filter.h.
 */
#include <ctype.h>

#include "base/units.h"
#include "top/filter_term.h"

bool glob_match(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
		} else if (*pattern && (*pattern == '?' || tolower((unsigned char)*pattern) ==
								   tolower((unsigned char)*text))) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

const enum text_field filter_word_fields[FILTER_WORD_FIELDS] = {
	T_PROCESS,  T_EXE,       T_USER,    T_CONTAINER, T_POD,          T_UNIT,          T_DST,
	T_DST_NAME, T_DST_GROUP, T_SESSION, T_AS,        T_CONTAINER_ID, T_WORKLOAD_NAME,
};

bool filter_word_in_row(const char *word, const struct flow_row *row)
{
	for (size_t i = 0; i < FILTER_WORD_FIELDS; i++) {
		const char *text = row->text[filter_word_fields[i]];

		if (text && strcasestr(text, word))
			return true;
	}
	return false;
}

static bool net_has(const struct filter_value *net, const char *text)
{
	uint8_t addr[16];
	int whole = net->prefix / 8, rest = net->prefix % 8;

	if (!text || parse_addr(text, addr) < 0 || memcmp(addr, net->addr, (size_t)whole) != 0)
		return false;
	return rest == 0 || (addr[whole] ^ net->addr[whole]) >> (8 - rest) == 0;
}

static bool compare(uint64_t have, enum term_op op, uint64_t want)
{
	switch (op) {
	case OP_GT: return have > want;
	case OP_LT: return have < want;
	case OP_GE: return have >= want;
	case OP_LE: return have <= want;
	default: return have == want;
	}
}

static bool is_word(const struct flow_row *row, uint64_t word)
{
	switch (word) {
	case IS_ENDED: return row->ended;
	case IS_ALERT: return row->level > 0;
	default: return row->other;
	}
}

static bool match_value(const struct filter_term *t, const struct filter_value *v,
			const struct flow_row *row)
{
	const char *text;

	switch (t->kind) {
	case TERM_WORD: return filter_word_in_row(v->text, row);
	case TERM_IS: return is_word(row, v->number);
	case TERM_LEVEL: return row->level >= v->number;
	case TERM_NUM:
		return flow_knows(row, t->field) && compare(row->num[t->field], t->op, v->number);
	default:
		text = row->text[t->field];
		if (v->prefix >= 0)
			return net_has(v, text);
		return text && glob_match(v->text, text);
	}
}

static bool match_term(const struct filter_term *t, const struct flow_row *row)
{
	for (size_t i = 0; i < t->value_count; i++)
		if (match_value(t, &t->values[i], row))
			return true;
	return false;
}

bool filter_match(const struct filter *f, const struct flow_row *row)
{
	if (!f)
		return true;
	for (size_t i = 0; i < f->count; i++)
		if (match_term(&f->terms[i], row) == f->terms[i].negate)
			return false;
	return true;
}
