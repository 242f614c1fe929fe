/* SPDX-License-Identifier: Apache-2.0
 *
 * See playback_events.h.
 */
#include <errno.h>
#include <json-c/json.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "replay/replay.h"
#include "top/json_read.h"
#include "top/playback_events.h"

struct event {
	int64_t ts;
	char *line, *host;
	bool opens;
};

struct playback_events {
	struct event *all; /* in the order of the trace */
	size_t count, room;
};

/* Takes the event's strings over, or frees them. */
static int keep_event(struct playback_events *l, const struct event *e)
{
	size_t room = l->count < l->room ? l->room : MAX(2 * l->room, (size_t)64);
	void *more = room > l->room ? reallocarray(l->all, room, sizeof(*l->all)) : l->all;

	if (more) {
		l->all = more;
		l->room = room;
	}
	if (!more || !e->line || !e->host) {
		free(e->line);
		free(e->host);
		return -ENOMEM;
	}
	l->all[l->count++] = *e;
	return 0;
}

static int add_event(struct playback_events *l, const char *line, size_t len)
{
	struct json_object *o = json_parse(line, len);
	const char *event = json_member_text(o, "event"), *host = json_member_text(o, "host");
	struct event e = { 0 };
	uint64_t ts = 0;
	int r = 0;

	e.opens = event && strcmp(event, "open") == 0;
	if (event && json_member_u64(o, "ts", &ts) && ts <= INT64_MAX)
		e.ts = (int64_t)ts;
	if (e.ts) { /* else the summary */
		e.line = strndup(line, len);
		e.host = strdup(host ? host : "");
		r = keep_event(l, &e);
	}
	json_object_put(o);
	return r;
}

/* Detection's JSON events, kept line by line. */
static int detect(struct playback_events *l, const char *path, const struct params *params,
		  struct buf *error)
{
	struct replay_options o = { .path = path, .params = params, .json = true };
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int r;

	if (!out)
		return -ENOMEM;
	r = replay_run(&o, out, error);
	if (fclose(out) != 0)
		return -ENOMEM;
	for (const char *line = text; r == 0 && *line;) {
		const char *end = strchrnul(line, '\n');

		r = add_event(l, line, (size_t)(end - line));
		line = *end ? end + 1 : end;
	}
	return r;
}

int playback_events_new(const char *path, const struct params *params, struct playback_events **ret,
			struct buf *error)
{
	struct playback_events *l = calloc(1, sizeof(*l));
	int r = l ? detect(l, path, params, error) : -ENOMEM;

	if (r < 0) {
		playback_events_free(l);
		return r;
	}
	*ret = l;
	return 0;
}

void playback_events_free(struct playback_events *l)
{
	for (size_t i = 0; l && i < l->count; i++) {
		free(l->all[i].line);
		free(l->all[i].host);
	}
	free(l ? l->all : NULL);
	free(l);
}

static bool is_of_host(const struct event *e, const char *host)
{
	return !host || strcmp(e->host, host) == 0;
}

void playback_events_write(const struct playback_events *l, const char *host, int64_t since,
			   int64_t now, struct buf *out)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct event *e = &l->all[i];

		if (is_of_host(e, host) && e->ts <= now && e->ts > since)
			buf_addf(out, "%s\n", e->line);
	}
}

int64_t playback_events_next(const struct playback_events *l, const char *host, int64_t ts)
{
	for (size_t i = 0; i < l->count; i++)
		if (is_of_host(&l->all[i], host) && l->all[i].opens && l->all[i].ts > ts)
			return l->all[i].ts;
	return 0;
}
