/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl record`: the live traffic as a trace file, plain or zstd, until the
 * time is over or the user has had enough. A trace that was ended early is whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "ctl/ctl.h"
#include "ctl/trace_file.h"
#include "ctl/trace_sum.h"

#define CONNECT_TIMEOUT_MS 10000
#define INTERVAL_MAX_S 86400

enum { R_OUT, R_FOR, R_INTERVAL };

const struct cli_option record_options[] = {
	[R_OUT] = { "output", 'o', "FILE", "where to; *.zst is compressed, - is standard output" },
	[R_FOR] = { "for", 0, "DURATION", "stop after 10m, 2h, 7d; else at Ctrl-C" },
	[R_INTERVAL] = { "interval", 0, "DURATION", "sum rows to this; else as the daemon ticks" },
	{ 0 },
};

/* Ends a blocking request at a signal or when the time is over: a thread waits for
 * either and shuts the socket down. */
struct stopper {
	pthread_t thread;
	sigset_t signals;
	struct timespec limit;
	bool limited;
	int fd; /* a duplicate: the client closes its own whenever it likes */
	bool stopped;
};

static void *stopper_main(void *arg)
{
	struct stopper *s = arg;
	int n;

	do
		n = s->limited ? sigtimedwait(&s->signals, NULL, &s->limit)
			       : sigwaitinfo(&s->signals, NULL);
	while (n < 0 && errno == EINTR);
	__atomic_store_n(&s->stopped, true, __ATOMIC_RELEASE);
	(void)shutdown(s->fd, SHUT_RDWR);
	return NULL;
}

static int stopper_start(struct stopper *s, int fd, uint64_t limit_ms)
{
	int r;

	s->limited = limit_ms > 0;
	s->limit.tv_sec = (time_t)(limit_ms / 1000);
	s->limit.tv_nsec = (long)(limit_ms % 1000) * 1000000;
	s->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (s->fd < 0)
		return -errno;
	sigemptyset(&s->signals);
	sigaddset(&s->signals, SIGINT);
	sigaddset(&s->signals, SIGTERM);
	sigaddset(&s->signals, SIGHUP);
	r = pthread_sigmask(SIG_BLOCK, &s->signals, NULL);
	if (r == 0)
		r = pthread_create(&s->thread, NULL, stopper_main, s);
	if (r)
		close(s->fd);
	return -r;
}

/* Was it we who ended the request? */
static bool stopper_end(struct stopper *s)
{
	bool stopped = __atomic_load_n(&s->stopped, __ATOMIC_ACQUIRE);

	(void)pthread_cancel(s->thread); /* sigtimedwait() is a cancellation point */
	(void)pthread_join(s->thread, NULL);
	close(s->fd);
	return stopped;
}

/* Where lines go: through `sum` when there is one. */
struct recording {
	struct trace_file *file;
	struct trace_sum *sum;
	int error; /* of the summing */
};

static int write_line(void *ctx, const char *line, size_t len)
{
	return trace_file_add(ctx, line, len);
}

static int take_line(void *ctx, const char *line, size_t len)
{
	struct recording *rec = ctx;

	if (!rec->sum)
		return trace_file_add(rec->file, line, len);
	rec->error = trace_sum_add(rec->sum, line, len);
	return rec->error;
}

static void client_closep(struct client **c)
{
	client_close(*c);
}

static int said(int status, const struct recording *rec)
{
	if (rec->error == -EINVAL)
		return ctl_fail(CTL_USAGE, "--interval: must be a multiple of the daemon's own");
	if (rec->error == -EBADMSG)
		return ctl_fail(CTL_NO, "the daemon sends no trace");
	return status;
}

/* Streams until the end. Exit status. */
static int stream(struct client *c, uint64_t limit_ms, struct recording *rec)
{
	struct stopper stopper = { 0 };
	int r = stopper_start(&stopper, client_fd(c), limit_ms);

	if (r < 0)
		return ctl_fail(CTL_NO, "cannot wait for signals: %s", strerror(-r));
	r = client_request(c, "{\"op\":\"record\"}", take_line, rec);
	if (stopper_end(&stopper) && r != -EREMOTEIO)
		return CTL_OK;
	if (rec->error < 0 || trace_file_error(rec->file) < 0)
		return said(CTL_NO, rec); /* the file's error is said when it is closed */
	return r == 0 ? CTL_OK : ctl_fail(client_error_status(c), "%s", client_error(c));
}

static int parse_option(const char *option, const char *text, uint64_t *ret_ms)
{
	if (!text || (parse_duration(text, ret_ms) == 0 && *ret_ms > 0))
		return 0;
	(void)ctl_fail(CTL_USAGE, "--%s: \"%s\" is no duration; write 30s, 10m, 2h or 7d", option,
		       text);
	return -EINVAL;
}

/* Opens, streams, and ends the file whole, however the stream ended. Without a
 * daemon no file is touched. */
static int record_to(const struct ctl *ctl, const char *path, uint64_t limit_ms,
		     uint32_t interval_s)
{
	_cleanup_(client_closep) struct client *c = NULL;
	struct recording rec = { 0 };
	int r, status;

	r = client_connect(ctl->socket, CONNECT_TIMEOUT_MS, &c);
	if (r < 0) {
		const char *words = client_connect_error(r, &status);

		return ctl_fail(status, "%s: %s", ctl->socket, words);
	}
	r = trace_file_open(path, &rec.file);
	if (r < 0)
		return ctl_fail(CTL_NO, "%s: %s", path, strerror(-r));
	if (interval_s)
		r = trace_sum_new(interval_s, write_line, rec.file, &rec.sum);
	status = r < 0 ? ctl_fail(CTL_NO, "%s", strerror(-r)) : stream(c, limit_ms, &rec);
	if (rec.sum)
		(void)trace_sum_flush(rec.sum);
	trace_sum_free(rec.sum);
	r = trace_file_close(rec.file);
	if (r == -EPIPE)
		return CTL_OK;
	return r < 0 ? ctl_fail(CTL_NO, "%s: %s", path, strerror(-r)) : status;
}

int cmd_record(struct ctl *ctl, const struct cli_args *args)
{
	uint64_t limit_ms = 0, interval_ms = 0;
	const char *path = args->value[R_OUT];

	if (!path)
		return ctl_fail(CTL_USAGE,
				"record: say where to with -o FILE (- is standard output)");
	if (parse_option("for", args->value[R_FOR], &limit_ms) < 0 ||
	    parse_option("interval", args->value[R_INTERVAL], &interval_ms) < 0)
		return CTL_USAGE;
	if (interval_ms % 1000 || interval_ms / 1000 > INTERVAL_MAX_S)
		return ctl_fail(CTL_USAGE, "--interval: whole seconds, at most 1d");
	return record_to(ctl, path, limit_ms, (uint32_t)(interval_ms / 1000));
}
