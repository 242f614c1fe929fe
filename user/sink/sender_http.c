/* SPDX-License-Identifier: Apache-2.0
 *
 * What HTTP receivers share that judge a request as a whole; see sender_http.h.
 */
#include "sink/sender_http.h"

#include <errno.h>
#include <string.h>

#include "sink/http.h"

void http_sender_close(struct sender *s)
{
	http_free(s->http);
	free(s);
}

int http_sender_open(const struct params_sink *params, const char *host, const char *type,
		     struct sender **ret)
{
	struct sender *s = calloc(1, sizeof(*s));
	char line[200];
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
	if (r == 0)
		r = http_authorize(s->http, "Bearer");
	if (r < 0)
		http_sender_close(s);
	else
		*ret = s;
	return r;
}

void http_sender_lines(struct sender *s, const char *format, struct send_item *items, size_t count,
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

void http_sender_judge(struct send_item *items, size_t count, enum send_verdict verdict)
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

void http_sender_post(struct sender *s, const char *extra, const struct buf *body,
		      struct send_item *items, size_t count, struct send_result *result)
{
	struct http_reply reply;

	if (body->error || !body->len)
		return;
	http_post(s->http, s->url, extra, body, &reply);
	http_sender_judge(items, count, verdict_of(reply.status, count));
	if (reply.status < 200 || reply.status >= 300)
		http_why(&reply, result);
	http_reply_free(&reply);
}
