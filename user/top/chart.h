/* SPDX-License-Identifier: Apache-2.0
 *
 * The history chart of an opened row: an hour by minutes, a day by hours, four weeks by
 * days, against what detection allows in one bar's time. Asked of the daemon when the
 * page is open, at most once a bar or a minute.
 */
#ifndef TOP_CHART_H
#define TOP_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum chart_span { CHART_MINUTE = 0, CHART_HOUR, CHART_DAY, CHART_MONTH, CHART_SPANS };

#define CHART_BARS_MAX 60

struct chart_info {
	const char *name;
	const char *horizon; /* of detection, that is one bar long; NULL: the live minute */
	uint32_t bar_s;
	unsigned int bars;
};
extern const struct chart_info charts[CHART_SPANS];

struct chart {
	enum chart_span span;
	uint64_t row;                   /* of the view; what was asked for, with span and end */
	int64_t end;                    /* end of the newest bar; 0 = nothing asked yet */
	int64_t asked_s;                /* when */
	uint64_t bytes[CHART_BARS_MAX]; /* by bar, the newest first */
	uint64_t allowed;               /* in one bar's time; of all series of the workload */
	uint64_t usual;                 /* what was learned */
	bool allowed_known;
	char error[160]; /* why there is none */
};

struct buf;
struct ui;

/* Takes answers: history lines summed by step, and baseline lines of the workload (may be
 * empty). Lines that make no sense are passed over. Pure. */
void chart_take(struct chart *c, const struct buf *history, const struct buf *baseline);

/* Asks for the opened row's chart if it is not of now. */
void chart_update(struct ui *ui);
struct ask;
void chart_answer(struct chart *c, const struct ask *ask);

#endif
