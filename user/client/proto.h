/* SPDX-License-Identifier: Apache-2.0
 *
 * The control protocol, both ends: frames with a length-checked, versioned header
 * and a JSON body, over a unix stream socket. One request, then ROWS frames (whole
 * JSON lines each) and one END or ERROR; a followed request streams ROWS until the
 * client hangs up. docs/protocol.md lists the operations.
 */
#ifndef CLIENT_PROTO_H
#define CLIENT_PROTO_H

#include <stddef.h>
#include <stdint.h>

#define PROTO_MAGIC 0x45475253u /* "EGRS", little endian on the wire */
#define PROTO_VERSION 1
#define PROTO_REQUEST_MAX (64u << 10) /* a longer request is refused before it is read */
#define PROTO_REPLY_MAX (1u << 20)    /* ROWS frames are cut at line ends to stay below */

enum proto_type { PROTO_REQUEST = 1, PROTO_ROWS = 2, PROTO_END = 3, PROTO_ERROR = 4 };

struct proto_header {
	uint32_t magic;
	uint16_t version;
	uint16_t type;   /* enum proto_type */
	uint32_t length; /* of the body that follows */
	uint32_t reserved; /* 0 */
};
_Static_assert(sizeof(struct proto_header) == 16, "wire format");

/* Fills / checks a header. proto_check: 0, -EPROTO (foreign bytes), -EPROTONOSUPPORT
 * (other version), -EMSGSIZE (length above max). */
void proto_make(struct proto_header *h, enum proto_type type, uint32_t length);
int proto_check(const struct proto_header *h, uint32_t max);

#endif
