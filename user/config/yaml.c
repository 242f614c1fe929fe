/* SPDX-License-Identifier: Apache-2.0
 *
 * YAML text to options through libyaml's event interface, so that each problem has
 * its line. Only mappings and scalars mean something here; anchors, tags, lists and
 * second documents are refused rather than guessed at.
 */
#include <errno.h>
#include <string.h>

#include "config/yaml_reader.h"

#define _cleanup_parser_ _cleanup_(yaml_parser_delete)
#define DEPTH_MAX 8 /* the deepest option has three parts */

static int set_option(struct yaml_reader *r, const struct option_def *option,
		      const yaml_event_t *event)
{
	_cleanup_buf_ struct buf why = BUF_INIT;
	size_t index = (size_t)(option - config_options);
	int ret;

	if (event->type != YAML_SCALAR_EVENT || yaml_has_tag(event) || !yaml_is_text(event)) {
		place_error(r->at, "%s takes one plain value; write \"%s: %s\"", option->name,
			    strrchr(option->name, '.') + 1, *option->def ? option->def : "\"\"");
		return yaml_skip(r, event->type);
	}
	if (r->config->line[index]) {
		place_error(r->at, "%s was already set in line %d; keep one of them", option->name,
			    r->config->line[index]);
		return 0;
	}
	r->config->line[index] = r->at->line;
	ret = option_set(r->config, option, yaml_scalar(event), &why);
	if (ret == -EINVAL) {
		place_error(r->at, "%s", why.data ? why.data : option->name);
		ret = 0;
	}
	return ret;
}

static void unknown_key(struct yaml_reader *r, int line)
{
	const char *near = option_suggest(r->path.data);

	r->at->line = line;
	place_error(r->at, "unknown key \"%.80s\"" NEAREST_FORMAT, r->path.data,
		    NEAREST_ARGS(near));
}

static int read_pair(struct yaml_reader *r, const yaml_event_t *key, void *ctx);

/* Keys so many levels below the root, which is level 1. */
static int read_mapping(struct yaml_reader *r, unsigned int depth)
{
	return yaml_each_pair(r, read_pair, &depth);
}

/* The lists at the top. */
static const struct list {
	const char *name;
	bool is_sink;
	enum word_kind kind;
	const char *first; /* how an item begins */
} lists[] = {
	{ "sinks", true, WORD_KINDS, "name: siem" },
	{ "expect", false, WORD_EXPECT, "actor: restic" },
	{ "role", false, WORD_ROLE, "role: replica" },
	{ "budget", false, WORD_BUDGET, "bytes: 50GB" },
};

/* An item of one of them. */
struct item {
	const struct list *list;
	struct sink_config *sink; /* one of the two, or neither: there are too many */
	struct declaration *word;
};

static int set_word(struct yaml_reader *r, struct declaration *word, const char *key,
		    const char *value)
{
	_cleanup_buf_ struct buf why = BUF_INIT;

	if (declaration_set(word, key, value, &why) == -EINVAL)
		place_error(r->at, "%s", why.data ? why.data : key);
	return why.error;
}

/* One key of an item, whose place is r->at. */
static int read_item_pair(struct yaml_reader *r, const yaml_event_t *key, void *ctx)
{
	const struct item *item = ctx;
	const struct list *list = item->list;
	_cleanup_event_ yaml_event_t value = { 0 };
	int ret = yaml_next(r, &value);

	if (ret < 0)
		return ret;
	if (key->type != YAML_SCALAR_EVENT || value.type != YAML_SCALAR_EVENT ||
	    yaml_has_tag(&value) || !yaml_is_text(key) || !yaml_is_text(&value)) {
		place_error(r->at, "%s: plain keys and values only, like \"%s\"", list->name,
			    list->first);
		ret = yaml_skip(r, key->type);
		return ret < 0 ? ret : yaml_skip(r, value.type);
	}
	if (item->word)
		return set_word(r, item->word, yaml_scalar(key), yaml_scalar(&value));
	return sink_config_set(item->sink, yaml_scalar(key), yaml_scalar(&value), r->at);
}

static int add_item(struct yaml_reader *r, const struct list *list, struct item *ret)
{
	*ret = (struct item){ .list = list };
	if (list->is_sink)
		return sinks_add(&r->config->sinks, r->at, &ret->sink);
	return declarations_add(&r->config->words, list->kind, r->at, &ret->word);
}

