/* SPDX-License-Identifier: Apache-2.0
 *
 * Configuration: one table of options (name, type, offset, default, help, range)
 * from which the YAML parser, `--help`, the man page section and docs/config.md
 * are made.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "egress/params.h"

struct buf;
struct declarations;
struct sinks;
struct config; /* owns every string params points to */

enum option_type {
	OPT_BOOL,
	OPT_U32,
	OPT_I32,
	OPT_MILLI, /* up to three decimals, kept as thousandths in a uint32_t */
	OPT_SIZE,
	OPT_DURATION_S,
	OPT_DURATION_MS,
	OPT_STRING,
	OPT_PATH,   /* absolute, or "" where that is the default */
	OPT_CHOICE, /* one of the words in `choices` */
};
struct option_def {
	const char *name; /* dotted path in the YAML file: "detect.floor.1h" */
	enum option_type type;
	size_t offset;       /* into struct params */
	const char *def;     /* as it would stand in the file */
	int64_t min, max;    /* of the parsed value (of the length for text); 0,0 = no range */
	const char *help;    /* one line, with the reason for the default */
	const char *choices; /* OPT_CHOICE: "error warning info" */
};
extern const struct option_def config_options[];
extern const size_t config_option_count;

/* Where the daemon looks when no -c is given; missing is not an error. */
extern const char config_default_path[];

/* Loads PATH (NULL: the default path if it exists, else defaults). On error -EINVAL
 * (or the errno of open) and `error` has one line a problem: "file:line: what; remedy". */
int config_load(const char *path, struct config **ret, struct buf *error);
/* The same from memory; `name` stands for the file in errors. */
int config_parse(const char *name, const char *text, size_t len, struct config **ret,
		 struct buf *error);
void config_free(struct config *c);
const struct params *config_params(const struct config *c);
/* The list `sinks:` of the file (config/sinks.h), in its order. */
const struct sinks *config_sinks(const struct config *c);
/* The lists `expect:`, `role:` and `budget:` (config/declaration.h), in their order. */
const struct declarations *config_words(const struct config *c);
/* Exchanges the lists of two configurations: SIGHUP. */
void config_swap_lists(struct config *into, struct config *from);
/* Overrides one option from the command line ("daemon.state_dir", "/x"). */
int config_set(struct config *c, const char *name, const char *value, struct buf *error);

/* Takes over, in place, what may change while a daemon runs (detection and alert
 * settings) from a freshly loaded configuration; pointers to `into`'s params stay good. */
void config_adopt(struct config *into, const struct config *from);

/* The option of that dotted name, or NULL. */
const struct option_def *config_find(const char *name);

/* The reference: "markdown", "man" or "yaml" (a commented default file). -EINVAL
 * for another form. */
int config_reference(const char *form, struct buf *out);

#endif
