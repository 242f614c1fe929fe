/* SPDX-License-Identifier: Apache-2.0
 *
 * A query without its literals: what was asked, never about whom. Pure. Where dialects
 * or settings disagree about where a string ends, the rest is left out.
 */
#ifndef ENRICH_SQLTEXT_H
#define ENRICH_SQLTEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Strings, numbers and dollar-quoted text become "?", comments and runs of blanks one
 * blank. quotes_are_strings: "x" is a literal (MySQL, MariaDB), not a name. out holds
 * `size` bytes; what does not fit is cut. */
void sql_strip(const char *sql, size_t len, bool quotes_are_strings, char *out, size_t size);

#endif
