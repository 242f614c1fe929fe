/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys of a declaration, each with its parser, and the rules between them; see
 * declaration.h.
 */
#include "config/declaration.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/units.h"
#include "base/vocab.h"
#include "config/internal.h"
#include "config/weekdays.h"

#define E (1u << WORD_EXPECT)
#define R (1u << WORD_ROLE)
#define B (1u << WORD_BUDGET)
#define S (1u << WORD_SILENCE)

enum {
	V4_MIN_BITS = 96 + 8, /* half the Internet is no destination of a declaration */
	V6_MIN_BITS = 16,
};

const char *const word_kind_names[WORD_KINDS] = { "expect", "role", "budget", "silence" };
const char *const word_role_names[ROLE_COUNT] = { "replica", "backup", "application" };
const char *const word_period_names[PERIOD_COUNT] = { "total", "day", "window" };
const char *const word_scope_names[WORD_SCOPES] = { "any", "internal", "public" };

enum key {
	KEY_ROLE,
	KEY_ACTOR,
	KEY_USER,
	KEY_CONTAINER,
	KEY_DESTINATION,
	KEY_SCOPE,
	KEY_BYTES,
	KEY_BETWEEN,
	KEY_PER,
	KEY_UNTIL,
	KEY_LEVEL,
	KEY_WHY,
	KEY_DAYS, /* the latest last: a word's id comes from the places of its keys */
};

const struct declaration_key declaration_keys[] = {
	[KEY_ROLE] = { "role", R, R, "replica, backup or application" },
	[KEY_ACTOR] = { "actor", E | R | B | S, E,
			"name of the program's file, * and ? match any text" },
	[KEY_USER] = { "user", E | R | B | S, 0, "the user it runs as, * and ? as above" },
	[KEY_CONTAINER] = { "container", E | R | B | S, 0,
			    "image of its container, * and ? as above" },
	[KEY_DESTINATION] = { "destination", E | R | B | S, E,
			      "an address, a network as 10.2.0.0/16, or a name" },
	[KEY_SCOPE] = { "scope", B, 0, "any, internal or public; any if absent" },
	[KEY_BYTES] = { "bytes", E | B | S, E | B | S, "the budget: 600GB" },
	[KEY_BETWEEN] = { "between", E, 0, "01:00-05:00, in UTC; may cross midnight" },
	[KEY_PER] = { "per", E, 0,
		      "what the budget is for: window (where one is given), total (until its end), "
		      "day (UTC, where days are given or it has neither)" },
	[KEY_UNTIL] = { "until", E | R | B | S, S, "2027-01-01T00:00:00Z, or a date" },
	[KEY_LEVEL] = { "level", E | B, 0,
			"notice, ticket or page: how loud it is when the budget is exceeded; twice "
			"the budget is a doubling louder; ticket if absent" },
	[KEY_WHY] = { "why", E | R | B | S, 0, "for those who read it later" },
	[KEY_DAYS] = { "days", E, 0,
		       "sun, mon-fri or mon,wed,fri: only then, in UTC; a window over midnight is "
		       "of the day it begins" },
};
const size_t declaration_key_count = ARRAY_SIZE(declaration_keys);

static bool was_given(const struct declaration *d, enum key key)
{
	return d->given & (1u << key);
}

void declaration_init(struct declaration *d, enum word_kind kind)
{
	*d = (struct declaration){ .kind = kind, .level = EG_LEVEL_TICKET };
}

/* Text that may stand in a list and a log. */
static int set_text(char *field, size_t size, const char *value)
{
	size_t len = strlen(value);

	if (len >= size)
		return -EINVAL;
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return -EINVAL;
	memcpy(field, value, len + 1);
	return 0;
}

static int set_name(char field[DECLARATION_NAME_MAX], const char *value)
{
	return *value ? set_text(field, DECLARATION_NAME_MAX, value) : -EINVAL;
}

