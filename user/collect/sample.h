/* SPDX-License-Identifier: Apache-2.0
 *
 * What collect/ hands on: every kernel counter at one instant. A sample is
 * immutable and owned by the collector until the next call of collect_read().
 */
#ifndef COLLECT_SAMPLE_H
#define COLLECT_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "egress/abi.h"

/* One row as the kernel holds it: cumulative since the row was made. */
struct sample_row {
	struct eg_flow_key key;
	struct eg_flow_val val; /* last_ns: when the collector saw it change */
	uint64_t instance;      /* differs when the kernel made the row of a key anew: its
	                         * counters then start from 0, the old ones are in drained */
};

/* Every way a byte could have escaped exact counting or attribution.
 * All cumulative since the pins were made, units: events unless said. */
struct sample_losses {
	uint64_t flow_map_full;   /* rows that went to the unattributed row instead */
	uint64_t storage_refused; /* sk_storage could not be had */
	uint64_t
		unattributed_bytes; /* payload of column EGRESS in rows without owner or map space */
	uint64_t ring_full;         /* life events lost */
	uint64_t recursion_misses;  /* runs of our tracing programs the kernel skipped */
	uint64_t clock_back;        /* tcp counters that went backwards (tcp_disconnect) */
	uint64_t readers_full;      /* reads whose process found no row: counted, without owner */
	uint64_t file_misses;       /* reads not seen: skipped by the kernel, or unreadable AIO */
};

/* What one process read of the watched directories, cumulative. */
struct sample_reader {
	struct eg_reader_key key;
	struct eg_reader_val val;
};

/* What left by devices that lead off the host, beyond what sockets sent (residual.h). Since
 * this process began to look. */
struct sample_residual {
	bool known;            /* there is such a device in our network namespace */
	unsigned int devices;  /* so many */
	uint64_t device_bytes; /* sent by them, link headers and all */
	uint64_t bytes;        /* of these, no socket's */
};

struct sample {
	uint64_t boot_ns;              /* CLOCK_BOOTTIME when the read ended */
	uint64_t wall_ns;              /* CLOCK_REALTIME of the same instant */
	const struct sample_row *rows; /* in no order; one row a key */
	size_t row_count;
	struct eg_flow_val
		drained[EG_COLUMNS]; /* sum of rows removed from the map since the pins were made */
	struct eg_flow_val
		unattributed[EG_COLUMNS]; /* counted, but in no row: map full, no storage */
	struct eg_flow_val total_before[EG_COLUMNS]; /* kernel totals (payload_bytes; the
	                                             * rest is the sum) read before the rows ... */
	struct eg_flow_val total_after[EG_COLUMNS];  /* ... and after: before <= sum <= after */
	const struct sample_reader *readers;         /* in no order; one a key */
	size_t reader_count;
	struct eg_reader_val readers_drained;      /* processes that ended and left the table */
	struct eg_reader_val readers_unattributed; /* found no row */
	struct eg_reader_val read_total_before, read_total_after; /* as above */
	struct sample_losses losses;
	struct sample_residual residual;
	bool read_invariant_ok;
	bool reads_known;   /* something is watched: no row means nothing read */
	bool inexact;       /* losses moved in this interval: say so */
	bool reads_inexact; /* those of reads did: they may be short, or without owner */
	bool invariant_ok; /* payload: total_before <= rows + drained + unattributed <= total_after */
};

#endif
