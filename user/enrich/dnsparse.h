/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses and the name they were asked by, out of one DNS answer (RFC 1035). Pure.
 * Anybody on the way may have written it: what does not fit is refused as a whole.
 */
#ifndef ENRICH_DNSPARSE_H
#define ENRICH_DNSPARSE_H

#include <stddef.h>
#include <stdint.h>

enum { DNS_NAME_MAX = 253 };

/* name: as asked, in lower case, without the last dot; letters, digits, "-_." only. */
typedef void (*dnsparse_fn)(void *ctx, const char *name, const uint8_t addr[16]);

/* Calls fn for each A and AAAA record that belongs to the question, through CNAMEs, at
 * most 16. Returns how many; -EBADMSG: no answer to one question, or malformed before
 * the first. A message that is cut gives what came before the cut. */
int dnsparse_answer(const uint8_t *msg, size_t len, dnsparse_fn fn, void *ctx);

#endif
