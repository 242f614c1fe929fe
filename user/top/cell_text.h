/* SPDX-License-Identifier: Apache-2.0
 *
 * What a cell of the main table says, as text. Pure.
 */
#ifndef TOP_CELL_TEXT_H
#define TOP_CELL_TEXT_H

#include "top/view.h"

#define CELL_MAX 128

/* `shown_rate`: sum of the 10 s rates of all rows, for SHARE. */
void cell_text(const struct view_row *row, enum column column, uint64_t shown_rate,
	       char out[CELL_MAX]);

/* "in 5432", "out 443", "udp 53", "several", "unknown". */
void cell_via(const struct view_row *row, char out[CELL_MAX]);
void cell_dest(const struct view_row *row, char out[CELL_MAX]);

/* 79.4M; "-" when not known. */
void cell_num(bool known, uint64_t value, char out[CELL_MAX]);

#endif
