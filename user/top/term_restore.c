/* SPDX-License-Identifier: Apache-2.0
 *
 * See term_restore.h.
 */
#include <signal.h>
#include <termios.h>

#include "base/cleanup.h"
#include "top/term_restore.h"

static const int deadly[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };

static struct {
	struct termios mode;
	volatile sig_atomic_t armed;
	int fd;
	char leave[128];
	size_t leave_len;
} saved;

static void restore(int sig)
{
	if (saved.armed) {
		saved.armed = 0;
		if (write(saved.fd, saved.leave, saved.leave_len) < 0)
			saved.armed = 0; /* nothing else can be done about it */
		(void)tcsetattr(saved.fd, TCSANOW, &saved.mode);
	}
	(void)raise(sig); /* SA_RESETHAND: the default action now */
}

void term_restore_arm(int fd)
{
	struct sigaction action = { .sa_handler = restore,
				    .sa_flags = (int)SA_RESETHAND | SA_NODEFER };

	if (tcgetattr(fd, &saved.mode) < 0)
		return;
	saved.fd = fd;
	saved.leave_len = 0;
	saved.armed = 1;
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
		(void)sigaction(deadly[i], &action, NULL);
}

void term_restore_leave(const char *leave)
{
	size_t len = MIN(strlen(leave), sizeof(saved.leave));

	memcpy(saved.leave, leave, len);
	saved.leave_len = len;
}

void term_restore_disarm(void)
{
	saved.armed = 0;
}
