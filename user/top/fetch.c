/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks the daemon; see fetch.h.
 */
#include <errno.h>
#include <sys/socket.h>

#include "client/client.h"
#include "top/fetch.h"

#define ANSWER_TIMEOUT_MS 5000 /* a daemon that needs longer is said to be stuck */
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
	struct client *c;

	pthread_mutex_lock(&f->lock);
	c = f->client;
	f->client = NULL;
	pthread_mutex_unlock(&f->lock);
	client_close(c);
}

void fetch_interrupt(struct fetch *f)
{
	pthread_mutex_lock(&f->lock);
	if (f->client)
		(void)shutdown(client_fd(f->client), SHUT_RDWR);
	pthread_mutex_unlock(&f->lock);
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
	struct client *c;
	int status = 0, r;

	if (f->client)
		return 0;
	r = client_connect(f->socket_path, timeout_ms, &c);
	if (r == 0) {
		pthread_mutex_lock(&f->lock);
		f->client = c;
		if (f->stop)
			(void)shutdown(client_fd(c), SHUT_RDWR);
		pthread_mutex_unlock(&f->lock);
		return 0;
	}
	snprintf(s->error, sizeof(s->error), "%s", client_connect_error(r, &status));
	return status;
}

/* A broken connection is given up; a refused request is not a reason to. */
static int ask_rows(struct fetch *f, const char *request, struct buf *rows, struct snapshot *s)
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

void fetch_stop(struct fetch *f)
{
	pthread_mutex_lock(&f->lock);
	f->stop = true;
	pthread_mutex_unlock(&f->lock);
	fetch_interrupt(f);
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
		status = ask_rows(f, "{\"op\":\"status\"}", &s->status, s);
	snprintf(request, sizeof(request),
		 "{\"op\":\"flows\",\"all\":true,\"limit\":%u,\"fold\":true,"
		 "\"ancestors\":true,\"sort\":\"rate\"}",
		 f->limit);
	if (status == 0)
		status = ask_rows(f, request, &s->flows, s);
	if (status == 0)
		status = ask_rows(f, "{\"op\":\"alerts\",\"open\":true}", &s->alerts, s);
	clock_gettime(CLOCK_REALTIME, &now);
	s->wall_s = now.tv_sec;
	return status;
}

void fetch_ask(struct fetch *f, struct ask *ask)
{
	static const int timeouts_ms[ASK_KINDS] = { [ASK_CHANGE] = 10000,
						    [ASK_PAST] = 30000, /* weeks of history */
						    [ASK_CHART] = 30000,
						    [ASK_INSIDE] = 10000 };
	struct snapshot s = { 0 };
	int status = connect_daemon(f, timeouts_ms[ask->kind], &s);

	for (size_t i = 0; status == 0 && i < ASK_REQUESTS && ask->request[i].len; i++)
		status = ask_rows(f, ask->request[i].data, &ask->rows[i], &s);
	ask->failed = status != 0;
	memcpy(ask->error, s.error, sizeof(ask->error));
	fetch_close(f);
}
