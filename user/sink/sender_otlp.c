/* SPDX-License-Identifier: Apache-2.0
 *
 * OTLP/HTTP, protobuf: events as log records, the sensor's metrics beside them.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "sink/http.h"
#include "sink/otlp.h"
#include "sink/sender_http.h"

static int otlp_open(const struct params_sink *params, const char *host, struct sender **ret)
{
	int r = http_sender_open(params, host, "application/x-protobuf", ret);
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (r == 0)
		(*ret)->start_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	return r;
}

static int add_log(struct sender *s, const struct send_item *item, struct buf *scope)
{
	struct format_options options = sender_format_options(s->params);
	struct buf log _cleanup_buf_ = BUF_INIT;
	struct record r _cleanup_record_ = { 0 };
	int result = record_parse(item->line, item->len, &r);

	if (result == 0)
		result = format_otlp(&r, &options, &log);
	if (result == 0)
		otlp_add_record(scope, &log);
	return result;
}

/* Of errors only 429, 502, 503, 504 may be sent again; what a 200 calls rejected is not said
 * by record, so it is told and not retried (OTLP 1.9.0, "Failures", "Partial success"). A
 * redirection says that the address is wrong, nothing of the events. */
static bool may_repeat(long status)
{
	return status < 400 || status == 429 || status == 502 || status == 503 || status == 504;
}

static void judge_otlp(const struct http_reply *reply, struct send_item *items, size_t count,
		       struct send_result *result)
{
	char message[128];
	uint64_t rejected = 0;
	long st = reply->status;

	if (st < 200 || st >= 300) {
		http_sender_judge(items, count, may_repeat(st) ? SEND_RETRY : SEND_REJECT);
		http_why(reply, result);
		return;
	}
	(void)otlp_response(reply->body.data ? reply->body.data : "", reply->body.len, &rejected,
			    message, sizeof(message));
	if (rejected >= count) {
		http_sender_judge(items, count, SEND_REJECT);
		sender_why(result, "all records rejected: %s", message);
		return;
	}
	result->unnamed = rejected;
	if (rejected)
		sender_why(result, "%" PRIu64 " of %zu records rejected: %s", rejected, count,
			   message);
	http_sender_judge(items, count, SEND_DONE);
}

static void otlp_send(struct sender *s, struct send_item *items, size_t count,
		      struct send_result *result)
{
	struct buf scope _cleanup_buf_ = BUF_INIT, body _cleanup_buf_ = BUF_INIT;
	struct http_reply reply;

	for (size_t i = 0; i < count; i++)
		if (add_log(s, &items[i], &scope) < 0)
			items[i].verdict = SEND_REJECT;
	if (!scope.len || otlp_request(s->host, &scope, &body) < 0)
		return;
	http_post(s->http, s->url, NULL, &body, &reply);
	judge_otlp(&reply, items, count, result);
	http_reply_free(&reply);
}

static int otlp_send_metrics(struct sender *s, const char *text, size_t len,
			     struct send_result *result)
{
	struct buf body _cleanup_buf_ = BUF_INIT;
	struct http_reply reply;
	struct timespec now;
	uint64_t rejected = 0;
	char message[128];
	int r;

	clock_gettime(CLOCK_REALTIME, &now);
	r = otlp_metrics(s->host, text, len, s->start_ns,
			 (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec, &body);
	if (r < 0)
		return r == -ENODATA ? 0 : r;
	http_post(s->http, s->params->metrics_url, NULL, &body, &reply);
	if (reply.status < 200 || reply.status >= 300)
		http_why(&reply, result);
	else
		(void)otlp_response(reply.body.data ? reply.body.data : "", reply.body.len,
				    &rejected, message, sizeof(message));
	if (rejected)
		sender_why(result, "%" PRIu64 " data points rejected: %s", rejected, message);
	http_reply_free(&reply);
	return result->why[0] ? -EIO : 0;
}

const struct sender_ops sender_otlp = {
	.open = otlp_open,
	.send = otlp_send,
	.send_metrics = otlp_send_metrics,
	.close = http_sender_close,
};
