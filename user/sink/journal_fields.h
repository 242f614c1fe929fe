/* SPDX-License-Identifier: Apache-2.0
 *
 * An event as fields of systemd's journal: the serialization that its socket takes and
 * that its export format is made of (systemd.io/JOURNAL_NATIVE_PROTOCOL,
 * JOURNAL_EXPORT_FORMATS). Pure.
 */
#ifndef SINK_JOURNAL_FIELDS_H
#define SINK_JOURNAL_FIELDS_H

#include <stddef.h>

struct buf;
struct record;

/* One field; a value with a line end goes in the binary form. */
void journal_field(struct buf *out, const char *name, const char *value, size_t len);

/* MESSAGE, PRIORITY, MESSAGE_ID, and every member of the event as EGRESSD_NAME.
 * `message`: what stands in MESSAGE. */
int journal_fields(const struct record *r, const char *message, size_t len, struct buf *out);

#endif
