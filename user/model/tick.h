/* SPDX-License-Identifier: Apache-2.0
 *
 * A tick: what each series sent in one interval. The only thing detect/ and
 * alert/ ever see, made from two samples by model/ when live and from a trace by
 * replay/, so that both run the same code.
 */
#ifndef MODEL_TICK_H
#define MODEL_TICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "egress/types.h"
#include "model/names.h"

struct flow;

/* Rows are additive: several for one series and interval sum. */
struct tick_row {
	const struct actor *actor;  /* NULL: feeds HOST only */
	const struct dest *dest;    /* NULL with UNKNOWN scope: HOST only, no destination points */
	const struct flow *largest; /* live: the flow that sent most of it; NULL in a replay */
	uint64_t tx_bytes;          /* payload bytes sent in the interval */
	uint64_t rd_bytes;          /* bytes read from watched database files in the interval */
	uint16_t port;              /* service port, 0 = none */
	uint8_t proto;              /* IPPROTO_*, 0 = unknown */
	uint8_t init;               /* enum eg_init */
	uint8_t scope;              /* enum eg_scope; loopback and host-local never feed a series */
	bool tx_unknown;            /* a gap, not a zero */
};

struct tick {
	const char *host;    /* interned by the caller; one engine per host */
	int64_t ts;          /* interval start, Unix seconds, UTC */
	uint32_t interval_s; /* > 0; the interval is accounted at ts + interval_s */
	uint64_t db_bytes;   /* D: bytes under the database's directories; 0 = unknown */
	const struct tick_row *rows;
	size_t row_count;
	bool gap; /* the sensor did not see this interval completely */
};

#endif
