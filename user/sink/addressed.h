/* SPDX-License-Identifier: Apache-2.0
 *
 * A record of the spool that is meant for one sink: a dead letter on its second way.
 * It is the event with `{"sink.only":"NAME",` for its brace. Pure.
 */
#ifndef SINK_ADDRESSED_H
#define SINK_ADDRESSED_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Appends the event with the address before it. -EINVAL: no object. */
int addressed_add(struct buf *out, const char *sink, const char *line, size_t len);

/* Is it addressed? *ret_name, *ret_len: to whom. */
bool addressed_to(const char *line, size_t len, const char **ret_name, size_t *ret_len);

/* Takes the address out, in place; the new length (the same when there is none). */
size_t addressed_strip(char *line, size_t len);

#endif
