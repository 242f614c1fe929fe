/* SPDX-License-Identifier: Apache-2.0
 *
 * Journal fields; see journal_fields.h.
 */
#include "sink/journal_fields.h"

#include <endian.h>
#include <json-c/json.h>
#include <string.h>

#include "base/buf.h"
#include "sink/record.h"

enum { NAME_MAX_CHARS = 64 }; /* the journal drops longer names */

/* Random once, fixed for ever: `journalctl MESSAGE_ID=` finds a kind. */
static const char *const message_ids[] = {
	[RECORD_ALERT] = "5ef1c3a0b64f4e63a7d0d4a9a54c1f21",
	[RECORD_FLOW] = "d1f83c7be39a4d0f9f0a6d5b70c4be52",
	[RECORD_HEARTBEAT] = "0b8f6c1d7a5442a28f8be2f6a8d97c63",
	[RECORD_READ] = "5d0c3f1e8a7b4e2fb64c9d1f70a8e356",
	[RECORD_GAP] = "9a4e7d20c5f14b1db1f7c3628f3e0d74",
	[RECORD_AUDIT] = "e7b25a9146cd4f7c8d3290be51f6aa85",
};

void journal_field(struct buf *out, const char *name, const char *value, size_t len)
{
	const uint64_t size = htole64(len);

	buf_add_str(out, name);
	if (memchr(value, '\n', len)) {
		buf_add_char(out, '\n');
		buf_add(out, &size, sizeof(size));
	} else {
		buf_add_char(out, '=');
	}
	buf_add(out, value, len);
	buf_add_char(out, '\n');
}

/* "process.name" is EGRESSD_PROCESS_NAME. False: no name the journal takes. */
static bool name_of(const char *key, char out[NAME_MAX_CHARS + 1])
{
	size_t at = (size_t)snprintf(out, NAME_MAX_CHARS + 1, "EGRESSD_");

	for (key += *key == '@'; *key && at < NAME_MAX_CHARS; key++) {
		char c = *key;

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		else if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9'))
			c = '_';
		out[at++] = c;
	}
	out[at] = '\0';
	return *key == '\0';
}

int journal_fields(const struct record *r, const char *message, size_t len, struct buf *out)
{
	char priority[4], name[NAME_MAX_CHARS + 1];

	(void)snprintf(priority, sizeof(priority), "%u", r->severity->syslog);
	journal_field(out, "MESSAGE", message, len);
	journal_field(out, "PRIORITY", priority, strlen(priority));
	journal_field(out, "SYSLOG_IDENTIFIER", "egressd", strlen("egressd"));
	journal_field(out, "MESSAGE_ID", message_ids[r->kind], strlen(message_ids[r->kind]));
	json_object_object_foreach(r->root, key, value)
	{
		const char *text =
			json_object_is_type(value, json_type_string)
				? json_object_get_string(value)
				: json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);

		if (value && name_of(key, name))
			journal_field(out, name, text, strlen(text));
	}
	return out->error;
}
