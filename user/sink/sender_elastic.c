/* SPDX-License-Identifier: Apache-2.0
 *
 * Elasticsearch and OpenSearch _bulk: `create` with event.id as _id, so that what was
 * stored before answers 409, which is success. A 200 hides failures of single items:
 * 429 and 5xx of an item are retried, its other 4xx refused.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/jsonw.h"
#include "sink/format_parts.h"
#include "sink/http.h"
#include "sink/sender.h"

struct sender {
	const struct params_sink *params;
	struct http *http;
	char url[2100];
};

static void elastic_close(struct sender *s)
{
	http_free(s->http);
	free(s);
}

/* The base address or the address of _bulk itself. */
static int elastic_open(const struct params_sink *params, const char *host, struct sender **ret)
{
	struct sender *s = calloc(1, sizeof(*s));
	size_t len = strlen(params->url);
	int r = s ? http_new(params, &s->http) : -ENOMEM;

	(void)host;
	if (r < 0) {
		free(s);
		return r;
	}
	s->params = params;
	while (len > 0 && params->url[len - 1] == '/')
		len--;
	(void)snprintf(s->url, sizeof(s->url), "%.*s%s", (int)len, params->url,
		       len > 6 && strncmp(params->url + len - 6, "/_bulk", 6) == 0 ? "" : "/_bulk");
	r = http_header(s->http, "Content-Type: application/x-ndjson");
	if (r == 0)
		r = http_authorize(s->http, "ApiKey");
	if (r < 0)
		elastic_close(s);
	else
		*ret = s;
	return r;
}

static int add_item(struct sender *s, const struct send_item *item, struct buf *body)
{
	const struct params_sink *p = s->params;
	struct record r _cleanup_record_ = { 0 };
	struct buf doc _cleanup_buf_ = BUF_INIT;
	char index[256];
	int result = record_parse(item->line, item->len, &r);

	if (result == 0)
		result = sender_format(p, "ecs", item, &doc);
	if (result < 0)
		return result;
	if (*p->index)
		(void)snprintf(index, sizeof(index), "%s", p->index);
	else
		(void)snprintf(index, sizeof(index), "logs-%s-%s", format_dataset(&r),
			       p->data_stream);
	jsonw_open(body, '{');
	jsonw_key(body, "create");
	jsonw_open(body, '{');
	jsonw_str(body, "_index", index);
	if (*r.id)
		jsonw_str(body, "_id", r.id);
	jsonw_close(body, '}');
	jsonw_close(body, '}');
	buf_add_char(body, '\n');
	buf_add(body, doc.data, doc.len);
	buf_add_char(body, '\n');
	return body->error;
}

static enum send_verdict item_verdict(int status)
{
	if ((status >= 200 && status < 300) || status == 409)
		return SEND_DONE;
	return status < 400 || status == 429 || status >= 500 ? SEND_RETRY : SEND_REJECT;
}

/* {"create":{"status":201,"error":{"reason":".."}}} */
static enum send_verdict judge_item(struct json_object *item, struct send_item *sent,
				    struct send_result *result)
{
	struct json_object *create, *v;
	enum send_verdict verdict;
	int status = 0;

	if (!json_object_object_get_ex(item, "create", &create))
		return SEND_RETRY;
	if (json_object_object_get_ex(create, "status", &v))
		status = json_object_get_int(v);
	verdict = item_verdict(status);
	if (verdict != SEND_DONE) {
		(void)snprintf(sent->why, sizeof(sent->why), "item %d: %s", status,
			       json_object_object_get_ex(create, "error", &v)
				       ? json_object_to_json_string(v)
				       : "");
		result->why[0] = '\0';
		sender_why(result, "%s", sent->why);
	}
	return verdict;
}

/* The answers stand in the order of the items that were sent. */
static int judge_items(struct send_item *items, size_t count, const struct http_reply *reply,
		       struct send_result *result)
{
	struct json_object *root = reply->body.data ? json_tokener_parse(reply->body.data) : NULL;
	struct json_object *list = NULL;
	size_t at = 0;
	int r = -EBADMSG;

	if (root && json_object_object_get_ex(root, "items", &list) &&
	    json_object_is_type(list, json_type_array)) {
		r = 0;
		for (size_t i = 0; i < count; i++)
			if (items[i].verdict == SEND_RETRY)
				items[i].verdict = judge_item(json_object_array_get_idx(list, at++),
							      &items[i], result);
	} else {
		sender_why(result, "the answer is none of _bulk");
	}
	json_object_put(root);
	return r;
}

static void elastic_send(struct sender *s, struct send_item *items, size_t count,
			 struct send_result *result)
{
	struct buf body _cleanup_buf_ = BUF_INIT;
	struct http_reply reply;

	for (size_t i = 0; i < count; i++) {
		if (add_item(s, &items[i], &body) < 0) {
			items[i].verdict = SEND_REJECT;
			sender_why(result, "no record of ours");
		}
	}
	if (!body.len || body.error)
		return;
	http_post(s->http, s->url, NULL, &body, &reply);
	if (reply.status == 200) {
		(void)judge_items(items, count, &reply, result);
		result->retry_after_ms = reply.retry_after_ms;
	} else {
		http_why(&reply, result);
		for (size_t i = 0; !http_is_temporary(reply.status) && i < count; i++)
			if (items[i].verdict == SEND_RETRY)
				items[i].verdict = count > 1 ? SEND_SPLIT : SEND_REJECT;
	}
	http_reply_free(&reply);
}

const struct sender_ops sender_elastic = {
	.open = elastic_open,
	.send = elastic_send,
	.close = elastic_close,
};
