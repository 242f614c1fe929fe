/* SPDX-License-Identifier: Apache-2.0
 *
 * The trace format of `record` and `replay`: JSON Lines or CSV, plain, .zst or .gz
 * (docs/trace.md). Reader and writer; pure but for the file it is given.
 */
#ifndef REPLAY_TRACE_H
#define REPLAY_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/tick.h"

struct buf;
struct trace_reader;

/* One tick of one host, in time order; rows are owned by the reader until the next
 * call. `names` interns actors and destinations. path "-" = standard input. */
int trace_open(const char *path, struct names *names, struct trace_reader **ret);
/* 1 = a tick, 0 = end, negative errno: trace_error() says file, line and remedy. */
int trace_next(struct trace_reader *r, struct tick *ret);
const char *trace_error(const struct trace_reader *r);
uint64_t trace_rows(const struct trace_reader *r);
/* Columns or keys that are none of the format's and were passed over (the first few). */
size_t trace_ignored(const struct trace_reader *r, const char *const **ret);
void trace_close(struct trace_reader *r);

/* Writing: the header line, then one line a row. */
int trace_write_header(struct buf *out, uint32_t interval_s, uint64_t db_bytes);
int trace_write_row(struct buf *out, const struct tick *tick, const struct tick_row *row,
		    const char *exe_path);

#endif
