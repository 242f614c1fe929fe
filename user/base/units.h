/* SPDX-License-Identifier: Apache-2.0
 *
 * Text to numbers and back: sizes, durations, times; strict (whole string, range).
 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

int parse_u64(const char *s, uint64_t *ret);  /* decimal; -EINVAL, -ERANGE */
int parse_size(const char *s, uint64_t *ret); /* "64M", "1.5G": powers of 1024; "KB" etc. of 1000 */
int parse_duration(const char *s, uint64_t *ret_ms); /* "250ms", "10s", "5m", "2h", "7d" */
/* "2026-05-01T02:13:40Z", "@1714529620", "1714529620", "10m" (ago), "today". */
int parse_when(const char *s, int64_t now, int64_t *ret_unix_s);

/* "4.6 GB" (decimal, for sentences), "79.4M" (for columns, at most 6 wide). */
void format_bytes(struct buf *b, uint64_t bytes);
void format_short(char out[8], uint64_t value);
void format_time(char out[32], int64_t unix_s);        /* 2026-05-01T02:13:40Z */
void format_duration(struct buf *b, uint64_t seconds); /* "12 min", "3 h 20 min", "14 d" */

/* 16-byte address (IPv6 or v4-mapped) as text, at least 46 bytes. */
void format_addr(char *out, size_t size, const uint8_t addr[16]);
int parse_addr(const char *s, uint8_t ret[16]); /* IPv4 becomes v4-mapped; -EINVAL */

#endif
