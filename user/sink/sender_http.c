/* SPDX-License-Identifier: Apache-2.0
 *
 * Receivers that judge a request as a whole: a webhook (HMAC-SHA256 over time and
 * body), ClickHouse (JSONEachRow), OTLP/HTTP. 2xx is the acknowledgement.
 */
#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "sink/http.h"
#include "sink/otlp.h"
#include "sink/sender.h"

struct sender {
	const struct params_sink *params;
	struct http *http;
	char host[256];
	char url[2600];
};

static void http_sender_close(struct sender *s)
{
	http_free(s->http);
	free(s);
}

static int open_with(const struct params_sink *params, const char *host, const char *type,
		     struct sender **ret)
{
	struct sender *s = calloc(1, sizeof(*s));
	char line[4200];
	int r = s ? http_new(params, &s->http) : -ENOMEM;

	if (r < 0) {
		free(s);
		return r;
	}
	s->params = params;
	(void)snprintf(s->host, sizeof(s->host), "%s", host);
	(void)snprintf(s->url, sizeof(s->url), "%s", params->url);
	(void)snprintf(line, sizeof(line), "Content-Type: %s", type);
	r = http_header(s->http, line);
	if (r == 0 && params->token) {
		(void)snprintf(line, sizeof(line), "Authorization: Bearer %s", params->token);
		r = http_header(s->http, line);
	}
	if (r < 0)
		http_sender_close(s);
	else
		*ret = s;
	return r;
}

/* Formats each with a line end; what is no record is refused. */
static void add_lines(struct sender *s, const char *format, struct send_item *items, size_t count,
		      struct send_result *result, struct buf *body)
{
	for (size_t i = 0; i < count; i++) {
		if (sender_format(s->params, format, &items[i], body) == -EINVAL) {
			items[i].verdict = SEND_REJECT;
			sender_why(result, "no record of ours");
			continue;
		}
		buf_add_char(body, '\n');
	}
}

static void judge(struct send_item *items, size_t count, enum send_verdict verdict)
{
	for (size_t i = 0; i < count; i++)
		if (items[i].verdict == SEND_RETRY)
			items[i].verdict = verdict;
}

/* A refusal for good of many may be one's fault: each is then sent alone. */
static enum send_verdict verdict_of(long status, size_t count)
{
	if (status >= 200 && status < 300)
		return SEND_DONE;
	if (http_is_temporary(status))
		return SEND_RETRY;
	return count > 1 ? SEND_SPLIT : SEND_REJECT;
}

static void post(struct sender *s, const char *extra, const struct buf *body,
		 struct send_item *items, size_t count, struct send_result *result)
{
	struct http_reply reply;

	if (body->error || !body->len)
		return;
	http_post(s->http, s->url, extra, body, &reply);
	judge(items, count, verdict_of(reply.status, count));
	if (reply.status < 200 || reply.status >= 300)
		http_why(&reply, result);
	http_reply_free(&reply);
}

static int webhook_open(const struct params_sink *params, const char *host, struct sender **ret)
{
	return open_with(params, host,
			 strcmp(params->format, "auto") == 0 ||
					 strcmp(params->format, "cloudevents") == 0
				 ? "application/cloudevents-batch+json"
				 : "application/x-ndjson",
			 ret);
}

/* "X-Egressd-Signature: t=UNIX,v1=HEX" of HMAC-SHA256(secret, "UNIX.BODY"). */
static void sign(const char *secret, const struct buf *body, char *out, size_t size)
{
	struct buf text _cleanup_buf_ = BUF_INIT;
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	int64_t now = (int64_t)time(NULL);
	int n = snprintf(out, size, "X-Egressd-Signature: t=%" PRId64 ",v1=", now);

	buf_addf(&text, "%" PRId64 ".", now);
	buf_add(&text, body->data, body->len);
	if (text.error || !HMAC(EVP_sha256(), secret, (int)strlen(secret),
				(const unsigned char *)text.data, text.len, mac, &len))
		return;
	for (unsigned int i = 0; i < len && (size_t)n + 3 < size; i++)
		n += snprintf(out + n, size - (size_t)n, "%02x", mac[i]);
}

static void webhook_send(struct sender *s, struct send_item *items, size_t count,
			 struct send_result *result)
{
	struct buf lines _cleanup_buf_ = BUF_INIT, body _cleanup_buf_ = BUF_INIT;
	bool batch = strcmp(s->params->format, "auto") == 0 ||
		     strcmp(s->params->format, "cloudevents") == 0;
	char signature[160] = "";

	add_lines(s, "cloudevents", items, count, result, &lines);
	if (batch && lines.len) {
		buf_add_char(&body, '[');
		buf_add(&body, lines.data, lines.len - 1);
		buf_add_char(&body, ']');
		for (size_t i = 0; !body.error && i < body.len; i++)
			if (body.data[i] == '\n')
				body.data[i] = ',';
	} else if (lines.len) {
		buf_add(&body, lines.data, lines.len);
	}
	if (s->params->secret && body.len && !body.error)
		sign(s->params->secret, &body, signature, sizeof(signature));
	post(s, *signature ? signature : NULL, &body, items, count, result);
}

const struct sender_ops sender_webhook = {
	.open = webhook_open,
	.send = webhook_send,
	.close = http_sender_close,
};

/* Unknown columns are passed over, so that a newer sensor meets an older table. */
static int clickhouse_open(const struct params_sink *params, const char *host, struct sender **ret)
{
	int r = open_with(params, host, "application/x-ndjson", ret);

	if (r == 0)
		(void)snprintf((*ret)->url, sizeof((*ret)->url),
			       "%s%cquery=INSERT%%20INTO%%20%s%%20FORMAT%%20JSONEachRow"
			       "&input_format_skip_unknown_fields=1",
			       params->url, strchr(params->url, '?') ? '&' : '?', params->table);
	return r;
}

static void clickhouse_send(struct sender *s, struct send_item *items, size_t count,
			    struct send_result *result)
{
	struct buf body _cleanup_buf_ = BUF_INIT;

	add_lines(s, "row", items, count, result, &body);
	post(s, NULL, &body, items, count, result);
}

const struct sender_ops sender_clickhouse = {
	.open = clickhouse_open,
	.send = clickhouse_send,
	.close = http_sender_close,
};

static int otlp_open(const struct params_sink *params, const char *host, struct sender **ret)
{
	return open_with(params, host, "application/x-protobuf", ret);
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

/* Only 429, 502, 503, 504 may be sent again; what a 200 calls rejected is not said by
 * record, so it is told and not retried (OTLP 1.9.0, "Failures", "Partial success"). */
static void judge_otlp(const struct http_reply *reply, struct send_item *items, size_t count,
		       struct send_result *result)
{
	char message[128];
	uint64_t rejected = 0;
	long st = reply->status;

	if (st < 200 || st >= 300) {
		judge(items, count,
		      st == 0 || st == 429 || st == 502 || st == 503 || st == 504 ? SEND_RETRY
										  : SEND_REJECT);
		http_why(reply, result);
		return;
	}
	(void)otlp_response(reply->body.data ? reply->body.data : "", reply->body.len, &rejected,
			    message, sizeof(message));
	if (rejected >= count) {
		judge(items, count, SEND_REJECT);
		sender_why(result, "all records rejected: %s", message);
		return;
	}
	if (rejected)
		sender_why(result, "%" PRIu64 " of %zu records rejected: %s", rejected, count,
			   message);
	judge(items, count, SEND_DONE);
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

const struct sender_ops sender_otlp = {
	.open = otlp_open,
	.send = otlp_send,
	.close = http_sender_close,
};
