/* SPDX-License-Identifier: Apache-2.0
 *
 * The last resort: a crash, or a signal that nobody expects, must not leave the terminal in raw mode on the alternate
 * screen. Holds the project's one exception to "no mutable globals", because a
 * signal handler has no argument.
 */
#ifndef TOP_TERM_RESTORE_H
#define TOP_TERM_RESTORE_H

/* Remembers how the terminal is now (before anything changed it) and, on a signal that ends
 * the program and is not ignored (SIGSEGV, SIGABRT, SIGUSR1 ..., not those the loop reads),
 * puts it back with async-signal-safe calls only, then lets the signal do so. `in` has the
 * modes; it need not be writable: what is shown goes to `out`. */
void term_restore_arm(int in, int out);
/* What is written to the terminal first, once it is known. */
void term_restore_leave(const char *leave);
void term_restore_disarm(void);

#endif
