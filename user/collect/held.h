/* SPDX-License-Identifier: Apache-2.0
 *
 * The open sockets of one process, of any network namespace, with what each TCP
 * connection sent: a small BPF program, loaded once and run for each question.
 */
#ifndef COLLECT_HELD_H
#define COLLECT_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include "egress/held_abi.h"

struct held;

/* Loads the program in a thread of its own: that takes some 0.1 s. The thread has the
 * privileges of the caller. *ret is the caller's, for held_free(), also where the kernel
 * refuses: held_each() says so. -ENOMEM. */
int held_new(struct held **ret);
/* Waits until it is loaded; a loop does not need this. */
void held_wait(struct held *h);
void held_free(struct held *h); /* NULL is fine */

/* Calls fn for each descriptor that is a TCP or UDP socket (a socket held twice comes
 * twice) until it returns false. `tgid` is the initial pid namespace's. Takes well below
 * 1 ms; before Linux 6.1 also 0.1 us or so for every open file of the host. 0; -EAGAIN
 * while it is being loaded; or the errno with which the kernel refuses it (before 5.11,
 * without CAP_BPF and CAP_PERFMON). */
typedef bool (*held_fn)(void *ctx, const struct eg_held *socket);
int held_each(struct held *h, uint32_t tgid, held_fn fn, void *ctx);

#endif
