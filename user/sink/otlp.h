/* SPDX-License-Identifier: Apache-2.0
 *
 * OTLP/HTTP: the request around log records or metrics, and what an answer says.
 */
#ifndef SINK_OTLP_H
#define SINK_OTLP_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/* Begins an ExportLogsServiceRequest's parts in `scope`: add records by
 * otlp_add_record(), then otlp_request() closes it into `out`. */
void otlp_add_record(struct buf *scope, const struct buf *record);
int otlp_request(const char *host, const struct buf *scope, struct buf *out);

/* One attribute (KeyValue) of text. */
void otlp_add_text(struct buf *out, uint32_t field, const char *key, const char *text);

/* An ExportMetricsServiceRequest from Prometheus text (ours: HELP and TYPE before the
 * samples). What it does not understand is left out. -ENODATA: no metric in it. */
int otlp_metrics(const char *host, const char *text, size_t len, uint64_t start_ns, uint64_t now_ns,
		 struct buf *out);

/* rejected_log_records (or data points) of an ExportLogsServiceResponse, and its error message (cut to
 * `size`). -EBADMSG: no such response. */
int otlp_response(const void *data, size_t len, uint64_t *ret_rejected, char *message, size_t size);

#endif
