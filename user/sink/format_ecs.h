/* SPDX-License-Identifier: Apache-2.0
 *
 * ECS documents: the fields that a key of ours becomes as it is, by tables, for
 * format_ecs.c alone.
 */
#ifndef SINK_FORMAT_ECS_H
#define SINK_FORMAT_ECS_H

struct buf;
struct record;

/* The schema's, and ours below "egressd."; what the record has not got is left out. */
void ecs_fields(struct buf *b, const struct record *r);
void ecs_own_fields(struct buf *b, const struct record *r);

#endif
