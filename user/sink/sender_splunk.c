/* SPDX-License-Identifier: Apache-2.0
 *
 * Splunk's HTTP Event Collector, with and without indexer acknowledgement. Without,
 * a 200 says that the front end has it in memory. With, the channel's ackId is asked
 * for until it is true; false means pending or lost, so after ack_timeout it is sent
 * again with the same event ids.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/buf.h"
#include "sink/http.h"
#include "sink/sender.h"

enum { ACK_POLL_MS = 1000, ACK_POLL_FIRST_MS = 100 };
enum { HEC_INVALID_FORMAT = 6, HEC_NO_DATA = 5, HEC_EVENT_MISSING = 12, HEC_EVENT_BLANK = 13 };

struct sender {
	const struct params_sink *params;
	struct http *http;
	char url[2100], ack_url[2100];
};

static void splunk_close(struct sender *s)
{
	http_free(s->http);
	free(s);
}

static int add_channel(struct http *h)
{
	unsigned char b[16];
	char line[80];

	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		return -EIO;
	(void)snprintf(line, sizeof(line),
		       "X-Splunk-Request-Channel: %02x%02x%02x%02x-%02x%02x-4%x%02x-8%x%02x-"
		       "%02x%02x%02x%02x%02x%02x",
		       b[0], b[1], b[2], b[3], b[4], b[5], b[6] & 15, b[7], b[8] & 15, b[9], b[10],
		       b[11], b[12], b[13], b[14], b[15]);
	return http_header(h, line);
}

static int splunk_open(const struct params_sink *params, const char *host, struct sender **ret)
{
	struct sender *s = calloc(1, sizeof(*s));
	const char *path = "/services/collector";
	const char *at = strstr(params->url, path);
	size_t len = at ? (size_t)(at - params->url) : strlen(params->url);
	int r = s ? http_new(params, &s->http) : -ENOMEM;

	(void)host;
	if (r < 0) {
		free(s);
		return r;
	}
	s->params = params;
	while (len > 0 && params->url[len - 1] == '/')
		len--;
	(void)snprintf(s->url, sizeof(s->url), "%.*s%s/event", (int)len, params->url, path);
	(void)snprintf(s->ack_url, sizeof(s->ack_url), "%.*s%s/ack", (int)len, params->url, path);
	r = http_authorize(s->http, "Splunk");
	if (r == 0)
		r = http_header(s->http, "Content-Type: application/json");
	if (r == 0)
		r = add_channel(s->http);
	if (r < 0)
		splunk_close(s);
	else
		*ret = s;
	return r;
}

static bool reply_number(const struct http_reply *reply, const char *key, int64_t *ret)
{
	struct json_object *root = reply->body.data ? json_tokener_parse(reply->body.data) : NULL;
	struct json_object *v;
	bool found = root && json_object_object_get_ex(root, key, &v) &&
		     json_object_is_type(v, json_type_int);

	if (found)
		*ret = json_object_get_int64(v);
	json_object_put(root);
	return found;
}

/* {"acks":{"N":true}} */
static bool is_acknowledged(struct sender *s, int64_t id)
{
	struct buf body _cleanup_buf_ = BUF_INIT;
	struct json_object *root, *acks, *v;
	struct http_reply reply;
	char name[24];
	bool done = false;

	(void)snprintf(name, sizeof(name), "%" PRId64, id);
	buf_addf(&body, "{\"acks\":[%s]}", name);
	http_post(s->http, s->ack_url, NULL, &body, &reply);
	root = reply.status == 200 && reply.body.data ? json_tokener_parse(reply.body.data) : NULL;
	if (root && json_object_object_get_ex(root, "acks", &acks) &&
	    json_object_is_type(acks, json_type_object) &&
	    json_object_object_get_ex(acks, name, &v))
		done = json_object_get_boolean(v);
	json_object_put(root);
	http_reply_free(&reply);
	return done;
}

static bool wait_for_ack(struct sender *s, int64_t id)
{
	uint64_t waited = 0, step = ACK_POLL_FIRST_MS;

	for (;;) {
		const struct timespec nap = { .tv_sec = (time_t)(step / 1000),
					      .tv_nsec = (long)(step % 1000) * 1000000 };

		if (is_acknowledged(s, id))
			return true;
		if (waited >= s->params->ack_ms)
			return false;
		(void)nanosleep(&nap, NULL);
		waited += step;
		step = MIN(step * 2, (uint64_t)ACK_POLL_MS);
	}
}

/* What a 400 means depends on its code: the events', or the token's and channel's. */
static enum send_verdict refusal(const struct http_reply *reply, size_t count)
{
	int64_t code = -1;

	if (http_is_temporary(reply->status))
		return SEND_RETRY;
	(void)reply_number(reply, "code", &code);
	if (reply->status == 400 && code >= 0 && code != HEC_INVALID_FORMAT &&
	    code != HEC_NO_DATA && code != HEC_EVENT_MISSING && code != HEC_EVENT_BLANK)
		return SEND_RETRY;
	return count > 1 ? SEND_SPLIT : SEND_REJECT;
}

static enum send_verdict judge(struct sender *s, const struct http_reply *reply, size_t count,
			       struct send_result *result)
{
	int64_t id;

	if (reply->status != 200) {
		http_why(reply, result);
		return refusal(reply, count);
	}
	if (!s->params->ack)
		return SEND_DONE;
	if (!reply_number(reply, "ackId", &id)) {
		sender_why(result, "no ackId: acknowledgement is off for this token");
		return SEND_RETRY;
	}
	if (wait_for_ack(s, id))
		return SEND_DONE;
	sender_why(result, "not acknowledged in time; sent again");
	return SEND_RETRY;
}

static void splunk_send(struct sender *s, struct send_item *items, size_t count,
			struct send_result *result)
{
	struct buf body _cleanup_buf_ = BUF_INIT;
	struct http_reply reply;
	enum send_verdict verdict;

	for (size_t i = 0; i < count; i++) {
		if (sender_format(s->params, "hec", &items[i], &body) == -EINVAL) {
			items[i].verdict = SEND_REJECT;
			sender_why(result, "no record of ours");
		} else {
			buf_add_char(&body, '\n');
		}
	}
	if (!body.len || body.error)
		return;
	http_post(s->http, s->url, NULL, &body, &reply);
	verdict = judge(s, &reply, count, result);
	for (size_t i = 0; i < count; i++)
		if (items[i].verdict == SEND_RETRY)
			items[i].verdict = verdict;
	http_reply_free(&reply);
}

const struct sender_ops sender_splunk = {
	.open = splunk_open,
	.send = splunk_send,
	.close = splunk_close,
};
