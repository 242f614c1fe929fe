/* SPDX-License-Identifier: Apache-2.0
 *
 * Column table and layout; see column.h.
 */
#include <string.h>

#include "base/cleanup.h"
#include "top/column.h"

#define ROOMY_WIDTH 140
#define TREE_WIDTH 60 /* from here on */
#define TREE_ROOM 11  /* goes to the indents of a tree of parents */

/* Widths: a rate is at most 5 wide ("79.4M", "128k"), a total too; the destination
 * holds a full IPv6 group. */
const struct column_info columns[C_COUNT] = {
	[C_SIGN] = { "!", 2, 2, false, "! page, ▲ ticket, · notice: an open alert names this row" },
	[C_RATIO] = { "×BASE", 6, 6, true, "observed / allowed; never = this has never been seen" },
	[C_PROCESS] = { "PROCESS", 13, 30, false,
			"the process that sent (not the one that opened the socket)" },
	[C_USER] = { "USER", 8, 12, false, "user it runs as" },
	[C_CONTAINER] = { "CONTAINER", 9, 24, false, "container of the sender; - = host" },
	[C_POD] = { "POD", 9, 30, false, "Kubernetes pod of the sender" },
	[C_UNIT] = { "UNIT", 9, 24, false, "systemd unit" },
	[C_SESSION] = { "SESSION", 9, 20, false, "user@database behind a server process" },
	[C_PID] = { "PID", 7, 7, true, "process id" },
	[C_VIA] = { "VIA", 9, 9, false, "in PORT: they connected to us; out PORT: we connected" },
	[C_DEST] = { "DESTINATION", 14, 39, false, "who received it" },
	[C_AS] = { "NETWORK", 9, 20, false,
		   "operator of the destination's network, and its country, where known" },
	[C_SCOPE] = { "SCOPE", 10, 10, false, "public, private, loopback, ..." },
	[C_1S] = { "1s", 5, 6, true, "payload bytes/s over the last second" },
	[C_10S] = { "10s", 5, 6, true, "the same over 10 seconds" },
	[C_60S] = { "60s", 5, 6, true, "the same over a minute" },
	[C_TOTAL] = { "TOTAL", 5, 6, true,
		      "payload bytes since counting began, each counted once" },
	[C_SHARE] = { "SHARE", 6, 6, true, "its part of the 10 s rate of all rows shown" },
	[C_RETRANS] = { "AGAIN", 6, 6, true, "retransmitted, per cent of payload" },
	[C_WIRE] = { "WIRE", 5, 6, true, "IP bytes on the wire, with headers and repeats" },
	[C_BASE] = { "BASE", 5, 6, true, "bytes/s it is used to; never = first time" },
	[C_SPARK] = { "TREND", 11, 11, false,
		      "rate over the last 60 answers (a minute), own scale" },
	[C_READ] = { "READ", 5, 6, true, "bytes read from database files" },
};

const char *const group_names[G_COUNT] = {
	[G_WORKLOAD] = "workload",
	[G_PROCESS] = "process",
	[G_USER] = "user",
	[G_CONTAINER] = "container",
	[G_POD] = "pod",
	[G_UNIT] = "unit",
	[G_DEST] = "destination",
	[G_DEST_GROUP] = "destination group",
	[G_AS] = "network operator",
	[G_SESSION] = "database session",
	[G_FLOW] = "flow",
};

const char *const tree_names[TREE_KINDS] = {
	[TREE_NONE] = "no",
	[TREE_PARENTS] = "process",
	[TREE_GROUPS] = "group",
};

const char *const column_names[C_COUNT] = {
	[C_SIGN] = "worst",
	[C_RATIO] = "ratio",
	[C_PROCESS] = "process",
	[C_USER] = "user",
	[C_CONTAINER] = "container",
	[C_POD] = "pod",
	[C_UNIT] = "unit",
	[C_SESSION] = "session",
	[C_PID] = "pid",
	[C_VIA] = "via",
	[C_DEST] = "destination",
	[C_AS] = "as",
	[C_SCOPE] = "scope",
	[C_1S] = "rate",
	[C_10S] = "rate10",
	[C_60S] = "rate60",
	[C_TOTAL] = "total",
	[C_SHARE] = "share",
	[C_RETRANS] = "retransmits",
	[C_WIRE] = "wire",
	[C_BASE] = "base",
	[C_SPARK] = "trend",
	[C_READ] = "read",
};

int column_find(const char *name)
{
	for (int i = 0; i < C_COUNT; i++)
		if (strcmp(column_names[i], name) == 0)
			return i;
	return -1;
}

/* Extras: these first EXTRAS of drop_order are no part of the sketch everyone knows. */
#define EXTRAS 5

