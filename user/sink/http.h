/* SPDX-License-Identifier: Apache-2.0
 *
 * One HTTP request at a time to one receiver, through libcurl: connection kept,
 * TLS verified, waits bounded, nothing followed, no proxy.
 */
#ifndef SINK_HTTP_H
#define SINK_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct http;
struct params_sink;
struct send_result;

struct http_reply {
	long status; /* 0: no answer, error has words */
	struct buf body;
	bool cut; /* it was longer than anybody's answer: the rest was not taken */
	uint32_t retry_after_ms;
	char error[256];
};

/* libcurl, once for the process. -ENOMEM. */
int http_init(void);

int http_new(const struct params_sink *params, struct http **ret);
void http_free(struct http *h);

/* Headers go with every request after; "Name: value". -ENOMEM. */
int http_header(struct http *h, const char *line);

/* "Authorization: SCHEME token", or Basic when the sink has a username; nothing
 * without a token. -EINVAL: there is a line end in it. */
int http_authorize(struct http *h, const char *scheme);

/* POSTs to url, compressed as the sink says; a receiver that answers 415 gets it plain,
 * from then on. `extra`: one more header line for this request, or NULL. */
void http_post(struct http *h, const char *url, const char *extra, const struct buf *body,
	       struct http_reply *ret);
void http_reply_free(struct http_reply *r);

/* The words of a failure with the beginning of the answer; Retry-After. */
void http_why(const struct http_reply *reply, struct send_result *result);

/* No answer, 408, 425, 429, 5xx, and what a wrong address or token gives: try again. */
bool http_is_temporary(long status);

#endif
