/* SPDX-License-Identifier: Apache-2.0
 *
 * The help page: keys, signs, columns, filter fields, from the tables the program
 * itself works with; see draw.h.
 */
#include "top/draw.h"

struct help_line {
	const char *key, *text;
};

static const struct help_line keys[] = {
	{ "Up Down PgUp PgDn Home End", "move" },
	{ "Enter", "open the row: who, its flows, connections, files, charts" },
	{ "e", "explain: why this row is an alert, or why not" },
	{ "a", "alerts; there Enter jumps to the row, @ to the moment" },
	{ "k", "acknowledge the alert (this and the next: root or the admin group)" },
	{ "s", "silence it up to so many bytes, for so long" },
	{ "y  d", "approve, decline: it may, or never may, become normal" },
	{ "<  >", "sort by the column on the left or right" },
	{ "I  !  T  R", "invert; worst first; by total; by rate" },
	{ "g  b", "group by the next or previous: workload, process, user, ..." },
	{ "t, F5", "tree: processes below those that started them; again: each group with its "
		   "processes; again: none" },
	{ "f, F6  + -", "in a tree: open, close the row; + also shows a process's flows" },
	{ "*", "in a tree: the flows of every process, or of none" },
	{ "u", "only one user's rows" },
	{ "Space  U", "tag the row; untag all: the header adds them up" },
	{ "Z, p", "pause the screen; counting goes on" },
	{ "[ ]  { }  ( )", "the past: a minute, an hour, a day back or on; End returns" },
	{ "@", "go to a time, or the next alert; on the alerts screen: to its moment" },
	{ "+ -", "speed, while the past or a replay is played (Z)" },
	{ "Tab", "in an opened row: the last minute, hour, day, 4 weeks" },
	{ "H", "in a replay of several hosts: the next one" },
	{ "C", "choose columns" },
	{ "S, F2", "setup: theme, columns, save it" },
	{ "o", "freeze the order; numbers go on" },
	{ "/, F3   n  N", "search; next, previous" },
	{ "\\, F4", "filter, see below; Esc clears it" },
	{ "L", "show what stays on the host too, and flows that sent nothing" },
	{ "x", "send ended rows away" },
	{ "K c", "reserved: throttle, cut; this daemon offers neither" },
	{ "?, F1, h", "this page" },
	{ "q, F10", "back, and from the table: quit" },
};

static const struct help_line examples[] = {
	{ "user:postgres,redis", "one of them" },
	{ "-container:*", "not in a container" },
	{ "dst:10.0.0.0/8", "address in a network" },
	{ "rate>10M total>=1G", "numbers: k, M, G, T are thousands" },
	{ "cmd~dump|copy", "a pattern" },
	{ "is:alert is:ended level:ticket", "named by an open alert; ended; at least a ticket" },
	{ "pg_dump", "a word in process, user, container, destination or session" },
};

static int section(struct canvas *c, int y, const char *title)
{
	(void)canvas_put(c, 1, y, c->width - 1, S_HEADER, title);
	return y + 1;
}

static int entry(struct canvas *c, int y, int key_room, const char *key, const char *text)
{
	(void)canvas_put_cut(c, 2, y, key_room - 1, S_KEY, key);
	if (c->width < key_room + 30)
		return MAX(draw_wrapped(c, 6, y + 1, c->width - 7, 3, S_PLAIN, text), y + 1);
	return MAX(draw_wrapped(c, 2 + key_room, y, c->width - 3 - key_room, 3, S_PLAIN, text),
		   y + 1);
}

int draw_help(struct canvas *c, const struct ui *ui)
{
	int y = 0;

	y = section(c, y, "THE COLUMN YOU SORT BY (< and > choose another)");
	y = entry(c, y, 14,
		  ui->options.sort == C_SIGN ? "worst first" : columns[ui->options.sort].title,
		  ui->options.sort == C_SIGN
			  ? "open alerts by level, then how far from normal, then the rate"
			  : columns[ui->options.sort].help);
	y = section(c, y + 1, "KEYS");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		y = entry(c, y, 28, keys[i].key, keys[i].text);
	y = section(c, y + 1, "COLUMNS");
	for (int i = 0; i < C_COUNT; i++)
		y = entry(c, y, 14, columns[i].title, columns[i].help);
	y = section(c, y + 1,
		    "FILTER: terms are joined by \"and\", commas by \"or\", - turns a term round");
	for (size_t i = 0; i < ARRAY_SIZE(examples); i++)
		y = entry(c, y, 32, examples[i].key, examples[i].text);
	y = section(c, y + 1, "FILTER FIELDS");
	for (int i = 0; i < T_COUNT; i++)
		y = entry(c, y, 14, text_fields[i].filter, text_fields[i].help);
	for (int i = 0; i < N_COUNT; i++)
		y = entry(c, y, 14, num_fields[i].filter, num_fields[i].help);
	return y;
}
