/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person may have meant: looks names up in the option table, exactly, as a
 * section, or by edit distance. Pure.
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

/* A key that stands in the wrong section is as near as a misspelt one. */
const char *option_suggest(const char *name)
{
	size_t best = SIZE_MAX, limit;
	const char *found = NULL;

	if (strlen(name) > NAME_MAX_CHARS)
		return NULL;
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
