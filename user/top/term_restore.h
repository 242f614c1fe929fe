/* SPDX-License-Identifier: Apache-2.0
 *
 * The last resort: a crash must not leave the terminal in raw mode on the alternate
 * screen. Holds the project's one exception to "no mutable globals", because a
 * signal handler has no argument.
 */
#ifndef TOP_TERM_RESTORE_H
#define TOP_TERM_RESTORE_H

/* Remembers how the terminal is now (before anything changed it) and, on SIGSEGV,
 * SIGBUS, SIGFPE, SIGILL and SIGABRT, puts it back with async-signal-safe calls only,
 * then lets the signal end the program. */
void term_restore_arm(int fd);
/* What is written to the terminal first, once it is known. */
void term_restore_leave(const char *leave);
void term_restore_disarm(void);

#endif
