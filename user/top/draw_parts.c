/* SPDX-License-Identifier: Apache-2.0
 *
 * Small pieces every screen uses: signs, wrapped text, sparklines; see draw.h.
 */
#include "egress/types.h"
#include "top/draw.h"
#include "top/utf8.h"

uint8_t draw_level_style(unsigned int level)
{
	switch (level) {
	case EG_LEVEL_PAGE: return S_PAGE;
	case EG_LEVEL_TICKET: return S_TICKET;
	case EG_LEVEL_NOTICE: return S_NOTICE;
	default: return S_PLAIN;
	}
}

const char *draw_level_sign(unsigned int level)
{
	switch (level) {
	case EG_LEVEL_PAGE: return "!";
	case EG_LEVEL_TICKET: return "▲";
	case EG_LEVEL_NOTICE: return "·";
	default: return " ";
	}
}

/* Bytes of text that fit `room` columns, broken behind a blank if there is one. */
static size_t fitting(const char *text, int room)
{
	const char *p = text, *last_blank = NULL;
	int used = 0;

	while (*p) {
		const char *before = p;
		uint32_t ch = utf8_next(&p);

		if (used + utf8_width(ch) > room)
			return (size_t)((last_blank ? last_blank : before) - text);
		used += utf8_width(ch);
		if (ch == ' ')
			last_blank = p;
	}
	return (size_t)(p - text);
}

int draw_wrapped(struct canvas *c, int x, int y, int room, int max_lines, uint8_t style,
		 const char *text)
{
	char line[1024];

	room = MIN(room, (int)sizeof(line) / 4 - 1);
	if (room < 1)
		return y;
	for (int n = 0; *text && n < max_lines; n++, y++) {
		size_t len = fitting(text, room);

		if (len == 0) /* one wide character and no room for it */
			break;
		if (n == max_lines - 1) {
			(void)canvas_put_cut(c, x, y, room, style, text);
			return y + 1;
		}
		len = MIN(len, sizeof(line) - 1);
		memcpy(line, text, len);
		line[len] = '\0';
		(void)canvas_put(c, x, y, room, style, line);
		text += len;
	}
	return y;
}

/* Mean of the answers that fall into one of `slots` equal parts of the minute. */
static double slot_value(int slot, int slots, unsigned int filled, bool *ret_known,
			 const double rate[HISTORY_SLOTS])
{
	unsigned int first = (unsigned int)(slot * HISTORY_SLOTS / slots);
	unsigned int last = (unsigned int)((slot + 1) * HISTORY_SLOTS / slots);
	unsigned int n = 0;
	double sum = 0;

	for (unsigned int age = first; age < last && age < filled; age++, n++)
		sum += rate[age];
	*ret_known = n > 0;
	return n ? sum / n : 0;
}

void draw_spark(struct canvas *c, int x, int y, int slots, unsigned int filled, uint8_t style,
		const double rate[HISTORY_SLOTS])
{
	double values[HISTORY_SLOTS] = { 0 }, top = 0;
	bool known[HISTORY_SLOTS] = { false };

	slots = MIN(slots, HISTORY_SLOTS);
	for (int i = 0; i < slots; i++) {
		values[i] = slot_value(i, slots, filled, &known[i], rate);
		top = MAX(top, values[i]);
	}
	for (int i = 0; i < slots; i++) {
		uint32_t bar = 0x2581;

		if (!known[i])
			continue;
		if (values[i] > 0)
			bar += 1 + (uint32_t)(values[i] / top * 6.0 + 0.5);
		canvas_fill(c, x + slots - 1 - i, y, 1, style, bar);
	}
}