/* Who goes first when it gets narrow; what is not listed stays to the end. */
static const enum column drop_order[] = {
	C_WIRE, C_RETRANS, C_SCOPE, C_SHARE, C_AS,        C_PID,  C_UNIT, C_POD,  C_SPARK, C_BASE,
	C_READ, C_60S,     C_10S,   C_RATIO, C_CONTAINER, C_USER, C_VIA,  C_DEST, C_TOTAL,
};

enum column column_lead(enum group group)
{
	switch (group) {
	case G_USER: return C_USER;
	case G_CONTAINER: return C_CONTAINER;
	case G_POD: return C_POD;
	case G_UNIT: return C_UNIT;
	case G_DEST:
	case G_DEST_GROUP: return C_DEST;
	case G_AS: return C_AS;
	case G_SESSION: return C_SESSION;
	default: return C_PROCESS;
	}
}

static bool wanted(enum column c, const struct column_facts *f)
{
	if ((f->show | f->hide) & (1u << c))
		return f->show & (1u << c);
	switch (c) {
	case C_RATIO: return f->ratio;
	case C_BASE: return f->base;
	case C_CONTAINER: return f->container || f->group == G_CONTAINER || f->group == G_POD;
	case C_SESSION: return f->group == G_SESSION; /* elsewhere it stands beside the process */
	case C_POD: return f->group == G_POD;
	case C_AS: return f->as || f->group == G_AS;
	case C_UNIT: return f->group == G_UNIT;
	case C_READ: return f->read;
	case C_1S:
	case C_10S:
	case C_SHARE: return !f->minutes;
	case C_PID: return f->group == G_PROCESS || f->group == G_FLOW;
	default: return true;
	}
}

/* Numbers get air where there is room for it, all of them or none. */
static int start_width(enum column c, int screen)
{
	return columns[c].right && screen >= ROOMY_WIDTH ? columns[c].max : columns[c].min;
}

/* One blank follows each column but the sign. */
static int room_of(enum column c, int width)
{
	return width + (c == C_SIGN ? 0 : 1);
}

static int needed(int screen, const bool keep[C_COUNT], bool comfort)
{
	int need = -1;

	for (int c = 0; c < C_COUNT; c++) {
		int width = start_width(c, screen);

		if (comfort && !columns[c].right)
			width = (columns[c].min + columns[c].max) / 2;
		if (keep[c])
			need += room_of(c, width);
	}
	return need;
}

/* Extras come only where names have room to be read; then what must go, goes. */
static void drop_until_fit(int width, const struct column_facts *facts, bool keep[C_COUNT])
{
	enum column lead = column_lead(facts->group);

	for (size_t i = 0; i < ARRAY_SIZE(drop_order); i++) {
		enum column c = drop_order[i];

		if (c == C_60S && facts->minutes)
			continue; /* the only rate there is */
		if (c != lead && !(facts->show & (1u << c)) &&
		    needed(width, keep, i < EXTRAS) > width)
			keep[c] = false;
	}
	for (int c = C_COUNT - 1; c > C_SIGN; c--) /* what one asked for goes last */
		if (c != (int)lead && facts->show & (1u << c) && needed(width, keep, false) > width)
			keep[c] = false;
}

/* Room left over goes round the stretchy columns one cell at a time. */
static void stretch(int width, struct column_place *places, int count)
{
	int left = width + 1;
	bool grew = true;

	for (int i = 0; i < count; i++)
		left -= room_of(places[i].column, places[i].width);
	while (left > 0 && grew) {
		grew = false;
		for (int i = 0; i < count && left > 0; i++) {
			if (columns[places[i].column].right ||
			    places[i].width >= columns[places[i].column].max)
				continue;
			places[i].width++;
			left--;
			grew = true;
		}
	}
}

int column_layout(int width, const struct column_facts *facts, struct column_place places[C_COUNT])
{
	enum column lead = column_lead(facts->group);
	bool keep[C_COUNT];
	int count = 0, x = 0, more = facts->tree && width >= TREE_WIDTH ? TREE_ROOM : 0;

	for (int c = 0; c < C_COUNT; c++)
		keep[c] = wanted(c, facts) || c == (int)lead;
	drop_until_fit(width - more, facts, keep);
	places[count++] = (struct column_place){ C_SIGN, 0, columns[C_SIGN].min };
	if (keep[C_RATIO])
		places[count++] = (struct column_place){ C_RATIO, 0, columns[C_RATIO].min };
	places[count++] = (struct column_place){ lead, 0, columns[lead].min + more };
	for (int c = C_RATIO + 1; c < C_COUNT; c++)
		if (keep[c] && c != (int)lead)
			places[count++] = (struct column_place){ c, 0, start_width(c, width) };
	stretch(width, places, count);
	for (int i = 0; i < count; i++) {
		places[i].x = x;
		x += room_of(places[i].column, places[i].width);
	}
	return count;
}
