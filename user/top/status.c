/* SPDX-License-Identifier: Apache-2.0
 *
 * The `status` answer; see status.h. Keys are flat and dotted; what is missing is
 * said as "unknown" by who draws it.
 */
#include <errno.h>
#include <json-c/json.h>

#include "base/cleanup.h"
#include "top/flow_line.h"
#include "top/status.h"

struct text_key {
	const char *key;
	size_t offset, size;
};
#define TEXT_KEY(name, member) { name, offsetof(struct status, member), sizeof(((struct status *)0)->member) }

static const struct text_key text_keys[] = {
	TEXT_KEY("host.name", host),	     TEXT_KEY("host", host),
	TEXT_KEY("version", version),	     TEXT_KEY("egressd.version", version),
	TEXT_KEY("counting", counting),	     TEXT_KEY("egressd.counting", counting),
	TEXT_KEY("learning", learning),	     TEXT_KEY("egressd.learning", learning),
	TEXT_KEY("sinks", sinks),	     TEXT_KEY("reduced", reduced),
};

/* Arrays of words are joined, so that a list of sinks or gaps reads as a sentence. */
static void put_text(char *out, size_t size, struct json_object *v)
{
	size_t used = 0;

	if (json_object_is_type(v, json_type_string)) {
		snprintf(out, size, "%s", json_object_get_string(v));
	} else if (json_object_is_type(v, json_type_array)) {
		out[0] = '\0';
		for (size_t i = 0; i < json_object_array_length(v) && used < size; i++) {
			struct json_object *item = json_object_array_get_idx(v, i);

			used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "",
						 item ? json_object_get_string(item) : "unknown");
		}
	}
}

int status_line(struct status *s, const char *line, size_t len)
{
	struct json_object *root = json_parse(line, len), *v;
	uint64_t days, of;

	if (!json_object_is_type(root, json_type_object)) {
		json_object_put(root);
		return -EINVAL;
	}
	s->known = true;
	for (size_t i = 0; i < ARRAY_SIZE(text_keys); i++)
		if (json_object_object_get_ex(root, text_keys[i].key, &v))
			put_text((char *)s + text_keys[i].offset, text_keys[i].size, v);
	if (json_object_object_get_ex(root, "uptime_s", &v))
		s->uptime_known = json_get_u64(v, 1, &s->uptime_s);
	if (json_object_object_get_ex(root, "egress.today_bytes", &v))
		s->today_known = json_get_u64(v, 1, &s->today_bytes);
	if (json_object_object_get_ex(root, "egress.today_allowed_bytes", &v))
		s->allowed_known = json_get_u64(v, 1, &s->allowed_bytes);
	if (json_object_object_get_ex(root, "learning.days", &v) && json_get_u64(v, 1, &days) &&
	    json_object_object_get_ex(root, "learning.days_needed", &v) && json_get_u64(v, 1, &of))
		snprintf(s->learning, sizeof(s->learning), "%u/%u d", (unsigned int)MIN(days, 9999u),
			 (unsigned int)MIN(of, 9999u));
	json_object_put(root);
	return 0;
}
