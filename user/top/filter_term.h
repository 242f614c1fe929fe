/* SPDX-License-Identifier: Apache-2.0
 *
 * The parsed form of a filter, shared by its parser and its matcher only.
 */
#ifndef TOP_FILTER_TERM_H
#define TOP_FILTER_TERM_H

#include "base/cleanup.h"
#include "top/filter.h"

#define FILTER_TERMS_MAX 16 /* more than anyone types */
#define FILTER_TEXT_MAX 512

enum term_kind { TERM_WORD, TERM_TEXT, TERM_NUM, TERM_LEVEL, TERM_IS };
enum term_op { OP_EQ, OP_GT, OP_LT, OP_GE, OP_LE };

struct filter_value {
	char *text;       /* TERM_WORD, TERM_TEXT, TERM_IS */
	uint64_t number;  /* TERM_NUM, TERM_LEVEL */
	uint8_t addr[16]; /* TERM_TEXT on dst: a network */
	int prefix;       /* its length in the 128-bit space; -1 = a text */
};

struct filter_term {
	enum term_kind kind;
	enum term_op op;
	bool negate;
	int field;
	struct filter_value *values; /* alternatives, at least one */
	size_t value_count;
};

struct filter {
	struct filter_term terms[FILTER_TERMS_MAX];
	size_t count;
};

/* "is:" words, in the order of enum is_word. */
enum is_word { IS_ENDED, IS_ALERT, IS_OTHER, IS_WORDS };
extern const char *const is_words[IS_WORDS];

/* "10.0.0.0/8", "2001:db8::/32", "192.0.2.1": 0, or -EINVAL if it is no network. */
int filter_parse_net(const char *text, uint8_t ret_addr[16], int *ret_prefix);

/* Fill the values of a term from the text behind its operator. 0, -EINVAL with
 * *error filled, -ENOMEM. */
int filter_take_values(struct filter_term *t, const char *text, struct filter_error *e);
int filter_take_pattern(struct filter_term *t, const char *text, struct filter_error *e);
_printf_(2, 3) int filter_fail(struct filter_error *e, const char *format, ...); /* -EINVAL */

#endif
