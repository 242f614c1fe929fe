/* SPDX-License-Identifier: Apache-2.0
 *
 * An alert's arithmetic, term by term, and its evidence, field by field: one list for
 * every place that shows them, so that all of them show the same.
 */
#ifndef CTL_TERMS_H
#define CTL_TERMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct ctl;
struct json_object;

struct term {
	const char *name; /* "volume", "new destination", "context", "score" */
	double points;
	bool part;        /* of the context, which has a cap */
	const char *note; /* where it comes from; may be "" */
};
typedef void (*term_fn)(void *ctx, const struct term *term);

/* Volume, what the context adds, their cap, the score: those the alert has. */
void terms_each(struct json_object *alert, term_fn fn, void *ctx);
/* The same to stdout, a line each. */
void terms_print(struct json_object *alert);

/* The present word for `points.NAME`; NAME itself where it is a newer one. */
const char *term_name(const char *name);

/* An amount of the alert's series: bytes, or with rule fan destinations. */
void alert_add_amount(struct buf *out, struct json_object *alert, uint64_t amount);
bool alert_counts(struct json_object *alert); /* destinations, not bytes */

/* Label and words; the words hold what processes called themselves: not yet cleaned. */
typedef void (*evidence_fn)(void *ctx, const char *label, const char *words);
enum evidence_part {
	EVIDENCE_NORMAL, /* against which normal */
	EVIDENCE_WHO,    /* process, container, database session */
	EVIDENCE_WHERE,
	EVIDENCE_RECORD, /* ids and hashes */
	EVIDENCE_PARTS
};
void evidence_each(struct json_object *alert, enum evidence_part part, evidence_fn fn, void *ctx);

#endif
