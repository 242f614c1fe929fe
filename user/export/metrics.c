/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTTP endpoint; see metrics.h.
 */
#include "export/metrics.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "config/sinks.h"
#include "export/worker.h"

enum { HTTP_TIMEOUT_S = 10, HTTP_BODY_MAX = 1024, HTTP_HEADERS_MAX = 8192 };

struct metrics {
	struct evhttp *http;
	struct buf daemon;
	struct worker *workers[SINKS_MAX];
	size_t count;
};

struct family {
	const char *name, *type, *help;
	size_t offset; /* of a uint64_t or int64_t in worker_stats */
};

static const struct family families[] = {
	{ "egressd_sink_sent_total", "counter", "Events handed to the receiver, repeats too.",
	  offsetof(struct worker_stats, sent) },
	{ "egressd_sink_acked_total", "counter", "Events the receiver has.",
	  offsetof(struct worker_stats, acked) },
	{ "egressd_sink_retries_total", "counter", "Batches that failed and are tried again.",
	  offsetof(struct worker_stats, retries) },
	{ "egressd_sink_rejected_total", "counter", "Events refused for good (dead letters).",
	  offsetof(struct worker_stats, rejected) },
	{ "egressd_sink_resent_total", "counter", "Events written to a connection that broke.",
	  offsetof(struct worker_stats, resent) },
	{ "egressd_sink_queued_events", "gauge", "Events waiting in the exporter.",
	  offsetof(struct worker_stats, queued) },
	{ "egressd_sink_last_success_timestamp_seconds", "gauge",
	  "When the receiver last took something.", offsetof(struct worker_stats, last_success_s) },
};

static void add_sinks(const struct metrics *m, struct buf *out)
{
	for (size_t f = 0; m->count && f < ARRAY_SIZE(families); f++) {
		buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", families[f].name, families[f].help,
			 families[f].name, families[f].type);
		for (size_t i = 0; i < m->count; i++) {
			struct worker_stats s;
			uint64_t v;

			worker_get_stats(m->workers[i], &s);
			memcpy(&v, (const char *)&s + families[f].offset, sizeof(v));
			buf_addf(out, "%s{sink=\"%s\"} %" PRIu64 "\n", families[f].name,
				 worker_name(m->workers[i]), v);
		}
	}
	if (m->count)
		buf_add_str(out,
			    "# HELP egressd_sink_circuit_open Only one event at a time is tried.\n"
			    "# TYPE egressd_sink_circuit_open gauge\n");
	for (size_t i = 0; i < m->count; i++) {
		struct worker_stats s;

		worker_get_stats(m->workers[i], &s);
		buf_addf(out, "egressd_sink_circuit_open{sink=\"%s\"} %d\n",
			 worker_name(m->workers[i]), s.open);
	}
}

void metrics_page(const struct metrics *m, struct buf *out)
{
	if (m->daemon.len)
		buf_add(out, m->daemon.data, m->daemon.len);
	add_sinks(m, out);
}

/* "# TYPE x_total counter" -> "# TYPE x counter"; HELP the same when x is a counter:
 * a name that ends in _total is one (promtool sees to it). */
static void add_meta(const char *line, size_t len, struct buf *out)
{
	const char *name = line + strlen("# HELP "), *end = line + len;
	const char *space = name < end ? memchr(name, ' ', (size_t)(end - name)) : NULL;
	static const char suffix[] = "_total";
	size_t n = sizeof(suffix) - 1;

	if (!space || (size_t)(space - name) <= n || memcmp(space - n, suffix, n) != 0) {
		buf_add(out, line, len);
		return;
	}
	buf_add(out, line, (size_t)(space - n - line));
	buf_add(out, space, (size_t)(end - space));
}

void metrics_to_openmetrics(const char *text, size_t len, struct buf *out)
{
	for (size_t at = 0; at < len;) {
		const char *line = text + at, *end = memchr(line, '\n', len - at);
		size_t n = end ? (size_t)(end - line) : len - at;

		if (n > 7 && (memcmp(line, "# HELP ", 7) == 0 || memcmp(line, "# TYPE ", 7) == 0))
			add_meta(line, n, out);
		else
			buf_add(out, line, n);
		buf_add_char(out, '\n');
		at += n + 1;
	}
	buf_add_str(out, "# EOF\n");
}

static void reply(struct evhttp_request *req, const char *type, const struct buf *body)
{
	struct evbuffer *out = evbuffer_new();

	if (!out || body->error || evbuffer_add(out, body->data, body->len) < 0) {
		evhttp_send_error(req, HTTP_INTERNAL, NULL);
	} else {
		(void)evhttp_add_header(evhttp_request_get_output_headers(req), "Content-Type",
					type);
		evhttp_send_reply(req, HTTP_OK, "OK", out);
	}
	if (out)
		evbuffer_free(out);
}

static void on_metrics(struct evhttp_request *req, void *ctx)
{
	const char *accept = evhttp_find_header(evhttp_request_get_input_headers(req), "Accept");
	struct buf text _cleanup_buf_ = BUF_INIT, open _cleanup_buf_ = BUF_INIT;
	const struct metrics *m = ctx;

	metrics_page(m, &text);
	if (!text.len)
		buf_add_char(&text, '\n');
	if (!accept || !strstr(accept, "application/openmetrics-text")) {
		reply(req, "text/plain; version=0.0.4; charset=utf-8", &text);
		return;
	}
	metrics_to_openmetrics(text.data, text.len, &open);
	reply(req, "application/openmetrics-text; version=1.0.0; charset=utf-8", &open);
}

static void on_health(struct evhttp_request *req, void *ctx)
{
	const struct metrics *m = ctx;
	struct buf text _cleanup_buf_ = BUF_INIT;

	buf_add_str(&text, m->daemon.len ? "ok\n" : "starting\n");
	reply(req, "text/plain", &text);
}

int metrics_open(struct event_base *base, int fd, struct metrics **ret)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	*ret = m;
	if (fd < 0)
		return 0;
	m->http = evhttp_new(base);
	if (!m->http || evutil_make_socket_nonblocking(fd) < 0 ||
	    evhttp_accept_socket(m->http, fd) < 0) {
		metrics_close(m);
		*ret = NULL;
		return -ENOMEM;
	}
	evhttp_set_allowed_methods(m->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_timeout(m->http, HTTP_TIMEOUT_S);
	evhttp_set_max_body_size(m->http, HTTP_BODY_MAX);
	evhttp_set_max_headers_size(m->http, HTTP_HEADERS_MAX);
	(void)evhttp_set_cb(m->http, "/metrics", on_metrics, m);
	(void)evhttp_set_cb(m->http, "/healthz", on_health, m);
	return 0;
}

void metrics_close(struct metrics *m)
{
	if (!m)
		return;
	if (m->http)
		evhttp_free(m->http);
	buf_free(&m->daemon);
	free(m);
}

void metrics_set(struct metrics *m, const void *text, size_t len)
{
	buf_clear(&m->daemon);
	buf_add(&m->daemon, text, len);
}

void metrics_add_worker(struct metrics *m, struct worker *w)
{
	if (m->count < SINKS_MAX)
		m->workers[m->count++] = w;
}
