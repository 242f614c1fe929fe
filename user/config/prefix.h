/* SPDX-License-Identifier: Apache-2.0
 *
 * An address with a length: one peer or a network. Pure.
 */
#ifndef CONFIG_PREFIX_H
#define CONFIG_PREFIX_H

#include <stdbool.h>
#include <stdint.h>

struct prefix {
	uint8_t addr[16]; /* IPv6 or v4-mapped; zero behind the prefix */
	uint8_t bits;     /* of 128; IPv4 from 96 on */
};

/* "203.0.113.7", "198.51.100.0/24", "2001:db8::/32". -EINVAL. */
int prefix_parse(const char *text, struct prefix *ret);

bool prefix_has(const struct prefix *p, const uint8_t addr[16]);
/* Whether all of `inner` lies in `outer`. */
bool prefix_holds(const struct prefix *outer, const struct prefix *inner);

#endif
