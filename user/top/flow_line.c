/* SPDX-License-Identifier: Apache-2.0
 *
 * A `flows` line to a struct; see flow_line.h. Lines that are not in the daemon's plain
 * form are json-c's, which keeps 64-bit counters exact.
 */
#include <errno.h>
#include <json-c/json.h>

#include "base/cleanup.h"
#include "top/flat_line.h"
#include "top/flow_line.h"
#include "top/json_read.h"

/* What was not seen, in events of all kinds. A clock that was set back is told among
 * them, but loses nothing. */
static uint64_t sum_losses(struct json_object *losses)
{
	uint64_t sum = 0, v;

	if (!json_object_is_type(losses, json_type_object))
		return json_get_u64(losses, 1, &v) ? v : 0;
	json_object_object_foreach(losses, key, member)
	{
		if (strcmp(key, "clock_back") != 0 && json_get_u64(member, 1, &v))
			sum += v;
	}
	return sum;
}

static void parse_totals(struct json_object *o, struct flow_totals *ret)
{
	struct json_object *v;

	ret->known = true;
	(void)json_member_u64(o, "payload_bytes", &ret->payload);
	(void)json_member_u64(o, "attributed_bytes", &ret->attributed);
	(void)json_member_u64(o, "unattributed_bytes", &ret->unattributed);
	if (json_object_object_get_ex(o, "lost", &v))
		ret->lost = sum_losses(v);
}

static void parse_member(struct flow_line *line, const char *key, struct json_object *value)
{
	size_t len = strlen(key);
	int f = fields_find_num(key, len);

	if (f >= 0) {
		if (json_get_u64(value, f == N_RATIO ? 1000 : 1, &line->num[f]))
			line->known |= 1u << f;
		return;
	}
	f = fields_find_text(key, len);
	if (f >= 0) {
		if (value && !json_object_is_type(value, json_type_object) &&
		    !json_object_is_type(value, json_type_array))
			line->text[f] = json_object_get_string(value);
	} else if (strcmp(key, "egress.ended") == 0) {
		line->ended = json_object_get_boolean(value);
	} else if (strcmp(key, "process.exited") == 0) {
		line->exited = json_object_get_boolean(value);
	} else if (strcmp(key, "other") == 0 || strcmp(key, "egress.other") == 0) {
		line->other = json_object_get_boolean(value);
	} else if (strcmp(key, "ancestor") == 0) {
		line->ancestor = json_object_get_boolean(value);
	} else if (strcmp(key, "total") == 0 && json_object_is_type(value, json_type_object)) {
		line->is_total = true;
		parse_totals(value, &line->totals);
	}
}

int flow_line_parse_json(const char *text, size_t len, struct flow_line *ret)
{
	*ret = (struct flow_line){ 0 };
	ret->root = json_parse(text, len);
	if (!json_object_is_type(ret->root, json_type_object))
		return -EINVAL;
	json_object_object_foreach(ret->root, key, value) parse_member(ret, key, value);
	return 0;
}

int flow_line_parse(const char *text, size_t len, struct flat_hints *hints, struct flow_line *ret)
{
	char *copy = malloc(len + 1);
	int r = 0;

	*ret = (struct flow_line){ 0 };
	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (!flat_line_read(copy, len, hints, ret)) {
		free(copy);
		copy = NULL;
		r = flow_line_parse_json(text, len, ret);
	}
	ret->copy = copy;
	/* What a process left in its socket buffers may still be leaving. */
	ret->ended |= ret->exited && !ret->num[N_RATE_10S];
	if (ret->text[T_PROCESS] && strcmp(ret->text[T_PROCESS], "other") == 0 &&
	    !(ret->known & (1u << N_PID)))
		ret->other = true;
	return r;
}

void flow_line_free(struct flow_line *line)
{
	json_object_put(line->root);
	line->root = NULL;
	free(line->copy);
	line->copy = NULL;
}
