/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of networks and peers, as the operator gives them: "backup=203.0.113.7
 * replica=198.51.100.0/24 app=10.2.0.0/16 app=2001:db8:7::/48". Pure.
 */
#ifndef CONFIG_NETWORKS_H
#define CONFIG_NETWORKS_H

#include <stdint.h>

struct buf;
struct networks;

#define NETWORKS_MAX 1024u  /* entries: looked through once for each new address */
#define NETWORK_NAME_MAX 40 /* bytes: it stands where a prefix would */

/* text "" or NULL: none. -EINVAL with one clause in `why`; -ENOMEM. */
int networks_parse(const char *text, struct networks **ret, struct buf *why);
void networks_free(struct networks *n);

/* The name of the longest prefix the address is in; NULL: none, or no networks. */
const char *networks_find(const struct networks *n, const uint8_t addr[16]);

#endif
