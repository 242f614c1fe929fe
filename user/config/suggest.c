/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person may have meant: looks names up in the option table, exactly, as a
 * section, or by edit distance; the same for the keys of lists. Pure.
 */
#include <string.h>

#include "config/internal.h"

#define NAME_MAX_CHARS 64 /* longer words are nothing we know */

const struct option_def *config_find(const char *name)
{
	for (size_t i = 0; i < config_option_count; i++)
		if (strcmp(config_options[i].name, name) == 0)
			return &config_options[i];
	return NULL;
}

bool option_is_section(const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; len && i < config_option_count; i++)
		if (strncmp(config_options[i].name, path, len) == 0 &&
		    config_options[i].name[len] == '.')
			return true;
	return false;
}

/* Levenshtein distance; both at most NAME_MAX_CHARS long. */
static size_t distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_CHARS + 1], n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			size_t change = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			row[j + 1] = MIN(change, MIN(row[j], diagonal) + 1);
		}
	}
	return row[n];
}

static const char *last_part(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

void nearest_try(struct nearest *n, const char *known)
{
	size_t len = strlen(n->word), d;

	if (len > NAME_MAX_CHARS || strlen(known) > NAME_MAX_CHARS)
		return;
	d = distance(n->word, known);
	if (d > MAX(len / 3, (size_t)1)) {
		/* "dest" is no slip but the beginning of one name. */
		if (len < 3 || strncmp(n->word, known, len) != 0)
			return;
		d = len;
	}
	if (n->found && d >= n->distance)
		return;
	n->distance = d;
	n->found = known;
}

/* Everything that may stand at the top of the file. */
static const char *suggest_top(const char *name)
{
	static const char *const tops[] = { "daemon",     "detect",   "alert",        "export",
					    "containers", "sessions", "destinations", "networks",
					    "sinks",      "expect",   "role",         "budget" };
	struct nearest n = { .word = name };

	for (size_t i = 0; i < ARRAY_SIZE(tops); i++)
		nearest_try(&n, tops[i]);
	return n.found;
}

/* A key that stands in the wrong section is as near as a misspelt one. */
const char *option_suggest(const char *name)
{
	size_t best = SIZE_MAX, limit;
	const char *found = strchr(name, '.') ? NULL : suggest_top(name);

	if (found || strlen(name) > NAME_MAX_CHARS)
		return found;
	limit = MAX(strlen(last_part(name)) / 3, (size_t)2);
	for (size_t i = 0; i < config_option_count; i++) {
		const char *known = config_options[i].name;
		size_t whole = distance(name, known);
		size_t part = distance(last_part(name), last_part(known)) + 1;
		size_t d = MIN(whole, part);

		if (d <= limit && d < best) {
			best = d;
			found = known;
		}
	}
	return found;
}
