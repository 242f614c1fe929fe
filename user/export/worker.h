/* SPDX-License-Identifier: Apache-2.0
 *
 * One thread a sink: takes records in order, sends them in batches, tries again with
 * full jitter for as long as it takes, and says what the receiver has. Its queue is
 * bounded by the credit it gave.
 */
#ifndef EXPORT_WORKER_H
#define EXPORT_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outlet;
struct sink_config;
struct worker;

struct worker_stats {
	uint64_t sent;     /* events handed to the receiver, repeats too */
	uint64_t acked;    /* events done with: acknowledged, or past the window */
	uint64_t retries;  /* batches that failed and are tried again */
	uint64_t rejected; /* events refused for good */
	uint64_t resent;   /* events written to a connection that broke */
	uint64_t skipped;  /* below the sink's level, or heartbeats nobody took */
	uint64_t queued;   /* now */
	int64_t last_success_s;
	bool open; /* circuit: only one event at a time is tried */
};

/* Takes the configuration over. Starts the thread and gives the first credit. */
int worker_start(struct outlet *outlet, unsigned int index, struct sink_config *config,
		 const char *host, struct worker **ret);

/* One record; copied. Sequence 0: sent if there is room, never acknowledged. */
int worker_push(struct worker *w, uint64_t sequence, const void *line, size_t len);

/* The sensor's metrics of now (Prometheus text): copied when the sink sends any and it
 * is time; an older page not yet sent is forgotten. */
void worker_metrics(struct worker *w, const void *text, size_t len);

void worker_get_stats(struct worker *w, struct worker_stats *ret);
const char *worker_name(const struct worker *w);

#endif
