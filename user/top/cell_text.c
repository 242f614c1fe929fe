/* SPDX-License-Identifier: Apache-2.0
 *
 * Cells of the main table; see cell_text.h.
 */
#include "base/units.h"
#include "top/cell_text.h"

void cell_num(bool known, uint64_t value, char out[CELL_MAX])
{
	char text[8];

	format_short(text, value);
	snprintf(out, CELL_MAX, "%s", known ? text : "-");
}

void cell_via(const struct view_row *row, char out[CELL_MAX])
{
	const char *init = view_text(row, T_INIT), *proto = view_text(row, T_TRANSPORT);
	bool one_port = row->num[N_PORT] != 0;
	unsigned int port = (unsigned int)row->num[N_PORT];

	if (row->other)
		snprintf(out, CELL_MAX, "-");
	else if (strcmp(init, "several") == 0)
		snprintf(out, CELL_MAX, "several");
	else if (strcmp(init, "accepted") == 0 || strcmp(init, "connected") == 0)
		snprintf(out, CELL_MAX,
			 one_port                     ? "%s %u"
			 : row->flows[0]->num[N_PORT] ? "%s mixed"
						      : "%s",
			 init[0] == 'a' ? "in" : "out", port);
	else if (strcmp(proto, "unknown") != 0)
		snprintf(out, CELL_MAX, one_port ? "%s %u" : "%s", proto, port);
	else
		snprintf(out, CELL_MAX, one_port ? "port %u" : "unknown", port);
}

void cell_dest(const struct view_row *row, char out[CELL_MAX])
{
	const char *dst = view_text(row, T_DST), *group = row->flows[0]->text[T_DST_GROUP];
	const char *as = view_text(row, T_AS), *name = view_text(row, T_DST_NAME);
	const char *extra = strcmp(name, "-") != 0 && strcmp(name, "several") != 0 ? name : as;

	if (row->other) {
		snprintf(out, CELL_MAX, "rows not listed");
		return;
	}
	if (row->destinations == 1 && !row->flows[0]->text[T_DST] && !group &&
	    strcmp(view_text(row, T_SCOPE), "host-local") == 0) {
		snprintf(out, CELL_MAX, "this host");
		return;
	}
	if (row->destinations == 1 && !row->flows[0]->text[T_DST] && !group &&
	    row->num[N_FLOWS] > 1) { /* beyond the limit: the daemon kept the sum only */
		snprintf(out, CELL_MAX, "%u flows",
			 (unsigned int)MIN(row->num[N_FLOWS], UINT32_MAX));
		return;
	}
	if (row->destinations > 1) {
		snprintf(out, CELL_MAX, "%zu destinations", row->destinations);
		return;
	}
	if (row->network || !(row->same & (1u << T_DST)))
		dst = group ? group : dst;
	if (strcmp(extra, "-") == 0 || strcmp(extra, "several") == 0)
		snprintf(out, CELL_MAX, "%s", dst);
	else
		snprintf(out, CELL_MAX, "%s %s", dst, extra);
}

static void cell_ratio(const struct view_row *row, char out[CELL_MAX])
{
	uint64_t ratio = row->num[N_RATIO];

	if (!view_knows(row, N_RATIO))
		snprintf(out, CELL_MAX, "-");
	else if (ratio >= 9999500)
		snprintf(out, CELL_MAX, "×9999");
	else if (ratio >= 9950)
		snprintf(out, CELL_MAX, "× %u", (unsigned int)((ratio + 500) / 1000));
	else
		snprintf(out, CELL_MAX, "× %u.%u", (unsigned int)((ratio + 50) / 1000),
			 (unsigned int)((ratio + 50) / 100 % 10));
}

/* Tenths of a per cent without a float: "12.5%". */
static void cell_percent(uint64_t part, uint64_t whole, char out[CELL_MAX])
{
	unsigned int tenths;

	if (whole == 0) {
		snprintf(out, CELL_MAX, "-");
		return;
	}
	tenths = (unsigned int)((double)part * 1000.0 / (double)whole + 0.5);
	if (tenths >= 1000)
		snprintf(out, CELL_MAX, "%u%%", tenths / 10);
	else
		snprintf(out, CELL_MAX, "%u.%u%%", tenths / 10, tenths % 10);
}

