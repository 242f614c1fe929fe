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
struct config; /* owns every string params points to */

enum option_type { OPT_BOOL, OPT_U32, OPT_I32, OPT_MILLI, OPT_SIZE, OPT_DURATION_S, OPT_DURATION_MS, OPT_STRING };
struct option {
	const char *name; /* dotted path in the YAML file: "detect.floor.1h" */
	enum option_type type;
	size_t offset;    /* into struct params */
	const char *def;  /* as it would stand in the file */
	uint64_t min, max; /* of the parsed value; 0,0 = no range */
	const char *help; /* one line, with the reason for the default */
};
extern const struct option config_options[];
extern const size_t config_option_count;

/* Where the daemon looks when no -c is given; missing is not an error. */
extern const char config_default_path[];

/* Loads PATH (NULL: the default path if it exists, else defaults). On error -EINVAL
 * (or the errno of open) and `error` has one line a problem: "file:line: what; remedy". */
int config_load(const char *path, struct config **ret, struct buf *error);
void config_free(struct config *c);
const struct params *config_params(const struct config *c);
/* Overrides one option from the command line ("daemon.state_dir", "/x"). */
int config_set(struct config *c, const char *name, const char *value, struct buf *error);

/* The reference: "markdown", "man" or "yaml" (a commented default file). */
int config_reference(const char *form, struct buf *out);

#endif
