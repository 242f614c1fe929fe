/* SPDX-License-Identifier: Apache-2.0
 *
 * YAML text as events, one after the other, each with its line. Private to config/.
 */
#ifndef CONFIG_YAML_READER_H
#define CONFIG_YAML_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

#include "config/internal.h"

#define _cleanup_event_ _cleanup_(yaml_event_delete)

struct yaml_reader {
	yaml_parser_t *parser;
	struct config *config;
	struct place *at; /* of the last event */
	const char *text; /* the whole file */
	size_t len;
	struct buf path; /* the dotted key being read */
};

/* The next event with its line in r->at. Syntax errors are reported here. -EINVAL,
 * -ENOMEM. */
int yaml_next(struct yaml_reader *r, yaml_event_t *event);

/* Passes over the rest of a value whose first event was `type`. */
int yaml_skip(struct yaml_reader *r, yaml_event_type_t type);

/* Calls fn, which reads the value, for each key of a mapping that has begun. -EINVAL also
 * when there are too many errors to go on. */
typedef int (*yaml_pair_fn)(struct yaml_reader *r, const yaml_event_t *key, void *ctx);
int yaml_each_pair(struct yaml_reader *r, yaml_pair_fn fn, void *ctx);

/* Of a scalar: its text, and whether no NUL hides in it. */
const char *yaml_scalar(const yaml_event_t *event);
bool yaml_is_text(const yaml_event_t *event);

/* A scalar with a tag or an anchor. */
bool yaml_has_tag(const yaml_event_t *event);

#endif
