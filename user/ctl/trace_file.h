/* SPDX-License-Identifier: Apache-2.0
 *
 * Where recorded lines go: a file or standard output, through zstd when the name
 * ends in .zst. Flushed every few seconds' worth, so that a crash loses little.
 */
#ifndef CTL_TRACE_FILE_H
#define CTL_TRACE_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct trace_file;

/* Makes or empties PATH (mode 0600: it names clients); "-" = standard output. */
int trace_file_open(const char *path, struct trace_file **ret);
/* Adds one line, its '\n' too. 0 or negative errno, which is kept. */
int trace_file_add(struct trace_file *f, const char *line, size_t len);
int trace_file_error(const struct trace_file *f);
/* Ends the zstd frame, writes what is left, frees. The first error there was. */
int trace_file_close(struct trace_file *f);

#endif
