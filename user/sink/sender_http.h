/* SPDX-License-Identifier: Apache-2.0
 *
 * Receivers that judge a request as a whole: 2xx is the acknowledgement. What their
 * senders share.
 */
#ifndef SINK_SENDER_HTTP_H
#define SINK_SENDER_HTTP_H

#include "base/buf.h"
#include "sink/sender.h"

struct http;

struct sender {
	const struct params_sink *params;
	struct http *http;
	char host[256];
	char url[2600];
	uint64_t start_ns; /* OTLP: counters are cumulative since then */
};

/* With the Content-Type of every request and the sink's authorization. */
int http_sender_open(const struct params_sink *params, const char *host, const char *type,
		     struct sender **ret);
void http_sender_close(struct sender *s);

/* Formats each with a line end; what is no record is refused. */
void http_sender_lines(struct sender *s, const char *format, struct send_item *items, size_t count,
		       struct send_result *result, struct buf *body);

/* Gives those without a verdict this one. */
void http_sender_judge(struct send_item *items, size_t count, enum send_verdict verdict);

/* Posts to the sender's URL and judges by the status. `extra`: a header line or NULL. */
void http_sender_post(struct sender *s, const char *extra, const struct buf *body,
		      struct send_item *items, size_t count, struct send_result *result);

#endif
