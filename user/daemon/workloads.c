/* SPDX-License-Identifier: Apache-2.0
 *
 * See workloads.h.
 */
#include "daemon/workloads.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"

#define NAME "egressd_workload_egress_bytes_total"
static const char other[] = "workload=\"other\",container=\"\",user=\"\"";

#define WORTH_A_LINE (64u << 10) /* bytes in one tick */

/* A label's value: names come from processes, so quotes are escaped and the rest is cut. */
static void add_label(struct buf *out, const char *key, const char *text)
{
	enum { LABEL_MAX = 32 };

	buf_addf(out, "%s%s=\"", out->len ? "," : "", key);
	for (size_t i = 0; i < LABEL_MAX && text[i]; i++) {
		unsigned char ch = (unsigned char)text[i];

		if (ch == '"' || ch == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, ch < ' ' || ch >= 0x7f ? '?' : (char)ch);
	}
	buf_add_char(out, '"');
}

/* A new slot, or the one with the same labels: a page with a sample twice is refused as a
 * whole, and names that differ behind the cut are easily made. */
static struct workload_bytes *slot_new(struct workloads *w, const struct actor *a)
{
	struct buf labels _cleanup_buf_ = BUF_INIT;
	struct workload_bytes *s;

	add_label(&labels, "workload", *a->exe ? a->exe : a->comm);
	add_label(&labels, "container", a->container);
	add_label(&labels, "user", a->user);
	if (labels.error || labels.len >= WORKLOAD_LABELS_MAX)
		return NULL;
	for (size_t i = 0; i < w->count; i++)
		if (!strcmp(w->slot[i].labels, labels.data))
			return &w->slot[i];
	if (w->count == WORKLOADS_MAX)
		return NULL;
	s = &w->slot[w->count++];
	*s = (struct workload_bytes){ .actor = a };
	memcpy(s->labels, labels.data, labels.len + 1);
	return s;
}

static struct workload_bytes *slot_of(struct workloads *w, const struct tick_row *row)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->slot[i].actor == row->actor)
			return &w->slot[i];
	return row->actor && row->tx_bytes >= WORTH_A_LINE ? slot_new(w, row->actor) : NULL;
}

void workloads_add(struct workloads *w, const struct tick *tick)
{
	for (size_t i = 0; i < tick->row_count; i++) {
		const struct tick_row *row = &tick->rows[i];
		struct workload_bytes *s;

		if (row->scope == EG_SCOPE_LOOPBACK || row->scope == EG_SCOPE_HOST_LOCAL)
			continue;
		s = slot_of(w, row);
		if (row->scope == EG_SCOPE_PUBLIC)
			*(s ? &s->public_bytes : &w->other_public) += row->tx_bytes;
		else
			*(s ? &s->internal : &w->other_internal) += row->tx_bytes;
	}
}

static void add_sample(struct buf *out, const char *labels, const char *scope, uint64_t bytes)
{
	buf_addf(out, NAME "{%s,scope=\"%s\"} %" PRIu64 "\n", labels, scope, bytes);
}

void workloads_print(const struct workloads *w, struct buf *out)
{
	buf_add_str(out, "# HELP " NAME " Payload bytes that left this host, by workload; a "
			 "workload without a line of its own is in \"other\".\n"
			 "# TYPE " NAME " counter\n");
	for (size_t i = 0; i < w->count; i++) {
		add_sample(out, w->slot[i].labels, "internal", w->slot[i].internal);
		add_sample(out, w->slot[i].labels, "public", w->slot[i].public_bytes);
	}
	add_sample(out, other, "internal", w->other_internal);
	add_sample(out, other, "public", w->other_public);
	buf_addf(out,
		 "# HELP egressd_workloads_tracked Workloads with a line of their own.\n"
		 "# TYPE egressd_workloads_tracked gauge\n"
		 "egressd_workloads_tracked %zu\n"
		 "# HELP egressd_workloads_max Workloads that may have one.\n"
		 "# TYPE egressd_workloads_max gauge\n"
		 "egressd_workloads_max %d\n",
		 w->count, WORKLOADS_MAX);
}