/* A list of mappings. */
static int read_list(struct yaml_reader *r, const struct list *list)
{
	for (;;) {
		_cleanup_event_ yaml_event_t event = { 0 };
		struct item item;
		int ret = yaml_next(r, &event);

		if (ret < 0 || event.type == YAML_SEQUENCE_END_EVENT)
			return ret;
		if (event.type != YAML_MAPPING_START_EVENT) {
			place_error(r->at,
				    "%s: each item is a mapping; write \"- %s\" and its other keys "
				    "below, indented as far",
				    list->name, list->first);
			ret = yaml_skip(r, event.type);
		} else {
			ret = add_item(r, list, &item);
			if (ret == 0)
				ret = item.sink || item.word
					      ? yaml_each_pair(r, read_item_pair, &item)
					      : yaml_skip(r, event.type);
		}
		if (ret < 0)
			return ret;
	}
}

static const struct list *find_list(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (strcmp(lists[i].name, name) == 0)
			return &lists[i];
	return NULL;
}

/* The value behind the name of a list. */
static int read_list_value(struct yaml_reader *r, const struct list *list,
			   const yaml_event_t *event)
{
	if (event->type == YAML_SEQUENCE_START_EVENT)
		return read_list(r, list);
	if (event->type == YAML_SCALAR_EVENT && event->data.scalar.length == 0)
		return 0;
	place_error(r->at, "%s is a list; begin each item with \"- %s\"", list->name, list->first);
	return yaml_skip(r, event->type);
}

/* The value of the key in r->path. */
static int read_value(struct yaml_reader *r, int key_line, unsigned int depth)
{
	const struct option_def *option = config_find(r->path.data);
	_cleanup_event_ yaml_event_t event = { 0 };
	int ret = yaml_next(r, &event);

	if (ret < 0)
		return ret;
	if (option)
		return set_option(r, option, &event);
	if (depth == 1 && find_list(r->path.data))
		return read_list_value(r, find_list(r->path.data), &event);
	if (!option_is_section(r->path.data)) {
		unknown_key(r, key_line);
		return yaml_skip(r, event.type);
	}
	if (event.type == YAML_MAPPING_START_EVENT && depth < DEPTH_MAX)
		return read_mapping(r, depth + 1);
	if (event.type == YAML_SCALAR_EVENT && event.data.scalar.length == 0)
		return 0; /* a section whose keys are all commented out */
	place_error(r->at, "%s is a section; put its keys below it, indented", r->path.data);
	return yaml_skip(r, event.type);
}

/* One key of a mapping, with its value. */
static int read_pair(struct yaml_reader *r, const yaml_event_t *key, void *ctx)
{
	const unsigned int depth = *(const unsigned int *)ctx;
	size_t parent = r->path.len;
	int line = r->at->line, ret;

	if (key->type != YAML_SCALAR_EVENT || !yaml_is_text(key) || yaml_has_tag(key)) {
		place_error(r->at, "a key must be one plain word");
		ret = yaml_skip(r, key->type);
		if (ret == 0) {
			_cleanup_event_ yaml_event_t value = { 0 };

			ret = yaml_next(r, &value);
			return ret < 0 ? ret : yaml_skip(r, value.type);
		}
		return ret;
	}
	if (parent)
		buf_add_char(&r->path, '.');
	buf_add_str(&r->path, yaml_scalar(key));
	if (r->path.error)
		return r->path.error;
	if (r->path.len == parent) /* "": "x" at the top */
		buf_add_str(&r->path, "\"\"");
	ret = read_value(r, line, depth);
	r->path.len = parent;
	if (r->path.data)
		r->path.data[parent] = '\0';
	return ret;
}

/* The document's root, or anything libyaml puts around it. */
static int read_stream(struct yaml_reader *r)
{
	unsigned int documents = 0;

	for (;;) {
		_cleanup_event_ yaml_event_t event = { 0 };
		int ret = yaml_next(r, &event);

		if (ret < 0)
			return ret;
		if (event.type == YAML_STREAM_END_EVENT)
			return 0;
		if (event.type == YAML_DOCUMENT_START_EVENT && ++documents > 1) {
			place_error(r->at, "a second document; keep one, without \"---\" inside");
			return -EINVAL;
		}
		if (event.type == YAML_MAPPING_START_EVENT)
			ret = read_mapping(r, 1);
		else if ((event.type == YAML_SCALAR_EVENT && event.data.scalar.length) ||
			 event.type == YAML_SEQUENCE_START_EVENT ||
			 event.type == YAML_ALIAS_EVENT) {
			place_error(r->at, "not a mapping; write sections like \"daemon:\" with "
					   "\"key: value\" lines below");
			ret = -EINVAL;
		}
		if (ret < 0)
			return ret;
	}
}

int yaml_read(struct config *c, const char *text, size_t len, struct place *at)
{
	_cleanup_parser_ yaml_parser_t parser = { 0 };
	struct yaml_reader r = {
		.parser = &parser, .config = c, .at = at, .text = text, .len = len, .path = BUF_INIT
	};
	int ret;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	ret = read_stream(&r);
	buf_free(&r.path);
	if (ret == -ENOMEM)
		return ret;
	return at->errors ? -EINVAL : ret;
}
