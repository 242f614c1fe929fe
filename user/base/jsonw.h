/* SPDX-License-Identifier: Apache-2.0
 *
 * Append-only JSON writer for lines that are written often: flat or nested objects
 * into a buf. Strings are made valid UTF-8 (U+FFFD for what is not) and escaped.
 * Commas are its business, balance is the caller's.
 */
#ifndef BASE_JSONW_H
#define BASE_JSONW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

void jsonw_open(struct buf *b, char bracket);  /* '{' or '[' as a value */
void jsonw_close(struct buf *b, char bracket); /* '}' or ']' */
void jsonw_key(struct buf *b, const char *key);
void jsonw_str(struct buf *b, const char *key, const char *value); /* key NULL: an array element */
void jsonw_strn(struct buf *b, const char *key, const char *value, size_t len);
void jsonw_u64(struct buf *b, const char *key, uint64_t value);
void jsonw_i64(struct buf *b, const char *key, int64_t value);
void jsonw_bool(struct buf *b, const char *key, bool value);
void jsonw_null(struct buf *b, const char *key);
/* value_milli / 1000 with up to three decimals, no floating point. */
void jsonw_milli(struct buf *b, const char *key, int64_t value_milli);
void jsonw_time(struct buf *b, const char *key, int64_t unix_s);      /* RFC 3339 UTC */
void jsonw_time_ns(struct buf *b, const char *key, uint64_t unix_ns); /* with milliseconds */

/* Appends s as valid UTF-8, no quotes or escapes. */
void utf8_add(struct buf *b, const char *s, size_t len);
/* The same, and a blank for each character that moves a cursor, hides or reorders text:
 * names are chosen by strangers. */
void utf8_add_plain(struct buf *b, const char *s, size_t len);

#endif
