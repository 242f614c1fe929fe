/* SPDX-License-Identifier: Apache-2.0
 *
 * One kind of receiver: how a batch is sent and what its answer means for each
 * event. Calls block, bounded by the sink's timeout: each sink has a thread of its
 * own, so that a slow one delays nobody. Retrying, order and acknowledgement are the
 * caller's (user/export/).
 */
#ifndef SINK_SENDER_H
#define SINK_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/sinks.h"
#include "sink/format.h"

struct sender;

enum send_verdict {
	SEND_RETRY = 0, /* not taken, or not known: send again */
	SEND_DONE,      /* the receiver has it (or nothing more can be known: UDP) */
	SEND_PENDING,   /* written, and no acknowledgement will come: keep for the window */
	SEND_REJECT,    /* refused for good; `why` of the batch says how */
	SEND_SPLIT,     /* the batch was refused: send each alone */
};

struct send_item {
	const char *line; /* the stored event */
	size_t len;
	enum send_verdict verdict; /* SEND_RETRY when send() is called */
	char why[120];             /* of a refusal of its own; "" = the batch's */
};

struct send_result {
	uint32_t retry_after_ms; /* asked for by the receiver; 0 = not */
	uint64_t unnamed;        /* taken and then rejected, without saying which */
	char why[256];           /* of the last refusal or failure; "" = none */
};

struct sender_ops {
	int (*open)(const struct params_sink *params, const char *host, struct sender **ret);
	void (*send)(struct sender *s, struct send_item *items, size_t count,
		     struct send_result *result);
	/* 0: whatever was pending is at the receiver as far as the kernel knows;
	 * -EAGAIN: not yet; else it broke, and what is pending must be sent again. */
	int (*settle)(struct sender *s);
	/* The sensor's metrics of now, Prometheus text; NULL where the receiver has no place
	 * for them. Negative errno with words in `result`; nothing is tried again. */
	int (*send_metrics)(struct sender *s, const char *text, size_t len,
			    struct send_result *result);
	void (*close)(struct sender *s);
};

/* Once, before the first thread. -ENOMEM. */
int sender_init(void);

/* Operations of a type; NULL when this build has none. */
const struct sender_ops *sender_find(const char *type);

extern const struct sender_ops sender_file, sender_syslog, sender_webhook, sender_elastic,
	sender_splunk, sender_otlp, sender_clickhouse, sender_kafka, sender_journald, sender_upload;

/* The sink's document of one line in its format (`fallback` when that is "auto").
 * -EINVAL: no record of ours. */
int sender_format(const struct params_sink *params, const char *fallback,
		  const struct send_item *item, struct buf *out);
struct format_options sender_format_options(const struct params_sink *params);

/* Appends to result->why, cut. */
void sender_why(struct send_result *result, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
