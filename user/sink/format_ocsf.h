/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the files of the OCSF format only: objects of the schema, each appended as a
 * member of the object that is open. What the record has not got is left out.
 */
#ifndef SINK_FORMAT_OCSF_H
#define SINK_FORMAT_OCSF_H

#include <stdbool.h>

#include "sink/record.h"

struct buf;

/* "key":{ and "key":[ */
void ocsf_object(struct buf *b, const char *key);
void ocsf_list(struct buf *b, const char *key);

void ocsf_product(struct buf *b, const char *key);
void ocsf_device(struct buf *b, const struct record *r);
/* Process and user; `always`: also when nothing is known, for classes that require it. */
void ocsf_actor(struct buf *b, const struct record *r, bool always);
bool ocsf_container_known(const struct record *r);
void ocsf_container(struct buf *b, const struct record *r);
/* src_endpoint and dst_endpoint: source is who began. */
void ocsf_endpoints(struct buf *b, const struct record *r);
void ocsf_connection(struct buf *b, const struct record *r);

/* What every class begins with: ids, times, severity, metadata. */
struct ocsf_class {
	unsigned int category, uid;
	const char *name;
	const char *profile; /* beside "host"; NULL = none */
};
void ocsf_head(struct buf *b, const struct record *r, const struct ocsf_class *class,
	       unsigned int activity);

/* format_ocsf_finding.c: all of a Detection Finding but device and unmapped. */
void ocsf_finding(struct buf *b, const struct record *r);

#endif
