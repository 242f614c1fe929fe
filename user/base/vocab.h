/* SPDX-License-Identifier: Apache-2.0
 *
 * The words for include/egress/types.h, one table each way.
 */
#ifndef BASE_VOCAB_H
#define BASE_VOCAB_H

#include "egress/types.h"

const char *init_name(unsigned int init);   /* "accepted", ...; "unknown" for anything else */
const char *scope_name(unsigned int scope); /* "loopback", "host-local", "link-local", ... */
const char *level_name(unsigned int level); /* "none", "notice", "ticket", "page" */
const char *proto_name(
	unsigned int proto); /* "tcp", "udp", ...; "" for 0, decimal is the caller's */
int init_parse(const char *s, enum eg_init *ret); /* -EINVAL */
int scope_parse(const char *s, enum eg_scope *ret);
int level_parse(const char *s, enum eg_level *ret);

#endif
