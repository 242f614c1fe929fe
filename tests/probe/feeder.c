/* SPDX-License-Identifier: Apache-2.0
 *
 * The daemon's way of an alert without its kernel side: spool, exporter, dead letters.
 *
 *   feeder STATE_DIR CONFIG [SPOOL_BYTES]
 *
 * Each line of standard input is a record: "+ SEQUENCE" says that it is on disk, "- WHY"
 * that it is not. "?" asks for one line of JSON with the spool's and the sinks' numbers.
 * SIGHUP reads CONFIG again; SIGTERM or the end of input ends it in order.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "base/log.h"
#include "base/units.h"
#include "config/config.h"
#include "config/sinks.h"
#include "daemon/exporter.h"
#include "sink/spool.h"

#define SPOOL_BYTES (4u << 20)

struct feeder {
	struct event_base *base;
	struct spool *spool;
	struct config *config;
	struct exporter *exporter;
	const char *path;
};

static void say(const char *text, size_t len)
{
	if (write(STDOUT_FILENO, text, len) != (ssize_t)len)
		_exit(0);
}

static void tell_numbers(struct feeder *f)
{
	struct buf b _cleanup_buf_ = BUF_INIT;
	struct spool_stats s;

	spool_get_stats(f->spool, &s);
	jsonw_open(&b, '{');
	jsonw_u64(&b, "records", s.records);
	jsonw_u64(&b, "dropped", s.dropped);
	jsonw_u64(&b, "corrupt", s.corrupt_records);
	jsonw_key(&b, "sinks");
	jsonw_open(&b, '[');
	exporter_status(f->exporter, &b);
	jsonw_close(&b, ']');
	jsonw_close(&b, '}');
	buf_add_char(&b, '\n');
	say(b.data, b.len);
}

static void take_line(struct feeder *f, const char *line, size_t len)
{
	uint64_t sequence = 0;
	char text[64];
	int r, n;

	if (len == 1 && line[0] == '?') {
		tell_numbers(f);
		return;
	}
	r = spool_append(f->spool, line, len, &sequence);
	n = r < 0 ? snprintf(text, sizeof(text), "- %d\n", -r)
		  : snprintf(text, sizeof(text), "+ %" PRIu64 "\n", sequence);
	say(text, (size_t)n);
	exporter_poke(f->exporter);
}

static void on_input(struct bufferevent *in, void *ctx)
{
	size_t len;
	char *line;

	while ((line = evbuffer_readln(bufferevent_get_input(in), &len, EVBUFFER_EOL_LF))) {
		take_line(ctx, line, len);
		free(line);
	}
}

static void on_input_end(struct bufferevent *in, short what, void *ctx)
{
	struct feeder *f = ctx;

	(void)in;
	(void)what;
	(void)event_base_loopexit(f->base, NULL);
}

static void on_term(evutil_socket_t fd, short what, void *ctx)
{
	on_input_end(NULL, 0, ctx);
	(void)fd;
	(void)what;
}

static int load(struct feeder *f)
{
	struct buf error _cleanup_buf_ = BUF_INIT;
	struct config *c;
	int r = config_load(f->path, &c, &error);

	if (r < 0) {
		fprintf(stderr, "feeder: %s\n", error.data ? error.data : f->path);
		return r;
	}
	if (f->exporter)
		exporter_reload(f->exporter, config_sinks(c));
	config_free(f->config);
	f->config = c;
	return 0;
}

static void on_hup(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	(void)load(ctx);
}

static int open_all(struct feeder *f, const char *state, uint64_t bytes)
{
	struct buf spool _cleanup_buf_ = BUF_INIT;
	struct exporter_options o = { .state_dir = state, .host = "db-07" };
	int r = load(f);

	buf_addf(&spool, "%s/spool", state);
	f->base = event_base_new();
	if (r == 0)
		r = spool.error || !f->base ? -ENOMEM : spool_open(spool.data, bytes, &f->spool);
	if (r < 0)
		return r;
	o.base = f->base;
	o.spool = f->spool;
	o.sinks = config_sinks(f->config);
	o.params = &config_params(f->config)->exports;
	return exporter_open(&o, &f->exporter);
}

static int run(struct feeder *f)
{
	struct bufferevent *in = bufferevent_socket_new(f->base, STDIN_FILENO, 0);
	struct event *term = evsignal_new(f->base, SIGTERM, on_term, f);
	struct event *hup = evsignal_new(f->base, SIGHUP, on_hup, f);

	if (!in || !term || !hup || event_add(term, NULL) < 0 || event_add(hup, NULL) < 0)
		return -ENOMEM;
	bufferevent_setcb(in, on_input, NULL, on_input_end, f);
	(void)bufferevent_enable(in, EV_READ);
	say("ready\n", 6);
	event_base_dispatch(f->base);
	bufferevent_free(in);
	event_free(term);
	event_free(hup);
	return 0;
}

int main(int argc, char *argv[])
{
	struct feeder f = { .path = argc > 2 ? argv[2] : NULL };
	uint64_t bytes = SPOOL_BYTES;
	int r;

	if (argc < 3 || (argc > 3 && parse_u64(argv[3], &bytes) < 0))
		return 2;
	(void)signal(SIGPIPE, SIG_IGN);
	r = open_all(&f, argv[1], bytes);
	if (r == 0)
		r = run(&f);
	if (r < 0)
		fprintf(stderr, "feeder: %s\n", strerror(-r));
	exporter_close(f.exporter);
	spool_close(f.spool);
	config_free(f.config);
	if (f.base)
		event_base_free(f.base);
	return r < 0;
}
