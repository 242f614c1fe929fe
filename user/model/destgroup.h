/* SPDX-License-Identifier: Apache-2.0
 *
 * Destination groups of addresses: /24 of IPv4, /48 of IPv6. Pure.
 */
#ifndef MODEL_DESTGROUP_H
#define MODEL_DESTGROUP_H

#include <stdint.h>

#include "egress/types.h"

#define ADDR_TEXT_MAX 56 /* an IPv6 address in full, "/128", NUL */

/* "203.0.113.0/24", "2001:db8:1::/48". */
void destgroup_format(char out[ADDR_TEXT_MAX], const uint8_t addr[16]);

/* Scope of an address or prefix as text; public for anything else (a name). */
enum eg_scope destgroup_scope(const char *dst);

#endif
