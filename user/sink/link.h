/* SPDX-License-Identifier: Apache-2.0
 *
 * What the daemon and its exporter say to each other over a stream socket: frames
 * with a length that is checked before anything is kept. Both run on one machine, so
 * numbers are in its own order.
 *
 * A receiver is told what it has room for (credit); the daemon reads the spool and
 * sends that many records; what is acknowledged or refused moves the sink's cursor.
 */
#ifndef SINK_LINK_H
#define SINK_LINK_H

#include <stddef.h>
#include <stdint.h>

struct buf;

#define LINK_FRAME_MAX (4u << 20) /* above the longest record and any certificate */
#define LINK_CREDIT 2048u         /* records of one sink in the exporter at most */

enum link_type {
	/* daemon to exporter */
	LINK_SINK = 1, /* key NUL value NUL ...; sinks are numbered as they come */
	LINK_START,    /* all sinks are said; payload: the host's name */
	LINK_RECORD,   /* for `sink`; sequence 0: sent once, not acknowledged */
	LINK_METRICS,  /* the daemon's own metrics, Prometheus text */
	/* exporter to daemon */
	LINK_CREDIT_MORE, /* sequence: so many records more */
	LINK_ACK,         /* up to and with sequence */
	LINK_REJECT,      /* sequence was refused for good; payload: why */
	LINK_STATE,       /* payload: one JSON object about the sink */
	LINK_TYPE_END,
};

struct link_header {
	uint32_t length; /* of the payload */
	uint8_t type;
	uint8_t sink;
	uint16_t version; /* LINK_VERSION */
	uint64_t sequence;
};
enum { LINK_VERSION = 1, LINK_HEADER_BYTES = 16 };

/* Appends one frame. -EMSGSIZE. */
int link_add(struct buf *out, enum link_type type, unsigned int sink, uint64_t sequence,
	     const void *payload, size_t len);

/* Reads the frame that begins at data. Its whole size, 0 when more bytes are needed,
 * -EBADMSG for what is no frame. */
int link_parse(const void *data, size_t len, struct link_header *ret);

#endif
