/* SPDX-License-Identifier: Apache-2.0
 *
 * libcurl on a unix socket; see http.h. gRPC's frame: a byte (0: not
 * compressed), four bytes of length, the message; its result is in the trailers.
 */
#include "runtimes/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"

enum {
	ASK_MS = 2000,        /* a runtime under load takes some 100 ms */
	CONNECT_MS = 500,     /* of a local socket: more means that nobody accepts */
	GRPC_HEAD = 5,        /* bytes before a message */
	GRPC_NOT_FOUND = 5,   /* grpc.io status codes */
	GRPC_UNKNOWN = 2,     /* what runtimes say of an id instead, with words */
	HTTP_NOT_FOUND = 404, /* Docker: no such container */
	HTTP_OK = 200,
};
#define ANSWER_MAX (1u << 20) /* one container's description is some 10 kB */

struct runtime_http {
	CURL *curl;
	struct curl_slist *grpc;
	struct buf *answer;
	long grpc_status; /* -1: none seen */
};

static size_t take_body(char *data, size_t size, size_t count, void *ctx)
{
	struct runtime_http *h = ctx;

	if (h->answer->len + size * count > ANSWER_MAX)
		return 0;
	buf_add(h->answer, data, size * count);
	return h->answer->error ? 0 : size * count;
}

static size_t take_header(char *data, size_t size, size_t count, void *ctx)
{
	static const char name[] = "grpc-status:";
	struct runtime_http *h = ctx;
	size_t len = size * count, head = sizeof(name) - 1;
	char digits[8] = "";

	if (len > head && strncasecmp(data, name, head) == 0) {
		snprintf(digits, sizeof(digits), "%.*s", (int)(len - head), data + head);
		h->grpc_status = strtol(digits, NULL, 10);
	}
	return len;
}

static void set_up(struct runtime_http *h)
{
	curl_easy_setopt(h->curl, CURLOPT_NOSIGNAL, 1L);
	/* libcurl 7.88 fails on a gRPC server's connection used again; a local one is cheap. */
	curl_easy_setopt(h->curl, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(h->curl, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(h->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(h->curl, CURLOPT_TIMEOUT_MS, (long)ASK_MS);
	curl_easy_setopt(h->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, h);
	curl_easy_setopt(h->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(h->curl, CURLOPT_HEADERDATA, h);
}

int runtime_http_new(struct runtime_http **ret)
{
	struct runtime_http *h = calloc(1, sizeof(*h));
	struct curl_slist *more = NULL;

	if (!h)
		return -ENOMEM;
	h->curl = curl_easy_init();
	h->grpc = curl_slist_append(NULL, "content-type: application/grpc");
	if (h->grpc)
		more = curl_slist_append(h->grpc, "te: trailers");
	if (!h->curl || !more) {
		runtime_http_free(h);
		return -ENOMEM;
	}
	set_up(h);
	*ret = h;
	return 0;
}

void runtime_http_free(struct runtime_http *h)
{
	if (!h)
		return;
	if (h->curl)
		curl_easy_cleanup(h->curl);
	curl_slist_free_all(h->grpc);
	free(h);
}

/* Names that anybody could give are worth nothing: the socket is root's, or ours. */
static int check_socket(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -ECONNREFUSED;
	if (!S_ISSOCK(st.st_mode) || (st.st_uid != 0 && st.st_uid != geteuid()))
		return -EACCES;
	return 0;
}

static int perform(struct runtime_http *h, const char *socket, const char *path, struct buf *answer,
		   long *ret_status)
{
	char url[512];
	CURLcode code;
	int r = check_socket(socket);

	if (r < 0)
		return r;
	if (snprintf(url, sizeof(url), "http://localhost%s", path) >= (int)sizeof(url))
		return -EPROTO;
	buf_clear(answer);
	h->answer = answer;
	h->grpc_status = -1;
	curl_easy_setopt(h->curl, CURLOPT_URL, url);
	curl_easy_setopt(h->curl, CURLOPT_UNIX_SOCKET_PATH, socket);
	code = curl_easy_perform(h->curl);
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, ret_status);
	switch (code) {
	case CURLE_OK: return answer->error;
	case CURLE_COULDNT_CONNECT: return -ECONNREFUSED;
	case CURLE_OPERATION_TIMEDOUT: return -ETIMEDOUT;
	case CURLE_WRITE_ERROR: return -EFBIG;
	default: return -EPROTO;
	}
}

int runtime_http_get(struct runtime_http *h, const char *socket, const char *path,
		     struct buf *answer)
{
	long status = 0;
	int r;

	curl_easy_setopt(h->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(h->curl, CURLOPT_HTTPGET, 1L);
	r = perform(h, socket, path, answer, &status);
	if (r == 0 && status != HTTP_OK)
		r = status == HTTP_NOT_FOUND ? -ENOENT : -EPROTO;
	return r;
}

/* Takes the frame's head off. */
static int unframe(struct buf *answer)
{
	const uint8_t *p = (const uint8_t *)answer->data;
	size_t len;

	if (answer->len < GRPC_HEAD || p[0] != 0)
		return -EPROTO;
	len = (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4];
	if (len > answer->len - GRPC_HEAD)
		return -EPROTO;
	memmove(answer->data, answer->data + GRPC_HEAD, len);
	answer->len = len;
	return 0;
}

int runtime_http_call(struct runtime_http *h, const char *socket, const char *method,
		      const struct buf *request, struct buf *answer)
{
	_cleanup_buf_ struct buf framed = BUF_INIT;
	long status = 0;
	int r;

	buf_add_char(&framed, 0);
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_add_char(&framed, (char)(request->len >> shift));
	buf_add(&framed, request->data, request->len);
	if (framed.error || request->error)
		return -ENOMEM;
	curl_easy_setopt(h->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, h->grpc);
	curl_easy_setopt(h->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE, (long)framed.len);
	curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, framed.data);
	r = perform(h, socket, method, answer, &status);
	if (r < 0)
		return r;
	if (h->grpc_status == GRPC_NOT_FOUND || h->grpc_status == GRPC_UNKNOWN)
		return -ENOENT;
	return status == HTTP_OK && h->grpc_status == 0 ? unframe(answer) : -EPROTO;
}
