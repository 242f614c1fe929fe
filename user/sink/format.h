/* SPDX-License-Identifier: Apache-2.0
 *
 * What receivers take: one pure function a format, record in, document out. A
 * document has no line end; text formats are one line. Every one of them says how
 * many payload bytes left this host in a field of its own (egressd.egress.bytes,
 * cn1, bytes_out), because source and destination follow who began, not who sent.
 */
#ifndef SINK_FORMAT_H
#define SINK_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "sink/record.h"

struct buf;

#define FORMAT_ECS_VERSION "9.4.0"
#define FORMAT_OCSF_VERSION "1.8.0"

struct format_options {
	const char *index;       /* Splunk index; NULL = the token's own */
	const char *data_stream; /* namespace of the data stream; NULL = "default" */
	uint32_t enterprise;     /* private enterprise number of structured data; 0 = 32473 */
	uint32_t facility;       /* syslog; 0 = 13 (log audit, RFC 5424 6.2.1) */
	bool cef_standard;       /* in/out as the standard defines them, not as devices do */
	bool cef_wide_integers;  /* in/out also above 2^31 - 1 */
};

/* Appends the document. -ENOMEM, or -ENODATA when the format has no form for the kind. */
typedef int (*format_fn)(const struct record *r, const struct format_options *o, struct buf *out);

struct format {
	const char *name;
	format_fn fn;
	bool text; /* one line of text; else protobuf */
	const char *help;
};

/* The format of that name, NULL when there is none; "ecs ocsf ..." for messages. */
const struct format *format_find(const char *name);
const char *format_names(void);

int format_ecs(const struct record *r, const struct format_options *o, struct buf *out);
int format_ocsf(const struct record *r, const struct format_options *o, struct buf *out);
int format_cef(const struct record *r, const struct format_options *o, struct buf *out);
int format_leef(const struct record *r, const struct format_options *o, struct buf *out);
/* An RFC 5424 message: header, structured data, the sentence. */
int format_syslog(const struct record *r, const struct format_options *o, struct buf *out);
/* RFC 5424 with a document of another format as its message. */
int format_syslog_around(const struct record *r, const struct format_options *o,
			 const char *message, size_t len, struct buf *out);
int format_cloudevents(const struct record *r, const struct format_options *o, struct buf *out);
int format_hec(const struct record *r, const struct format_options *o, struct buf *out);
int format_row(const struct record *r, const struct format_options *o, struct buf *out);
int format_json(const struct record *r, const struct format_options *o, struct buf *out);
/* One opentelemetry.proto.logs.v1.LogRecord, protobuf; otlp_request() wraps many. */
int format_otlp(const struct record *r, const struct format_options *o, struct buf *out);

#endif