static int set_word(const char *const names[], unsigned int count, const char *value,
		    unsigned int *ret)
{
	for (unsigned int i = 0; i < count; i++) {
		if (strcmp(names[i], value) == 0) {
			*ret = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int set_destination(struct declaration *d, const char *value)
{
	bool looks_numeric = strchr(value, '/') || strchr(value, ':');
	unsigned int least;

	if (set_name(d->destination, value) < 0)
		return -EINVAL;
	d->has_prefix = prefix_parse(value, &d->prefix) == 0;
	if (!d->has_prefix)
		return looks_numeric ? -EINVAL : 0;
	least = strchr(value, ':') ? V6_MIN_BITS : V4_MIN_BITS;
	return d->prefix.bits < least ? -EINVAL : 0;
}

static bool two_digits(const char *s, unsigned int max, unsigned int *ret)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return false;
	*ret = (unsigned int)(s[0] - '0') * 10 + (unsigned int)(s[1] - '0');
	return *ret <= max;
}

/* "HH:MM", 24:00 too. */
static bool time_of_day(const char *s, uint16_t *ret_min)
{
	unsigned int hour, minute;

	if (!two_digits(s, 24, &hour) || s[2] != ':' || !two_digits(s + 3, 59, &minute))
		return false;
	*ret_min = (uint16_t)(hour * 60 + minute);
	return *ret_min <= MINUTES_A_DAY;
}

static int set_window(struct declaration *d, const char *value)
{
	if (strlen(value) != strlen("00:00-00:00") || value[5] != '-' ||
	    !time_of_day(value, &d->from_min) || !time_of_day(value + 6, &d->to_min) ||
	    d->from_min == d->to_min || d->from_min == MINUTES_A_DAY)
		return -EINVAL;
	d->has_window = true;
	return 0;
}

/* A point in time, never "2h ago". */
static int set_until(struct declaration *d, const char *value)
{
	static const int64_t latest = INT64_C(1) << 33; /* 2242: more is a slip */
	bool absolute = value[0] == '@' || strchr(value, '-') ||
			strspn(value, "0123456789") == strlen(value);

	if (!*value || !absolute || parse_when(value, 0, &d->until_ts) < 0)
		return -EINVAL;
	return d->until_ts > 0 && d->until_ts <= latest ? 0 : -EINVAL;
}

static int set_key(struct declaration *d, enum key key, const char *value)
{
	unsigned int n = 0;
	int r = 0;

	switch (key) {
	case KEY_ROLE:
		r = set_word(word_role_names, ROLE_COUNT, value, &n);
		d->role = (enum word_role)n;
		return r;
	case KEY_SCOPE:
		r = set_word(word_scope_names, WORD_SCOPES, value, &n);
		d->scope = (enum word_scope)n;
		return r;
	case KEY_PER:
		r = set_word(word_period_names, PERIOD_COUNT, value, &n);
		d->period = (enum word_period)n;
		return r;
	case KEY_LEVEL:
		r = level_parse(value, &d->level);
		return r < 0 || d->level == EG_LEVEL_NONE ? -EINVAL : 0;
	case KEY_ACTOR: return set_name(d->actor, value);
	case KEY_USER: return set_name(d->user, value);
	case KEY_CONTAINER: return set_name(d->container, value);
	case KEY_DESTINATION: return set_destination(d, value);
	case KEY_BYTES: return parse_size(value, &d->bytes) < 0 || !d->bytes ? -EINVAL : 0;
	case KEY_BETWEEN: return set_window(d, value);
	case KEY_UNTIL: return set_until(d, value);
	case KEY_WHY: return set_text(d->why, sizeof(d->why), value);
	case KEY_DAYS: return weekdays_parse(value, &d->days);
	}
	return -EINVAL;
}

static void unknown_key(const struct declaration *d, const char *key, struct buf *why)
{
	struct nearest n = { .word = key };

	for (size_t i = 0; i < declaration_key_count; i++)
		if (declaration_keys[i].kinds & (1u << d->kind))
			nearest_try(&n, declaration_keys[i].name);
	buf_addf(why, "%s has no key \"%.60s\"" NEAREST_FORMAT, word_kind_names[d->kind], key,
		 NEAREST_ARGS(n.found));
}

int declaration_set(struct declaration *d, const char *key, const char *value, struct buf *why)
{
	const char *kind = word_kind_names[d->kind];
	size_t i = 0;

	while (i < declaration_key_count && strcmp(declaration_keys[i].name, key) != 0)
		i++;
	if (i == declaration_key_count || !(declaration_keys[i].kinds & (1u << d->kind))) {
		unknown_key(d, key, why);
		return -EINVAL;
	}
	if (was_given(d, (enum key)i)) {
		buf_addf(why, "%s was already said in this %s; keep one of them", key, kind);
		return -EINVAL;
	}
	d->given |= 1u << i;
	if (set_key(d, (enum key)i, value) == 0)
		return 0;
	buf_addf(why, "%s: \"%.80s\" will not do; give %s", key, value, declaration_keys[i].help);
	return -EINVAL;
}

/* Nothing but wildcards is nothing. */
static bool says_something(const char *pattern)
{
	return pattern[strspn(pattern, "*?")] != '\0';
}

static const char *missing_key(const struct declaration *d, bool lasting)
{
	for (size_t i = 0; i < declaration_key_count; i++)
		if ((declaration_keys[i].needs & (1u << d->kind)) && !was_given(d, (enum key)i))
			return declaration_keys[i].name;
	if (d->kind == WORD_EXPECT && !d->until_ts && !lasting)
		return declaration_keys[KEY_UNTIL].name;
	return NULL;
}

static int check_subject(const struct declaration *d, struct buf *why)
{
	if (d->kind == WORD_EXPECT && !says_something(d->actor)) {
		buf_add_str(why, "expect is for one program: actor needs more than wildcards");
		return -EINVAL;
	}
	if ((d->kind == WORD_ROLE || d->kind == WORD_SILENCE) && !says_something(d->actor) &&
	    !d->destination[0]) {
		buf_addf(why, "%s is for somebody: give actor or destination, not only wildcards",
			 word_kind_names[d->kind]);
		return -EINVAL;
	}
	return 0;
}

static int check_period(struct declaration *d, struct buf *why)
{
	if (!was_given(d, KEY_PER))
		d->period = d->kind == WORD_BUDGET   ? PERIOD_DAY
			    : d->kind != WORD_EXPECT ? PERIOD_TOTAL
			    : d->has_window          ? PERIOD_WINDOW
			    : d->days                ? PERIOD_DAY
			    : d->until_ts            ? PERIOD_TOTAL
						     : PERIOD_DAY;
	if (d->period == PERIOD_WINDOW && !d->has_window) {
		buf_add_str(why, "per: window needs between: 01:00-05:00");
		return -EINVAL;
	}
	if (d->kind == WORD_EXPECT && d->period == PERIOD_TOTAL && !d->until_ts) {
		buf_add_str(why, "per: total needs until, an end");
		return -EINVAL;
	}
	return 0;
}

int declaration_check(struct declaration *d, bool lasting, struct buf *why)
{
	const char *missing = missing_key(d, lasting);

	if (missing) {
		buf_addf(why, "%s needs %s", word_kind_names[d->kind], missing);
		return -EINVAL;
	}
	if (check_subject(d, why) < 0)
		return -EINVAL;
	return check_period(d, why);
}

bool declaration_value(const struct declaration *d, size_t i, struct buf *out)
{
	if (!was_given(d, (enum key)i))
		return false;
	switch ((enum key)i) {
	case KEY_ROLE: buf_add_str(out, word_role_names[d->role]); break;
	case KEY_ACTOR: buf_add_str(out, d->actor); break;
	case KEY_USER: buf_add_str(out, d->user); break;
	case KEY_CONTAINER: buf_add_str(out, d->container); break;
	case KEY_DESTINATION: buf_add_str(out, d->destination); break;
	case KEY_SCOPE: buf_add_str(out, word_scope_names[d->scope]); break;
	case KEY_BYTES: buf_add_u64(out, d->bytes); break;
	case KEY_BETWEEN:
		buf_addf(out, "%02u:%02u-%02u:%02u", d->from_min / 60u, d->from_min % 60u,
			 d->to_min / 60u, d->to_min % 60u);
		break;
	case KEY_PER: buf_add_str(out, word_period_names[d->period]); break;
	case KEY_UNTIL: buf_addf(out, "@%lld", (long long)d->until_ts); break;
	case KEY_LEVEL: buf_add_str(out, level_name(d->level)); break;
	case KEY_WHY: buf_add_str(out, d->why); break;
	case KEY_DAYS: weekdays_add(out, d->days); break;
	}
	return true;
}
