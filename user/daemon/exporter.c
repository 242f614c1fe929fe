/* SPDX-License-Identifier: Apache-2.0
 *
 * Feeding the exporter and taking its acknowledgements; see exporter.h. Everything
 * here happens in the daemon's loop and none of it waits: the link is a buffered
 * socket that is refilled as it drains.
 */
#include "daemon/exporter.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/jsonw.h"
#include "base/log.h"
#include "config/sinks.h"
#include "egress/params.h"
#include "sink/link.h"
#include "sink/spool.h"

enum {
	FEED_RECORDS = 64,   /* of one sink at a time */
	FEED_LOW = 64 << 10, /* the link is refilled below this */
	FEED_HIGH = 1 << 20, /* and not above */
	ACK_MS = 500,        /* cursors are written this often */
	LIVED_MS = 60000,    /* then a child was no failure */
	BACKOFF_MS = 1000,
	BACKOFF_LIMIT_MS = 60000,
	SECRET_MAX = 64 << 10,
};

struct target {
	char name[32];
	unsigned int number;  /* of the child */
	bool ready;           /* its files could be read: the child has it */
	uint64_t next;        /* to be sent */
	uint64_t acked, kept; /* acknowledged; written to the cursor */
	uint64_t credit, rejected;
	char *state; /* JSON of the child's LINK_STATE */
};

