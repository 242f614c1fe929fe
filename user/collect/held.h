/* SPDX-License-Identifier: Apache-2.0
 *
 * The open sockets of one process, of any network namespace, with what each TCP
 * connection sent: a small BPF program, loaded for one question and unloaded after.
 */
#ifndef COLLECT_HELD_H
#define COLLECT_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include "egress/held_abi.h"

/* Calls fn for each descriptor that is a TCP or UDP socket (a socket held twice comes
 * twice) until it returns false. `tgid` is the initial pid namespace's. Takes some 10 ms;
 * before Linux 6.1 also 0.1 us or so for every open file of the host. 0, or a negative
 * errno where the kernel refuses (before 5.11, without CAP_BPF and CAP_PERFMON). */
typedef bool (*held_fn)(void *ctx, const struct eg_held *socket);
int held_each(uint32_t tgid, held_fn fn, void *ctx);

#endif
