/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP through libcurl; see http.h.
 */
#include "sink/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>

#include "base/jsonw.h"
#include "config/sinks.h"
#include "egress/version.h"
#include "sink/sender.h"
#include "sink/squeeze.h"

#define REPLY_MAX (4u << 20) /* OTLP's bound for an answer; a _bulk answer is smaller */
enum { SHOWN = 120 };        /* of an answer, in a message */
enum { SQUEEZE_MIN = 1024 }; /* bytes: a packet's worth is sent as it is */
enum { UNSUPPORTED_MEDIA_TYPE = 415 };

struct http {
	CURL *curl;
	struct curl_slist *headers;
	const struct params_sink *params;
	const char *coding; /* NULL: as it is */
};

/* "auto" is gzip where every version of the receiver takes it. */
static const char *coding_of(const struct params_sink *p)
{
	static const char *const takes_gzip[] = { "elastic", "splunk", "otlp", "clickhouse" };

	if (strcmp(p->compression, "auto") != 0)
		return strcmp(p->compression, "none") == 0 ? NULL : p->compression;
	for (size_t i = 0; i < ARRAY_SIZE(takes_gzip); i++)
		if (strcmp(p->type, takes_gzip[i]) == 0)
			return "gzip";
	return NULL;
}

static size_t keep(char *data, size_t size, size_t count, void *ctx)
{
	struct http_reply *reply = ctx;

	reply->cut = reply->body.len + size * count > REPLY_MAX;
	if (reply->cut)
		return 0;
	buf_add(&reply->body, data, size * count);
	return reply->body.error ? 0 : size * count;
}

static void set_pem(CURL *curl, CURLoption option, const char *pem)
{
	struct curl_blob blob = { .flags = CURL_BLOB_NOCOPY };

	if (!pem)
		return;
	blob.len = strlen(pem);
	/* libcurl does not write there. */
	memcpy(&blob.data, &pem, sizeof(pem));
	(void)curl_easy_setopt(curl, option, &blob);
}

static void set_options(CURL *curl, const struct params_sink *p)
{
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)p->timeout_ms);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)p->timeout_ms);
	(void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "egressd/" EGRESS_VERSION);
	(void)curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	(void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, p->verify ? 1L : 0L);
	(void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, p->verify ? 2L : 0L);
	set_pem(curl, CURLOPT_CAINFO_BLOB, p->ca);
	set_pem(curl, CURLOPT_SSLCERT_BLOB, p->cert);
	set_pem(curl, CURLOPT_SSLKEY_BLOB, p->key);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
}

int http_init(void)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -ENOMEM;
}

int http_new(const struct params_sink *params, struct http **ret)
{
	struct http *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->params = params;
	h->coding = coding_of(params);
	h->curl = curl_easy_init();
	if (!h->curl) {
		free(h);
		return -ENOMEM;
	}
	set_options(h->curl, params);
	*ret = h;
	return http_header(h, "Expect:"); /* no 100-continue round trip */
}

void http_free(struct http *h)
{
	if (!h)
		return;
	curl_easy_cleanup(h->curl);
	curl_slist_free_all(h->headers);
	free(h);
}

int http_header(struct http *h, const char *line)
{
	struct curl_slist *list = curl_slist_append(h->headers, line);

	if (!list)
		return -ENOMEM;
	h->headers = list;
	return 0;
}

