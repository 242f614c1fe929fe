/* SPDX-License-Identifier: Apache-2.0
 *
 * The sockets of our own network namespace, as the kernel lists them (sock_diag), with
 * what each TCP connection sent. For kernels that refuse collect/held.h.
 */
#ifndef ENRICH_SOCKDIAG_H
#define ENRICH_SOCKDIAG_H

#include "enrich/holdings.h"

/* Calls fn for each TCP and connected UDP socket, of both families, until it returns
 * false. 0 or a negative errno. */
typedef bool (*sockdiag_fn)(void *ctx, const struct held_socket *socket);
int sockdiag_each(sockdiag_fn fn, void *ctx);

#endif
