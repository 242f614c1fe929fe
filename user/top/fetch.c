/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks the daemon; see fetch.h.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/jsonw.h"
#include "client/client.h"
#include "top/fetch.h"
#include "top/past.h"

#define ANSWER_TIMEOUT_MS 5000 /* a daemon that needs longer is said to be stuck */
#define ACK_TIMEOUT_MS 1000    /* the screen waits for this one */
#define PAST_TIMEOUT_MS 3000   /* and for this */
#define PAST_SPAN_S (HISTORY_SLOTS * PAST_STEP_S)
#define REQUEST_MAX 128
#define STATUS_FAILED 1

void snapshot_free(struct snapshot *s)
{
	buf_free(&s->status);
	buf_free(&s->flows);
	buf_free(&s->alerts);
}

void fetch_close(struct fetch *f)
{
	client_close(f->client);
	f->client = NULL;
}

static int add_line(void *ctx, const char *line, size_t len)
{
	struct buf *b = ctx;

	buf_add(b, line, len);
	buf_add_char(b, '\n');
	return b->error;
}

static int connect_daemon(struct fetch *f, int timeout_ms, struct snapshot *s)
{
	int status = 0, r;

	if (f->client)
		return 0;
	r = client_connect(f->socket_path, timeout_ms, &f->client);
	if (r == 0)
		return 0;
	f->client = NULL;
	snprintf(s->error, sizeof(s->error), "%s", client_connect_error(r, &status));
	return status;
}

/* A broken connection is given up; a refused request is not a reason to. */
static int ask(struct fetch *f, const char *request, struct buf *rows, struct snapshot *s)
{
	int r = client_request(f->client, request, add_line, rows), status;

	if (r == 0)
		return 0;
	status = client_error_status(f->client);
	snprintf(s->error, sizeof(s->error), "%s",
		 r == -ENOMEM ? "out of memory" : client_error(f->client));
	if (!s->error[0])
		snprintf(s->error, sizeof(s->error), "the daemon gave no answer");
	if (r != -EREMOTEIO)
		fetch_close(f);
	return status ? status : STATUS_FAILED;
}

int fetch_snapshot(struct fetch *f, struct snapshot *s)
{
	struct timespec now;
	char request[REQUEST_MAX];
	int status;

	buf_clear(&s->status);
	buf_clear(&s->flows);
	buf_clear(&s->alerts);
	s->error[0] = '\0';
	status = connect_daemon(f, ANSWER_TIMEOUT_MS, s);
	if (status == 0)
		status = ask(f, "{\"op\":\"status\"}", &s->status, s);
	snprintf(request, sizeof(request),
		 "{\"op\":\"flows\",\"all\":true,\"limit\":%u,\"fold\":true,\"sort\":\"rate\"}",
		 f->limit);
	if (status == 0)
		status = ask(f, request, &s->flows, s);
	if (status == 0)
		status = ask(f, "{\"op\":\"alerts\",\"open\":true}", &s->alerts, s);
	clock_gettime(CLOCK_REALTIME, &now);
	s->wall_s = now.tv_sec;
	return status;
}

int fetch_past(const char *socket_path, int64_t when, struct snapshot *s)
{
	struct fetch f = { .socket_path = socket_path };
	char request[REQUEST_MAX];
	int status;

	buf_clear(&s->flows);
	buf_clear(&s->alerts);
	s->error[0] = '\0';
	status = connect_daemon(&f, PAST_TIMEOUT_MS, s);
	snprintf(request, sizeof(request),
		 "{\"op\":\"history\",\"since\":%" PRId64 ",\"until\":%" PRId64 "}",
		 when - PAST_SPAN_S, when);
	if (status == 0)
		status = ask(&f, request, &s->flows, s);
	snprintf(request, sizeof(request), "{\"op\":\"alerts\",\"since\":%" PRId64 "}",
		 when - PAST_ALERTS_S);
	if (status == 0)
		status = ask(&f, request, &s->alerts, s);
	fetch_close(&f);
	return status;
}

int fetch_rows(const char *socket_path, const char *request, struct buf *rows, char *words,
	       size_t size)
{
	struct fetch f = { .socket_path = socket_path };
	struct snapshot s = { 0 };
	int status = connect_daemon(&f, ACK_TIMEOUT_MS, &s);

	if (status == 0)
		status = ask(&f, request, rows, &s);
	snprintf(words, size, "%s", s.error);
	fetch_close(&f);
	return status;
}

int fetch_ack(const char *socket_path, const char *alert_id, char *words, size_t size)
{
	_cleanup_buf_ struct buf request = BUF_INIT, rows = BUF_INIT;

	jsonw_open(&request, '{');
	jsonw_str(&request, "op", "ack");
	jsonw_str(&request, "alert", alert_id);
	jsonw_close(&request, '}');
	if (request.error) {
		snprintf(words, size, "out of memory");
		return STATUS_FAILED;
	}
	return fetch_rows(socket_path, request.data, &rows, words, size);
}
