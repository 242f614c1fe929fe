/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines out of a file or standard input, plain, gzip or zstd (told by their first
 * bytes, not by the name), through one big buffer. Private to replay/.
 */
#ifndef REPLAY_TRACE_INPUT_H
#define REPLAY_TRACE_INPUT_H

#include <stddef.h>
#include <stdint.h>

struct trace_input;

/* path "-" = standard input. Negative errno of open(). */
int trace_input_open(const char *path, struct trace_input **ret);
void trace_input_close(struct trace_input *in);

/* 1 = a line without its end ("\n" or "\r\n"), valid until the next call; 0 = end.
 * -EBADMSG: compressed data is damaged or ends early; -EMSGSIZE: a line longer than
 * TRACE_LINE_MAX; else the errno of read(). */
int trace_input_line(struct trace_input *in, const char **ret, size_t *ret_len);

/* Joins the line just given with the one after it, newline kept between: for a
 * quoted CSV field that spans lines. Same returns. */
int trace_input_join(struct trace_input *in, const char **ret, size_t *ret_len);

/* Number of the line last given, from 1. */
uint64_t trace_input_number(const struct trace_input *in);

/* A longer line is refused: no trace row needs it, and memory stays bounded. */
enum { TRACE_LINE_MAX = 1 << 20 };

#endif
