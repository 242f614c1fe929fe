/* SPDX-License-Identifier: Apache-2.0
 *
 * A request's body in a content coding of HTTP. Pure.
 */
#ifndef SINK_SQUEEZE_H
#define SINK_SQUEEZE_H

struct buf;

/* `coding`: "gzip" (RFC 1952) or "zstd" (RFC 8878). Appends. -ENOTSUP, -ENOMEM. */
int squeeze(const char *coding, const struct buf *in, struct buf *out);

#endif
