/* SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4648 section 4 decoding: binary state inside JSON lines.
 */
#ifndef CTL_BASE64_H
#define CTL_BASE64_H

struct buf;

/* Appends the decoded bytes. -EINVAL: not padded base64, nothing is appended;
 * -ENOMEM. */
int base64_decode(const char *text, struct buf *out);

#endif
