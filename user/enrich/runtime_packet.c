/* SPDX-License-Identifier: Apache-2.0
 *
 * Question: speech, socket, id, labels as texts with NULs. Reply: a protobuf message, the
 * error and five texts; see runtime_child.h. The child reads strangers' answers, so
 * egressd takes its replies as a stranger's too.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/protobuf.h"
#include "enrich/runtime_child.h"

enum { REPLY_ERROR = 1, REPLY_NAME, REPLY_IMAGE, REPLY_POD, REPLY_POD_NAMESPACE, REPLY_LABELS };

int runtime_question_put(struct buf *out, const struct runtime_question *q)
{
	buf_add_char(out, (char)('0' + q->speech));
	buf_add(out, q->socket, strlen(q->socket) + 1);
	buf_add(out, q->id, strlen(q->id) + 1);
	buf_add(out, q->labels, strlen(q->labels) + 1);
	if (out->error)
		return out->error;
	return out->len > RUNTIME_PACKET_MAX ? -E2BIG : 0;
}

int runtime_question_get(const char *packet, size_t len, struct runtime_question *ret)
{
	const char *text[3], *at = packet + 1, *end = packet + len;

	if (len < 1 || packet[0] < '0' || packet[0] > '0' + SPEECH_CRI)
		return -EBADMSG;
	ret->speech = (enum runtime_speech)(packet[0] - '0');
	for (size_t i = 0; i < ARRAY_SIZE(text); i++) {
		text[i] = at;
		at = memchr(at, '\0', (size_t)(end - at));
		if (!at)
			return -EBADMSG;
		at++;
	}
	ret->socket = text[0];
	ret->id = text[1];
	ret->labels = text[2];
	return 0;
}

static void put_text(struct buf *out, uint32_t field, const char *text, size_t max)
{
	if (text)
		protobuf_bytes(out, field, text, strnlen(text, max));
}

void runtime_reply_put(struct buf *out, int error, const struct runtime_facts *facts)
{
	protobuf_varint(out, REPLY_ERROR, (uint64_t)-error);
	put_text(out, REPLY_NAME, facts->name, RUNTIME_TEXT_MAX);
	put_text(out, REPLY_IMAGE, facts->image, RUNTIME_TEXT_MAX);
	put_text(out, REPLY_POD, facts->pod, RUNTIME_TEXT_MAX);
	put_text(out, REPLY_POD_NAMESPACE, facts->pod_namespace, RUNTIME_TEXT_MAX);
	put_text(out, REPLY_LABELS, facts->labels, LABELS_BYTES_MAX);
}

static void take_text(char **into, const uint8_t *data, size_t len)
{
	if (*into || !data || !len || memchr(data, '\0', len))
		return;
	*into = strndup((const char *)data, len);
}

/* Labels go into JSON as they are: they have to be members, texts, and ours by name. */
static bool labels_hold(const char *labels)
{
	static const char prefix[] = "container.labels.";
	struct buf b _cleanup_buf_ = BUF_INIT;
	struct json_tokener *t = json_tokener_new();
	struct json_object *root = NULL;
	bool ok;

	buf_addf(&b, "{%s}", labels);
	if (t && !b.error) {
		json_tokener_set_flags(t, JSON_TOKENER_STRICT);
		root = json_tokener_parse_ex(t, b.data, (int)b.len + 1);
	}
	ok = root && json_tokener_get_parse_end(t) == b.len &&
	     json_object_is_type(root, json_type_object) &&
	     json_object_object_length(root) <= LABELS_MAX;
	if (ok) {
		json_object_object_foreach(root, key, value)
		{
			ok = ok && strncmp(key, prefix, strlen(prefix)) == 0 &&
			     json_object_is_type(value, json_type_string);
		}
	}
	json_object_put(root);
	if (t)
		json_tokener_free(t);
	return ok;
}

int runtime_reply_get(const char *packet, size_t len, struct runtime_facts *ret)
{
	const uint8_t *at = (const uint8_t *)packet, *end = at + len, *data;
	uint64_t value, error = EPROTO;
	int field;

	while ((field = protobuf_next(&at, end, &value, &data)) > 0) {
		switch (field) {
		case REPLY_ERROR: error = data ? EPROTO : value; break;
		case REPLY_NAME: take_text(&ret->name, data, value); break;
		case REPLY_IMAGE: take_text(&ret->image, data, value); break;
		case REPLY_POD: take_text(&ret->pod, data, value); break;
		case REPLY_POD_NAMESPACE: take_text(&ret->pod_namespace, data, value); break;
		case REPLY_LABELS: take_text(&ret->labels, data, value); break;
		default: break;
		}
	}
	if (field < 0 || (ret->labels && !labels_hold(ret->labels)))
		return -EBADMSG;
	return error > 4095 ? -EPROTO : -(int)error;
}