int http_authorize(struct http *h, const char *scheme)
{
	const struct params_sink *p = h->params;
	struct buf line _cleanup_buf_ = BUF_INIT;

	if (!p->token)
		return 0;
	if (!*p->username) {
		if (strpbrk(p->token, "\r\n")) /* the next line would be a header of its own */
			return -EINVAL;
		buf_addf(&line, "Authorization: %s %s", scheme, p->token);
		return line.error ? line.error : http_header(h, line.data);
	}
	(void)curl_easy_setopt(h->curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
	(void)curl_easy_setopt(h->curl, CURLOPT_USERNAME, p->username);
	return curl_easy_setopt(h->curl, CURLOPT_PASSWORD, p->token) == CURLE_OK ? 0 : -ENOMEM;
}

/* The headers of one request: the sink's and up to two more. */
static struct curl_slist *with_extra(const struct http *h, const char *extra, const char *coding)
{
	struct curl_slist *list = NULL, *more;
	char line[40];

	for (const struct curl_slist *i = h->headers; i; i = i->next) {
		more = curl_slist_append(list, i->data);
		if (!more)
			break;
		list = more;
	}
	more = extra ? curl_slist_append(list, extra) : NULL;
	list = more ? more : list;
	(void)snprintf(line, sizeof(line), "Content-Encoding: %s", coding ? coding : "");
	more = coding ? curl_slist_append(list, line) : NULL;
	return more ? more : list;
}

/* The same words each time, so that they are logged once: curl's own say how long it took. */
static const char *why(CURLcode code, const char *error)
{
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT: return "timed out";
	case CURLE_COULDNT_CONNECT: return "could not connect";
	default: return *error ? error : curl_easy_strerror(code);
	}
}

static void post_once(struct http *h, const char *url, const char *extra, const char *coding,
		      const struct buf *body, struct http_reply *ret)
{
	struct curl_slist *headers = with_extra(h, extra, coding);
	char error[CURL_ERROR_SIZE] = "";
	curl_off_t wait = 0;
	CURLcode code;

	*ret = (struct http_reply){ 0 };
	(void)curl_easy_setopt(h->curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, body->data ? body->data : "");
	(void)curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
	(void)curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, ret);
	(void)curl_easy_setopt(h->curl, CURLOPT_ERRORBUFFER, error);
	code = curl_easy_perform(h->curl);
	if (code == CURLE_OK || ret->cut) {
		(void)curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &ret->status);
		(void)curl_easy_getinfo(h->curl, CURLINFO_RETRY_AFTER, &wait);
		ret->retry_after_ms = (uint32_t)MIN(MAX(wait, 0), 3600) * 1000;
	} else {
		(void)snprintf(ret->error, sizeof(ret->error), "%s", why(code, error));
	}
	(void)curl_easy_setopt(h->curl, CURLOPT_ERRORBUFFER, NULL);
	curl_slist_free_all(headers);
}

void http_post(struct http *h, const char *url, const char *extra, const struct buf *body,
	       struct http_reply *ret)
{
	struct buf small _cleanup_buf_ = BUF_INIT;

	if (!h->coding || body->len < SQUEEZE_MIN || squeeze(h->coding, body, &small) < 0) {
		post_once(h, url, extra, NULL, body, ret);
		return;
	}
	post_once(h, url, extra, h->coding, &small, ret);
	if (ret->status != UNSUPPORTED_MEDIA_TYPE)
		return;
	h->coding = NULL;
	http_reply_free(ret);
	post_once(h, url, extra, NULL, body, ret);
}

void http_reply_free(struct http_reply *r)
{
	buf_free(&r->body);
}

void http_why(const struct http_reply *reply, struct send_result *result)
{
	struct buf shown _cleanup_buf_ = BUF_INIT;

	result->retry_after_ms = reply->retry_after_ms;
	if (!reply->status) {
		sender_why(result, "%s", reply->error);
		return;
	}
	utf8_add(&shown, reply->body.data ? reply->body.data : "",
		 MIN(reply->body.len, (size_t)SHOWN));
	for (size_t i = 0; i < shown.len; i++)
		if ((unsigned char)shown.data[i] < ' ')
			shown.data[i] = ' ';
	sender_why(result, "HTTP %ld%s%s", reply->status, shown.len ? ": " : "",
		   shown.data ? shown.data : "");
}

bool http_is_temporary(long status)
{
	/* 401, 403, 404: the token or the address is wrong, not the event. */
	return status < 400 ? status < 200 || status >= 300
			    : status == 401 || status == 403 || status == 404 || status == 408 ||
				      status == 425 || status == 429 || status >= 500;
}
