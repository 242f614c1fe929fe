/* SPDX-License-Identifier: Apache-2.0
 *
 * egressd-export: sends what egressd hands it to the receivers, and serves /metrics.
 * Started by egressd as an unprivileged user with the link on one file descriptor; it
 * keeps nothing, and when the link ends it ends too.
 */
#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/units.h"
#include "config/sinks.h"
#include "egress/version.h"
#include "export/metrics.h"
#include "export/outlet.h"
#include "export/sandbox.h"
#include "export/worker.h"
#include "sink/sender.h"

enum { READ_CHUNK = 65536 };

struct exporter {
	struct event_base *base;
	struct outlet outlet;
	struct buf in;
	struct sink_config configs[SINKS_MAX];
	struct worker *workers[SINKS_MAX];
	size_t count;
	bool started, failed;
	struct metrics *metrics;
};

static int take_sink(struct exporter *e, const char *payload, size_t len)
{
	struct sink_config *c = &e->configs[e->count];
	const char *end = payload + len;
	int r;

	if (e->started || e->count == SINKS_MAX || len == 0 || end[-1] != '\0')
		return -EBADMSG;
	r = sink_config_init(c);
	while (r == 0 && payload < end) {
		const char *key = payload, *value = key + strlen(key) + 1;

		if (value >= end)
			return -EBADMSG;
		r = sink_config_take(c, key, value);
		payload = value + strlen(value) + 1;
	}
	e->count++;
	return r;
}

static int start(struct exporter *e, const char *host, size_t len)
{
	char name[256];
	int r = 0;

	(void)snprintf(name, sizeof(name), "%.*s", (int)len, host);
	e->started = true;
	for (size_t i = 0; r == 0 && i < e->count; i++) {
		r = worker_start(&e->outlet, (unsigned int)i, &e->configs[i], name, &e->workers[i]);
		if (r == 0)
			metrics_add_worker(e->metrics, e->workers[i]);
	}
	return r;
}

static void take_metrics(struct exporter *e, const char *text, size_t len)
{
	struct buf page _cleanup_buf_ = BUF_INIT;

	metrics_set(e->metrics, text, len);
	metrics_page(e->metrics, &page);
	for (size_t i = 0; e->started && !page.error && i < e->count; i++)
		worker_metrics(e->workers[i], page.data, page.len);
}

static int take_frame(struct exporter *e, const struct link_header *h, const char *payload)
{
	switch (h->type) {
	case LINK_SINK: return take_sink(e, payload, h->length);
	case LINK_START: return start(e, payload, h->length);
	case LINK_METRICS: take_metrics(e, payload, h->length); return 0;
	case LINK_RECORD:
		if (!e->started || h->sink >= e->count)
			return -EBADMSG;
		/* A record beyond the credit is the daemon's fault; an unsequenced one may go. */
		return worker_push(e->workers[h->sink], h->sequence, payload, h->length) < 0 &&
				       h->sequence
			       ? -ENOBUFS
			       : 0;
	default: return -EBADMSG;
	}
}

static int take_frames(struct exporter *e)
{
	size_t at = 0;
	int n = 0, r = 0;

	while (r == 0) {
		struct link_header h;

		n = link_parse(e->in.data + at, e->in.len - at, &h);
		if (n <= 0)
			break;
		r = take_frame(e, &h, e->in.data + at + LINK_HEADER_BYTES);
		at += (size_t)n;
	}
	memmove(e->in.data, e->in.data + at, e->in.len - at);
	e->in.len -= at;
	return r < 0 ? r : MIN(n, 0);
}

static void on_link(evutil_socket_t fd, short what, void *ctx)
{
	struct exporter *e = ctx;
	char chunk[READ_CHUNK];
	ssize_t n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	int r;

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) { /* the daemon stopped: it has all that is not acknowledged */
		(void)event_base_loopbreak(e->base);
		return;
	}
	buf_add(&e->in, chunk, (size_t)n);
	r = e->in.error ? e->in.error : take_frames(e);
	if (r < 0) {
		log_error("egressd-export: link: %s", strerror(-r));
		e->failed = true;
		(void)event_base_loopbreak(e->base);
	}
}

static int run(struct exporter *e, int metrics_fd)
{
	struct event *event;
	int r;

	e->base = event_base_new();
	event = e->base ? event_new(e->base, e->outlet.fd, EV_READ | EV_PERSIST, on_link, e) : NULL;
	if (!event || event_add(event, NULL) < 0)
		return -ENOMEM;
	r = metrics_open(e->base, metrics_fd, &e->metrics);
	if (r == 0)
		event_base_dispatch(e->base);
	return e->failed ? -EBADMSG : r;
}

static int fd_argument(const char *text)
{
	uint64_t v;

	return parse_u64(text, &v) == 0 && v < 1024 ? (int)v : -1;
}

static const char about[] =
	"egressd-export sends alerts to the receivers named under sinks: in the configuration.\n"
	"egressd starts it by itself; nobody else has to. See egressd(8).\n";

int main(int argc, char *argv[])
{
	struct exporter e = { .outlet = { .fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER } };
	int r;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fputs(about, stdout) < 0;
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return printf("egressd-export %s\n", EGRESS_VERSION) < 0;
	if (argc == 3)
		e.outlet.fd = fd_argument(argv[1]);
	if (e.outlet.fd < 0) {
		fputs(about, stderr);
		return 2;
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_DUMPABLE, 0); /* tokens and keys: no core, no look by the same user */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN); /* Ctrl-C is the daemon's */
	r = sender_init();
	if (r == 0)
		r = sandbox_enter();
	if (r == 0)
		r = run(&e, fd_argument(argv[2]));
	if (r < 0)
		log_error("egressd-export: %s", strerror(-r));
	_exit(r < 0); /* threads may be in the middle of something */
}