struct exporter {
	struct exporter_options o;
	unsigned int uid, gid;
	int metrics_fd;
	struct target targets[SINKS_MAX];
	size_t count;
	struct bufferevent *link; /* NULL while no child runs */
	struct event *respawn, *ack;
	pid_t pid;
	int64_t started_ms;
	uint32_t backoff_ms;
	uint64_t restarts;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int send_frame(struct exporter *e, enum link_type type, unsigned int sink, uint64_t sequence,
		      const void *payload, size_t len)
{
	struct buf frame _cleanup_buf_ = BUF_INIT;
	int r = link_add(&frame, type, sink, sequence, payload, len);

	if (r == 0 && bufferevent_write(e->link, frame.data, frame.len) < 0)
		r = -ENOMEM;
	return r;
}

/* Records between two that are given up: one event in their place. */
static int send_gap(struct exporter *e, struct target *t, uint64_t from, uint64_t to)
{
	struct buf line _cleanup_buf_ = BUF_INIT, why _cleanup_buf_ = BUF_INIT;
	struct buf id _cleanup_buf_ = BUF_INIT;

	buf_addf(&id, "gap-%s-%s-%" PRIu64 "-%" PRIu64, e->o.host, t->name, from, to);
	buf_addf(&why,
		 "%" PRIu64 " events (%" PRIu64 " to %" PRIu64
		 ") were given up before %s could take them: the spool was full or damaged.",
		 to - from + 1, from, to, t->name);
	jsonw_open(&line, '{');
	jsonw_time(&line, "@timestamp", (int64_t)time(NULL));
	jsonw_i64(&line, "ts", (int64_t)time(NULL));
	jsonw_str(&line, "host", e->o.host);
	jsonw_str(&line, "event.id", id.data ? id.data : "gap");
	jsonw_str(&line, "event", "gap");
	jsonw_u64(&line, "gap.from", from);
	jsonw_u64(&line, "gap.to", to);
	jsonw_u64(&line, "gap.records", to - from + 1);
	jsonw_str(&line, "reason", why.data ? why.data : "gap");
	jsonw_close(&line, '}');
	log_warning("sink %s: %s", t->name, why.data ? why.data : "gap");
	return line.error ? line.error
			  : send_frame(e, LINK_RECORD, t->number, to, line.data, line.len);
}

/* 0 = nothing more for now. */
static int feed_one(struct exporter *e, struct target *t)
{
	struct buf record _cleanup_buf_ = BUF_INIT;
	uint64_t sequence;
	int r = spool_read(e->o.spool, t->next, &record, &sequence);

	if (r == -ENOENT)
		return 0;
	/* A sink that never had anything is not told of what was before it. */
	if (r == 0 && sequence > t->next && t->next > 1) {
		r = send_gap(e, t, t->next, sequence - 1);
		t->next = sequence;
		t->credit--;
		return r < 0 ? r : 1;
	}
	if (r == 0)
		r = send_frame(e, LINK_RECORD, t->number, sequence, record.data, record.len);
	if (r < 0) {
		log_error("spool: record %" PRIu64 " for %s: %s", t->next, t->name, strerror(-r));
		return 0;
	}
	t->next = sequence + 1;
	t->credit--;
	return 1;
}

static void feed(struct exporter *e)
{
	const struct evbuffer *out;

	if (!e->link || !e->o.spool)
		return;
	out = bufferevent_get_output(e->link);
	for (size_t i = 0; i < e->count; i++) {
		struct target *t = &e->targets[i];

		for (int n = 0; t->ready && t->credit && n < FEED_RECORDS &&
				evbuffer_get_length(out) < FEED_HIGH;
		     n++)
			if (feed_one(e, t) <= 0)
				break;
	}
}

static void keep_cursors(struct exporter *e)
{
	for (size_t i = 0; e->o.spool && i < e->count; i++) {
		struct target *t = &e->targets[i];
		int r;

		if (t->acked <= t->kept)
			continue;
		r = spool_ack(e->o.spool, t->name, t->acked);
		if (r < 0)
			log_warning("sink %s: cursor: %s; events will come twice", t->name,
				    strerror(-r));
		t->kept = t->acked;
	}
}

static void bury(struct exporter *e, struct target *t, uint64_t sequence, const char *why,
		 size_t len)
{
	struct buf record _cleanup_buf_ = BUF_INIT, reason _cleanup_buf_ = BUF_INIT;
	uint64_t found = 0;
	int r = e->o.spool ? spool_read(e->o.spool, sequence, &record, &found) : -ENODEV;

	utf8_add(&reason, why, len);
	t->rejected++;
	if (r == 0 && found == sequence)
		r = deadletter_add(e->o.state_dir, t->name, sequence,
				   reason.data ? reason.data : "", record.data, record.len);
	log_error("sink %s refused event %" PRIu64 " for good (%s); %s", t->name, sequence,
		  reason.data ? reason.data : "", r == 0 ? "see dead-letter.jsonl" : strerror(-r));
}

/* What a process without privileges says is kept only if it is one JSON object. */
static void take_state(struct target *t, const char *json, size_t len)
{
	struct json_tokener *tokener = json_tokener_new_ex(4);
	struct json_object *o = tokener ? json_tokener_parse_ex(tokener, json, (int)len) : NULL;

	if (json_object_is_type(o, json_type_object)) {
		free(t->state);
		t->state = strdup(json_object_to_json_string_ext(
			o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	}
	json_object_put(o);
	if (tokener)
		json_tokener_free(tokener);
}

static int take_frame(struct exporter *e, const struct link_header *h, const char *payload)
{
	struct target *t = NULL;

	for (size_t i = 0; i < e->count; i++)
		if (e->targets[i].ready && e->targets[i].number == h->sink)
			t = &e->targets[i];
	if (!t)
		return -EBADMSG;
	switch (h->type) {
	case LINK_CREDIT_MORE:
		if (h->sequence > LINK_CREDIT || t->credit + h->sequence > LINK_CREDIT)
			return -EBADMSG;
		t->credit += h->sequence;
		return 0;
	case LINK_ACK:
		if (h->sequence < t->acked || h->sequence >= t->next)
			return -EBADMSG;
		t->acked = h->sequence;
		return 0;
	case LINK_REJECT:
		if (h->sequence >= t->next)
			return -EBADMSG;
		bury(e, t, h->sequence, payload, h->length);
		return 0;
	case LINK_STATE: take_state(t, payload, h->length); return 0;
	default: return -EBADMSG;
	}
}

static void end_child(struct exporter *e);
static void plan_respawn(struct exporter *e);

static void on_read(struct bufferevent *link, void *ctx)
{
	struct evbuffer *in = bufferevent_get_input(link);
	struct exporter *e = ctx;
	int n = 0, r = 0;

	while (r == 0 && evbuffer_get_length(in) >= LINK_HEADER_BYTES) {
		size_t have = evbuffer_get_length(in);
		const char *data = (const char *)evbuffer_pullup(in, -1);
		struct link_header h;

		n = data ? link_parse(data, have, &h) : -ENOMEM;
		if (n <= 0)
			break;
		r = take_frame(e, &h, data + LINK_HEADER_BYTES);
		(void)evbuffer_drain(in, (size_t)n);
	}
	if (n < 0 || r < 0) {
		log_error("exporter: it speaks nonsense; starting it anew");
		end_child(e);
		plan_respawn(e);
		return;
	}
	feed(e);
}

static void on_drained(struct bufferevent *link, void *ctx)
{
	(void)link;
	feed(ctx);
}

static void on_end(struct bufferevent *link, short what, void *ctx)
{
	struct exporter *e = ctx;

	(void)link;
	(void)what;
	end_child(e);
	plan_respawn(e);
}

static void end_child(struct exporter *e)
{
	int status = 0;

	keep_cursors(e);
	if (e->link)
		bufferevent_free(e->link);
	e->link = NULL;
	if (e->pid > 0) {
		/* Without the right to kill, its link is closed and it ends by itself. */
		(void)waitpid(e->pid, &status, kill(e->pid, SIGKILL) == 0 ? 0 : WNOHANG);
	}
	e->pid = 0;
}

static void plan_respawn(struct exporter *e)
{
	struct timeval wait;

	if (now_ms() > e->started_ms + LIVED_MS)
		e->backoff_ms = BACKOFF_MS;
	e->restarts++;
	log_error("exporter: ended; starting it again in %" PRIu32 " ms, nothing is lost",
		  e->backoff_ms);
	wait = (struct timeval){ .tv_sec = e->backoff_ms / 1000,
				 .tv_usec = (e->backoff_ms % 1000) * 1000 };
	(void)event_add(e->respawn, &wait);
	e->backoff_ms = MIN(e->backoff_ms * 2, (uint32_t)BACKOFF_LIMIT_MS);
}

/* Key, NUL, value, NUL. */
static void add_pair(struct buf *b, const char *key, const char *value)
{
	buf_add(b, key, strlen(key) + 1);
	buf_add(b, value, strlen(value) + 1);
}

/* A file's contents as a value; its last line end is none of it. */
static int add_contents(struct buf *b, const char *key, const char *path)
{
	_cleanup_close_ int fd = -1;
	char text[SECRET_MAX];
	ssize_t n;

	if (!*path)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	if (n == sizeof(text) - 1 || memchr(text, '\0', (size_t)n))
		return -EINVAL;
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	text[n] = '\0';
	if (n == 0)
		return -ENODATA;
	add_pair(b, key, text);
	explicit_bzero(text, sizeof(text));
	return 0;
}

static int add_files(struct buf *b, const struct params_sink *p, const char **ret_path)
{
	const struct {
		const char *key, *path;
	} files[] = { { "token", p->token_file },
		      { "secret", p->secret_file },
		      { "ca", p->ca_file },
		      { "cert", p->cert_file },
		      { "key", p->key_file } };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(files); i++) {
		*ret_path = files[i].path;
		r = add_contents(b, files[i].key, files[i].path);
	}
	return r;
}

/* A directory the child can write to, if it is not there. */
static void prepare_file(const struct exporter *e, const struct params_sink *p)
{
	char dir[4100];
	char *slash;

	(void)snprintf(dir, sizeof(dir), "%s", p->path);
	slash = strrchr(dir, '/');
	if (!slash || slash == dir)
		return;
	*slash = '\0';
	if (mkdir(dir, 0750) == 0 && chown(dir, e->uid, e->gid) < 0)
		log_warning("sink %s: %s: %s", p->name, dir, strerror(errno));
}

static bool send_sink(struct exporter *e, const struct sink_config *c, unsigned int number)
{
	struct buf pairs _cleanup_buf_ = BUF_INIT;
	const char *path = "";
	int r;

	for (size_t i = 0; i < sink_option_count; i++)
		if (c->value[i])
			add_pair(&pairs, sink_options[i].name, c->value[i]);
	r = add_files(&pairs, &c->params, &path);
	if (r < 0)
		log_error("sink %s: %s: %s; it waits until this is mended and SIGHUP sent",
			  c->params.name, path, strerror(-r));
	else if (*c->params.path)
		prepare_file(e, &c->params);
	if (r == 0)
		r = pairs.error ? pairs.error
				: send_frame(e, LINK_SINK, number, 0, pairs.data, pairs.len);
	if (pairs.data)
		explicit_bzero(pairs.data, pairs.len);
	return r == 0;
}

/* Everything from each sink's cursor on. */
static void introduce(struct exporter *e)
{
	unsigned int number = 0;

	e->count = e->o.sinks->count;
	for (size_t i = 0; i < e->count; i++) {
		const struct sink_config *c = &e->o.sinks->list[i];
		struct target *t = &e->targets[i];
		uint64_t cursor = 0;

		free(t->state);
		*t = (struct target){ .number = number, .rejected = t->rejected };
		(void)snprintf(t->name, sizeof(t->name), "%s", c->params.name);
		if (e->o.spool)
			(void)spool_cursor(e->o.spool, t->name, &cursor);
		t->acked = t->kept = cursor;
		t->next = cursor + 1;
		t->ready = send_sink(e, c, number);
		number += t->ready;
	}
	(void)send_frame(e, LINK_START, 0, 0, e->o.host, strlen(e->o.host));
}

static int start_child(struct exporter *e)
{
	int fd = -1, r = exporter_spawn(e->uid, e->gid, e->metrics_fd, &e->pid, &fd);

	if (r < 0)
		return r;
	e->started_ms = now_ms();
	e->link = bufferevent_socket_new(e->o.base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!e->link) {
		close(fd);
		return -ENOMEM;
	}
	bufferevent_setcb(e->link, on_read, on_drained, on_end, e);
	bufferevent_setwatermark(e->link, EV_WRITE, FEED_LOW, 0);
	(void)bufferevent_enable(e->link, EV_READ | EV_WRITE);
	introduce(e);
	return 0;
}

static void on_respawn(evutil_socket_t fd, short what, void *ctx)
{
	struct exporter *e = ctx;
	int r = start_child(e);

	(void)fd;
	(void)what;
	if (r < 0) {
		log_error("exporter: %s", strerror(-r));
		plan_respawn(e);
	}
}

static void on_ack(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	keep_cursors(ctx);
}

int exporter_open(const struct exporter_options *options, struct exporter **ret)
{
	const struct timeval every = { .tv_usec = ACK_MS * 1000 };
	struct exporter *e;
	int r;

	*ret = NULL;
	if (!options->sinks->count && !*options->params->metrics_listen)
		return 0;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->o = *options;
	e->metrics_fd = -1;
	e->backoff_ms = BACKOFF_MS;
	exporter_user(options->params->user, &e->uid, &e->gid);
	e->respawn = evtimer_new(options->base, on_respawn, e);
	e->ack = event_new(options->base, -1, EV_PERSIST, on_ack, e);
	if (!e->respawn || !e->ack || event_add(e->ack, &every) < 0) {
		exporter_close(e);
		return -ENOMEM;
	}
	if (*options->params->metrics_listen) {
		r = exporter_listen(options->params->metrics_listen, &e->metrics_fd);
		if (r < 0)
			log_error("export.metrics_listen: %s: %s; no metrics",
				  options->params->metrics_listen, strerror(-r));
	}
	r = start_child(e);
	if (r < 0) {
		log_error("exporter: egressd-export beside this program: %s", strerror(-r));
		plan_respawn(e);
	}
	*ret = e;
	return 0;
}

void exporter_close(struct exporter *e)
{
	if (!e)
		return;
	end_child(e);
	for (size_t i = 0; i < SINKS_MAX; i++)
		free(e->targets[i].state);
	if (e->respawn)
		event_free(e->respawn);
	if (e->ack)
		event_free(e->ack);
	if (e->metrics_fd >= 0)
		close(e->metrics_fd);
	free(e);
}

void exporter_poke(struct exporter *e)
{
	if (e)
		feed(e);
}

/* Is there room on the link for what may be left out? */
static bool has_room(const struct exporter *e)
{
	return e && e->link && evbuffer_get_length(bufferevent_get_output(e->link)) < FEED_HIGH;
}

void exporter_tell(struct exporter *e, const char *line, size_t len)
{
	if (!has_room(e))
		return;
	for (size_t i = 0; i < e->count; i++)
		if (e->targets[i].ready)
			(void)send_frame(e, LINK_RECORD, e->targets[i].number, 0, line, len);
}

void exporter_metrics(struct exporter *e, const char *text, size_t len)
{
	if (has_room(e))
		(void)send_frame(e, LINK_METRICS, 0, 0, text, len);
}

void exporter_reload(struct exporter *e, const struct sinks *sinks)
{
	if (!e)
		return;
	end_child(e);
	e->o.sinks = sinks;
	e->backoff_ms = BACKOFF_MS;
	(void)event_del(e->respawn);
	if (start_child(e) < 0)
		plan_respawn(e);
}

void exporter_status(const struct exporter *e, struct buf *out)
{
	struct spool_stats spool = { 0 };

	if (!e)
		return;
	if (e->o.spool)
		spool_get_stats(e->o.spool, &spool);
	for (size_t i = 0; i < e->count; i++) {
		const struct target *t = &e->targets[i];

		jsonw_open(out, '{');
		jsonw_str(out, "sink.name", t->name);
		jsonw_bool(out, "sink.ready", t->ready && e->link);
		jsonw_u64(out, "sink.behind",
			  spool.next_sequence ? spool.next_sequence - 1 - t->acked : 0);
		jsonw_u64(out, "sink.dead_letters", t->rejected);
		if (t->state) {
			jsonw_key(out, "sink.state");
			buf_add_str(out, t->state);
		}
		jsonw_close(out, '}');
	}
}
