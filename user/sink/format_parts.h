/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the formats: copying members by table, and the words they all use.
 */
#ifndef SINK_FORMAT_PARTS_H
#define SINK_FORMAT_PARTS_H

#include <stddef.h>

#include "sink/record.h"

struct buf;

enum part_type {
	PART_TEXT,   /* a string */
	PART_NUMBER, /* a number, as exact as it came */
	PART_BOOL,
	PART_LIST, /* a string, as a list of one */
	PART_NAME, /* a string, its part behind the last '/' */
	PART_PATH, /* a string, if it is an absolute path */
	PART_TIME, /* a string, if it is a time */
	PART_ID,   /* a number, as a string */
};

struct part {
	const char *to, *from;
	enum part_type type;
};

/* Writes those parts the record has; the first of several for one key wins. */
void format_parts(struct buf *b, const struct record *r, const struct part *parts, size_t count);

/* The document of a format that was built apart, behind what `out` has. jsonw puts a
 * comma before a value, so a document must begin in an empty buffer. */
int format_take(const struct buf *doc, struct buf *out);

/* "egressd.alert", "egressd.flow", "egressd.read", "egressd.audit", "egressd.sensor"; the
 * last word of it alone. */
const char *format_dataset(const struct record *r);
const char *format_kind(const struct record *r);

/* How the record's bytes are meant, NULL where it counts none: the layer they are counted
 * at ("payload", or "file_read"), from when on ("interval", "since_incident", ...), "delta"
 * or "total", and who began ("mixed": a sum over conversations of both kinds). */
const char *format_layer(const struct record *r);
const char *format_counts(const struct record *r);
const char *format_aggregation(const struct record *r);
const char *format_initiation(const struct record *r);

/* What the window's numbers (observed, allowed, baseline) count: "Bytes" or "Destinations". */
const char *format_unit(const struct record *r);

/* The process that sent, as people write it: without its directory; NULL when unknown. */
const char *format_process(const struct record *r);

/* "registry/name:tag" in its parts; the tag may be empty. False: no image. */
struct image_name {
	const char *name, *tag;
	int name_len, tag_len;
};
bool format_image(const struct record *r, struct image_name *ret);

/* Text with every byte below a blank made one, cut to at most `max` bytes between
 * characters, without blanks at its end. */
void format_add_plain(struct buf *b, const char *text, size_t max);

#endif
