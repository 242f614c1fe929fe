/* SPDX-License-Identifier: Apache-2.0
 *
 * How the process stands before anything else is done; see manager.h.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/manager.h"

/* Answers of many flows are far larger, what lives long is smaller. A threshold of glibc's
 * own grows with what is freed, and then answers of slow readers tear holes into the heap. */
enum { MAPPED_FROM_BYTES = 256 << 10 };

static void on_libevent(int severity, const char *words)
{
	if (severity >= EVENT_LOG_WARN)
		log_warning("libevent: %s", words);
	else
		log_debug("libevent: %s", words);
}

/* Whoever started us may have closed them: the next file opened, the history say, would
 * then be where log lines go. */
static int open_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			return -errno;
	} while (fd <= STDERR_FILENO);
	close(fd);
	return 0;
}

int daemon_prepare(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, MAPPED_FROM_BYTES);
	event_set_log_callback(on_libevent);
	(void)signal(SIGHUP, SIG_IGN);   /* it reloads: before and after the loop, nothing */
	(void)prctl(PR_SET_DUMPABLE, 0); /* fails for a bad argument only */
	return open_standard();
}
