/* SPDX-License-Identifier: Apache-2.0
 *
 * libyaml's events with their lines; see yaml_reader.h.
 */
#include <errno.h>
#include <string.h>

#include "config/yaml_reader.h"

/* Line of a byte; for characters that are no YAML libyaml keeps only their offset. */
static int line_of(const char *text, size_t offset)
{
	int line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

int yaml_next(struct yaml_reader *r, yaml_event_t *event)
{
	const yaml_parser_t *p = r->parser;

	if (!yaml_parser_parse(r->parser, event)) {
		if (p->error == YAML_MEMORY_ERROR)
			return -ENOMEM;
		r->at->line = p->error == YAML_READER_ERROR
				      ? line_of(r->text, MIN(p->problem_offset, r->len))
				      : (int)p->problem_mark.line + 1;
		place_error(r->at, "not YAML: %s; indent with spaces and write \"key: value\"",
			    p->problem ? p->problem : "unreadable");
		return -EINVAL;
	}
	r->at->line = (int)event->start_mark.line + 1;
	return 0;
}

static bool opens(yaml_event_type_t type)
{
	return type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT;
}

static bool closes(yaml_event_type_t type)
{
	return type == YAML_MAPPING_END_EVENT || type == YAML_SEQUENCE_END_EVENT;
}

int yaml_skip(struct yaml_reader *r, yaml_event_type_t type)
{
	int depth = opens(type) ? 1 : 0;

	while (depth > 0) {
		_cleanup_event_ yaml_event_t event = { 0 };
		int ret = yaml_next(r, &event);

		if (ret < 0)
			return ret;
		depth += opens(event.type) ? 1 : closes(event.type) ? -1 : 0;
	}
	return 0;
}

const char *yaml_scalar(const yaml_event_t *event)
{
	return (const char *)event->data.scalar.value;
}

bool yaml_is_text(const yaml_event_t *event)
{
	return strlen(yaml_scalar(event)) == event->data.scalar.length;
}

bool yaml_has_tag(const yaml_event_t *event)
{
	return event->type == YAML_SCALAR_EVENT &&
	       (event->data.scalar.tag || event->data.scalar.anchor);
}

int yaml_each_pair(struct yaml_reader *r, yaml_pair_fn fn, void *ctx)
{
	for (;;) {
		_cleanup_event_ yaml_event_t key = { 0 };
		int ret = yaml_next(r, &key);

		if (ret < 0)
			return ret;
		if (key.type == YAML_MAPPING_END_EVENT)
			return 0;
		ret = fn(r, &key, ctx);
		if (ret < 0)
			return ret;
		if (r->at->errors >= CONFIG_ERRORS_MAX)
			return -EINVAL;
	}
}
