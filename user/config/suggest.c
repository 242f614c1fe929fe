/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person may have meant: looks names up in the option table, exactly, as a
 * section, or by edit distance; the same for the keys of lists. Pure.
 */
#include <string.h>

#include "config/internal.h"

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

static const char *last_part(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
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

	if (found || strlen(name) > NEAREST_MAX_CHARS)
		return found;
	limit = MAX(strlen(last_part(name)) / 3, (size_t)2);
	for (size_t i = 0; i < config_option_count; i++) {
		const char *known = config_options[i].name;
		size_t whole = nearest_distance(name, known);
		size_t part = nearest_distance(last_part(name), last_part(known)) + 1;
		size_t d = MIN(whole, part);

		if (d <= limit && d < best) {
			best = d;
			found = known;
		}
	}
	return found;
}
