/* SPDX-License-Identifier: Apache-2.0
 *
 * Command lines without their secrets. Pure. Masks too much rather than too little:
 * an investigator needs to see that a password was given, never which.
 */
#ifndef ENRICH_MASK_H
#define ENRICH_MASK_H

#include <stddef.h>

struct buf;

/* Appends argv (joined by NUL) as one line: blanks between arguments, valid UTF-8,
 * control characters as blanks, every secret as "***", cut at max_len bytes. */
void mask_cmdline(struct buf *out, const char *args, size_t len, size_t max_len);

#endif
