/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of config/ share and nobody else sees: the configuration being
 * filled, and the place an error is about.
 */
#ifndef CONFIG_INTERNAL_H
#define CONFIG_INTERNAL_H

#include <stdbool.h>

#include "base/buf.h"
#include "config/config.h"
#include "config/declaration.h"
#include "config/sinks.h"

#define CONFIG_ERRORS_MAX 20 /* more teaches nobody anything */

struct config {
	struct sinks sinks;
	struct declarations words;
	struct params params;
	char **text; /* per option: the string params points to; NULL elsewhere */
	int *line;   /* per option: where the file set it; 0 = default or override */
};

/* A place in a file, and how many problems it had so far. */
struct place {
	const char *file;
	int line; /* 0 = the file as a whole */
	unsigned int errors;
	struct buf *error;
};

/* Adds "file:line: words" to the errors. */
_printf_(2, 3) void place_error(struct place *at, const char *format, ...);

/* Parses `value` into the option's field. On -EINVAL the reason with a remedy is
 * appended to `why` (one clause, no newline); -ENOMEM has none. */
int option_set(struct config *c, const struct option_def *option, const char *value,
	       struct buf *why);

/* The same into any params struct; `text` keeps the copy of a string. */
int option_set_in(void *params, char **text, const struct option_def *option, const char *value,
		  struct buf *why);

/* Reads the YAML text; every problem goes to at->error. -ENOMEM, -EINVAL. */
int yaml_read(struct config *c, const char *text, size_t len, struct place *at);

/* Options that must agree with each other. */
void config_check(const struct config *c, struct place *at);

/* The known key, section or list nearest to `name`, or NULL if none is near. */
const char *option_suggest(const char *name);

/* The name nearest to `word` among those tried; `found` is NULL while none is near. */
struct nearest {
	const char *word, *found;
	size_t distance;
};
void nearest_try(struct nearest *n, const char *known);

#define NEAREST_MAX_CHARS 64 /* longer words are nothing we know */
/* Levenshtein distance; both at most NEAREST_MAX_CHARS long. */
size_t nearest_distance(const char *a, const char *b);

/* How an error about an unknown key ends, which its name comes before. */
#define NEAREST_FORMAT "; %s%s%s"
#define NEAREST_ARGS(found)                                                         \
	(found) ? "did you mean \"" : "remove it, egressd(8) lists the known ones", \
		(found) ? (found) : "", (found) ? "\"?" : ""

/* Is `path` the beginning (up to a dot) of some option's name? */
bool option_is_section(const char *path);

#endif
