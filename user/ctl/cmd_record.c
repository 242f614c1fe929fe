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

#define CONNECT_TIMEOUT_MS 10000

enum { R_OUT, R_FOR, R_INTERVAL };

const struct cli_option record_options[] = {
	[R_OUT] = { "output", 'o', "FILE", "where to; *.zst is compressed, - is standard output" },
	[R_FOR] = { "for", 0, "DURATION", "stop after 10m, 2h, 7d; else at Ctrl-C" },
	[R_INTERVAL] = { "interval", 0, "DURATION", "one row a series and so long (60s)" },
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

static int write_line(void *ctx, const char *line, size_t len)
{
	return trace_file_add(ctx, line, len);
}

static void client_closep(struct client **c)
{
	client_close(*c);
}

/* Streams until the end. Exit status. */
static int stream(const struct ctl *ctl, const char *request, uint64_t limit_ms,
		  struct trace_file *file)
{
	_cleanup_(client_closep) struct client *c = NULL;
	struct stopper stopper = { 0 };
	int r, status;

	r = client_connect(ctl->socket, CONNECT_TIMEOUT_MS, &c);
	if (r < 0) {
		const char *words = client_connect_error(r, &status);

		return ctl_fail(status, "%s: %s", ctl->socket, words);
	}
	r = stopper_start(&stopper, client_fd(c), limit_ms);
	if (r < 0)
		return ctl_fail(CTL_NO, "cannot wait for signals: %s", strerror(-r));
	r = client_request(c, request, write_line, file);
	if (stopper_end(&stopper) && r != -EREMOTEIO)
		return CTL_OK;
	if (trace_file_error(file) < 0)
		return CTL_NO; /* said when the file is closed */
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

int cmd_record(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	uint64_t limit_ms = 0, interval_ms = 60000;
	struct trace_file *file;
	const char *path = args->value[R_OUT];
	int status, r;

	if (!path)
		return ctl_fail(CTL_USAGE,
				"record: say where to with -o FILE (- is standard output)");
	if (parse_option("for", args->value[R_FOR], &limit_ms) < 0 ||
	    parse_option("interval", args->value[R_INTERVAL], &interval_ms) < 0)
		return CTL_USAGE;
	if (interval_ms % 1000)
		return ctl_fail(CTL_USAGE, "--interval: whole seconds only");
	request_begin(&request, "record");
	jsonw_u64(&request, "interval_s", interval_ms / 1000);
	jsonw_close(&request, '}');
	r = request.error ? request.error : trace_file_open(path, &file);
	if (r < 0)
		return ctl_fail(CTL_NO, "%s: %s", path, strerror(-r));
	status = stream(ctl, request.data, limit_ms, file);
	r = trace_file_close(file);
	if (r == -EPIPE)
		return CTL_OK;
	return r < 0 ? ctl_fail(CTL_NO, "%s: %s", path, strerror(-r)) : status;
}
