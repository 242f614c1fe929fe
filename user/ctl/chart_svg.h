/* SPDX-License-Identifier: Apache-2.0
 *
 * A past as inline SVG: two charts over the same time, what was sent and what was judged
 * against its allowance.
 */
#ifndef CTL_CHART_SVG_H
#define CTL_CHART_SVG_H

struct buf;
struct past;

/* Appends them; a sentence where there is no history. Pure. */
void chart_svg(struct buf *out, const struct past *past);

#endif
