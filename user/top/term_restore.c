/* SPDX-License-Identifier: Apache-2.0
 *
 * See term_restore.h.
 */
#include <signal.h>
#include <termios.h>

#include "base/cleanup.h"
#include "top/term_restore.h"

/* Crashes, and what else ends a program that does not ask for it. */
static const int deadly[] = { SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,    SIGABRT, SIGSYS,
			      SIGTRAP, SIGXCPU, SIGXFSZ, SIGUSR1,   SIGUSR2, SIGALRM,
			      SIGPIPE, SIGPROF, SIGPOLL, SIGVTALRM, SIGPWR };

#define STACK_BYTES 16384 /* of the handler: a stack that has run over cannot carry it */

static struct {
	struct termios mode;
	volatile sig_atomic_t armed;
	int in, out; /* the mode is the keyboard's; what is shown goes to the other */
	char stack[STACK_BYTES];
	char leave[128];
	size_t leave_len;
} saved;

static void restore(int sig)
{
	if (saved.armed) {
		saved.armed = 0;
		if (write(saved.out, saved.leave, saved.leave_len) < 0)
			saved.armed = 0; /* nothing else can be done about it */
		(void)tcsetattr(saved.in, TCSANOW, &saved.mode);
	}
	(void)raise(sig); /* SA_RESETHAND: the default action now */
}

void term_restore_arm(int in, int out)
{
	struct sigaction action = { .sa_handler = restore,
				    .sa_flags = (int)SA_RESETHAND | SA_NODEFER | SA_ONSTACK };
	const stack_t stack = { .ss_sp = saved.stack, .ss_size = sizeof(saved.stack) };
	struct sigaction before;

	if (tcgetattr(in, &saved.mode) < 0)
		return;
	saved.in = in;
	saved.out = out;
	saved.leave_len = 0;
	saved.armed = 1;
	(void)sigaltstack(&stack, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
		if (sigaction(deadly[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
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
