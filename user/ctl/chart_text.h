/* SPDX-License-Identifier: Apache-2.0
 *
 * A past as a chart in text: bars of what the horizon held, the allowance as a line.
 */
#ifndef CTL_CHART_TEXT_H
#define CTL_CHART_TEXT_H

#include <stdbool.h>

struct buf;
struct past;

struct chart_text_style {
	unsigned int width; /* of the terminal */
	bool utf8;          /* block and line characters; else ASCII */
	bool color;
};

/* Appends the chart, lines ending in '\n'. Nothing if there is no series. Pure. */
void chart_text(struct buf *out, const struct past *past, const struct chart_text_style *style);

#endif
