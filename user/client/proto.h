/* SPDX-License-Identifier: Apache-2.0
 *
 * The control protocol, both ends: frames with a length-checked, versioned header
 * and a JSON body, over a unix stream socket. One request, then ROWS frames (whole
 * JSON lines each) and one END or ERROR; a followed request streams ROWS until the
 * client hangs up. docs/protocol.md lists the operations. Pure: no I/O.
 */
#ifndef CLIENT_PROTO_H
#define CLIENT_PROTO_H

#include <stddef.h>
#include <stdint.h>

#define PROTO_MAGIC 0x45475253u /* "SRGE" on the wire, which is little endian */
#define PROTO_VERSION 1
#define PROTO_REQUEST_MAX (64u << 10) /* a longer request is refused before it is read */
#define PROTO_REPLY_MAX (1u << 20)    /* ROWS frames are cut at line ends to stay below */

enum proto_type { PROTO_REQUEST = 1, PROTO_ROWS = 2, PROTO_END = 3, PROTO_ERROR = 4 };

/* Fields are in wire order; read them by the functions below only. */
struct proto_header {
	uint32_t magic;
	uint16_t version;
	uint16_t type;     /* enum proto_type */
	uint32_t length;   /* of the body that follows */
	uint32_t reserved; /* 0 */
};
_Static_assert(sizeof(struct proto_header) == 16, "wire format");

/* Fills / checks a header. proto_check: 0, -EPROTO (foreign bytes), -EPROTONOSUPPORT
 * (other version), -EMSGSIZE (length above max). */
void proto_make(struct proto_header *h, enum proto_type type, uint32_t length);
int proto_check(const struct proto_header *h, uint32_t max);

/* Of a header that proto_check() accepted. */
enum proto_type proto_type(const struct proto_header *h);
uint32_t proto_length(const struct proto_header *h);

/* Looks at the first `have` bytes of a stream. 1: a good header is whole and in *ret;
 * 0: more bytes are needed; else the error of proto_check(), as early as it shows
 * (a peer that speaks something else may never send 16 bytes). */
int proto_peek(const void *data, size_t have, uint32_t max, struct proto_header *ret);

/* Length of the next ROWS frame of `len` bytes of lines: the longest run of whole
 * lines not above `target`, or one longer line up to PROTO_REPLY_MAX. 0: that line
 * does not fit any frame. */
size_t proto_cut(const char *rows, size_t len, size_t target);

#endif
