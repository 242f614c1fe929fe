/* SPDX-License-Identifier: Apache-2.0
 *
 * Which part of the world an address belongs to, by prefix alone. Pure.
 */
#ifndef ENRICH_SCOPE_H
#define ENRICH_SCOPE_H

#include <stdint.h>

#include "egress/types.h"

/* addr: IPv6 or v4-mapped IPv4. Loopback, link-local, private, multicast or public;
 * UNKNOWN for the unspecified address. */
enum eg_scope scope_of_addr(const uint8_t addr[16]);

#endif