/* The process name with the database session behind it, where there is one. */
static void cell_process(const struct view_row *row, char out[CELL_MAX])
{
	const char *name = view_text(row, T_WORKLOAD_NAME), *session = view_text(row, T_SESSION);

	if (row->other)
		snprintf(out, CELL_MAX, "other");
	else if (row->name)
		snprintf(out, CELL_MAX, "%.60s%s", name, row->exited ? " (ended)" : "");
	else if (session[0] == '-' || !strcmp(session, "several"))
		snprintf(out, CELL_MAX, "%.60s", name);
	else
		snprintf(out, CELL_MAX, "%.60s [%.60s]", name, session);
}

/* "orders/db-0": the namespace in front, where it is one. */
static void cell_pod(const struct view_row *row, char out[CELL_MAX])
{
	const char *pod = view_text(row, T_POD), *space = view_text(row, T_NAMESPACE);

	if (pod[0] == '-' || space[0] == '-' || strcmp(pod, "several") == 0)
		snprintf(out, CELL_MAX, "%.90s", pod);
	else
		snprintf(out, CELL_MAX, "%.60s/%.60s", space, pod);
}

/* "AS64500 Example Net NL", as much of it as is known. */
static void cell_as(const struct view_row *row, char out[CELL_MAX])
{
	const char *name = view_text(row, T_AS), *country = view_text(row, T_COUNTRY);
	unsigned int number = (unsigned int)MIN(row->num[N_ASN], UINT32_MAX);
	char as[16] = "";

	if (number)
		snprintf(as, sizeof(as), "AS%u", number);
	if (view_knows(row, N_ASN) && !number)
		name = "several";
	snprintf(out, CELL_MAX, "%s%s%.80s%s%.8s", as, as[0] && name[0] != '-' ? " " : "",
		 name[0] == '-' && (as[0] || country[0] != '-') ? "" : name,
		 country[0] != '-' && strcmp(country, "several") != 0 ? " " : "",
		 country[0] != '-' && strcmp(country, "several") != 0 ? country : "");
}

static void cell_rate(const struct view_row *row, enum num_field f, char out[CELL_MAX])
{
	cell_num(view_knows(row, f) && !row->ended, row->num[f], out);
}

void cell_text(const struct view_row *row, enum column column, uint64_t shown_rate,
	       char out[CELL_MAX])
{
	static const char *const signs[] = { "", "·", "▲", "!" };

	switch (column) {
	case C_SIGN: snprintf(out, CELL_MAX, "%s", row->level < 4 ? signs[row->level] : "!"); break;
	case C_RATIO: cell_ratio(row, out); break;
	case C_PROCESS: cell_process(row, out); break;
	case C_USER: snprintf(out, CELL_MAX, "%.100s", view_text(row, T_USER)); break;
	case C_CONTAINER: snprintf(out, CELL_MAX, "%.100s", view_text(row, T_CONTAINER)); break;
	case C_POD: cell_pod(row, out); break;
	case C_AS: cell_as(row, out); break;
	case C_UNIT: snprintf(out, CELL_MAX, "%.100s", view_text(row, T_UNIT)); break;
	case C_SESSION: snprintf(out, CELL_MAX, "%.100s", view_text(row, T_SESSION)); break;
	case C_PID:
		if (row->name)
			snprintf(out, CELL_MAX, "%u", row->pid);
		else if (row->num[N_PID])
			snprintf(out, CELL_MAX, "%u", (unsigned int)row->num[N_PID]);
		else
			snprintf(out, CELL_MAX, view_knows(row, N_PID) ? "several" : "-");
		break;
	case C_VIA: cell_via(row, out); break;
	case C_DEST: cell_dest(row, out); break;
	case C_SCOPE: snprintf(out, CELL_MAX, "%.100s", view_text(row, T_SCOPE)); break;
	case C_1S: cell_rate(row, N_RATE_1S, out); break;
	case C_10S: cell_rate(row, N_RATE_10S, out); break;
	case C_60S: cell_rate(row, N_RATE_60S, out); break;
	case C_TOTAL: cell_num(view_knows(row, N_PAYLOAD), row->num[N_PAYLOAD], out); break;
	case C_SHARE: cell_percent(row->num[N_RATE_10S], shown_rate, out); break;
	case C_RETRANS: cell_percent(row->num[N_RETRANS], row->num[N_PAYLOAD], out); break;
	case C_WIRE: cell_num(view_knows(row, N_WIRE), row->num[N_WIRE], out); break;
	case C_BASE:
		if (view_knows(row, N_BASE) && row->num[N_BASE] == 0)
			snprintf(out, CELL_MAX, "never");
		else
			cell_num(view_knows(row, N_BASE), row->num[N_BASE], out);
		break;
	case C_READ: cell_num(view_knows(row, N_READ), row->num[N_READ], out); break;
	default: out[0] = '\0';
	}
}
