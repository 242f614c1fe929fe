/* SPDX-License-Identifier: Apache-2.0
 *
 * The three lines on top: who and how exact, how much, what is wrong; see draw.h.
 * Pieces that do not fit are left out from the right, so each line begins with
 * what matters most.
 */
#include "base/units.h"
#include "egress/version.h"
#include "top/draw.h"

struct pen {
	struct canvas *c;
	int x, y, end; /* next column, line, first column that is taken */
};

/* Adds a piece if it fits whole, `gap` blanks before it. Returns whether it did. */
_printf_(4, 5) static bool piece(struct pen *p, int gap, uint8_t style, const char *format, ...)
{
	char text[300];
	va_list ap;
	int width;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	width = canvas_width(text);
	if (p->x == 0)
		gap = 0;
	if (p->x + gap + width > p->end)
		return false;
	p->x += gap;
	p->x += canvas_put(p->c, p->x, p->y, width, style, text);
	return true;
}

static const char *or_unknown(const char *s)
{
	return s[0] ? s : "unknown";
}

static void uptime_text(const struct status *s, char out[24])
{
	unsigned int days = (unsigned int)(s->uptime_s / 86400),
		     hours = (unsigned int)(s->uptime_s / 3600 % 24);
	unsigned int minutes = (unsigned int)(s->uptime_s / 60 % 60);

	if (!s->uptime_known)
		snprintf(out, 24, "unknown");
	else if (days)
		snprintf(out, 24, "%ud %02uh", days, hours);
	else if (hours)
		snprintf(out, 24, "%uh %02um", hours, minutes);
	else
		snprintf(out, 24, "%um %02us", minutes, (unsigned int)(s->uptime_s % 60));
}

static void draw_title(struct canvas *c, const struct ui *ui, int y)
{
	const struct status *s = &ui->status;
	struct pen p = { c, 0, y, c->width };
	char uptime[24];

	canvas_fill(c, 0, y, c->width, S_TITLE, ' ');
	uptime_text(s, uptime);
	piece(&p, 0, S_TITLE, "egressd %s", s->version[0] ? s->version : EGRESS_VERSION);
	if (!s->known)
		return;
	piece(&p, 2, S_TITLE, "%s", or_unknown(s->host));
	if (!ui->replay)
		piece(&p, 2, S_TITLE, "up %s", uptime);
	piece(&p, 2, S_TITLE, "counting: %s", or_unknown(s->counting));
	piece(&p, 3, S_TITLE, "learning: %s", or_unknown(s->learning));
	if (s->sinks[0])
		piece(&p, 3, S_TITLE, "sinks: %s", s->sinks);
	if (s->reduced[0])
		piece(&p, 3, S_TITLE, "reduced: %s", s->reduced);
}

static void host_rates(const struct ui *ui, double ret[HISTORY_SLOTS])
{
	for (unsigned int age = 0; age < HISTORY_SLOTS; age++)
		ret[age] = (double)ui->host_history[(ui->flows.head + HISTORY_SLOTS - age) %
						    HISTORY_SLOTS];
}

static const char *short_bytes(char out[8], uint64_t v)
{
	format_short(out, v);
	return out;
}

static void draw_egress(struct canvas *c, const struct ui *ui, int y)
{
	const uint64_t *rate = ui->view.scope_rate;
	uint64_t internal = rate[EG_SCOPE_PRIVATE] + rate[EG_SCOPE_LINK_LOCAL];
	uint64_t local = rate[EG_SCOPE_LOOPBACK] + rate[EG_SCOPE_HOST_LOCAL];
	uint64_t rest = rate[EG_SCOPE_MULTICAST] + rate[EG_SCOPE_UNKNOWN];
	const struct flow_totals *t = &ui->flows.totals;
	struct pen p = { c, 0, y, c->width };
	double minute[HISTORY_SLOTS];
	char a[8], b[8];

	if (!ui->was_up) {
		piece(&p, 0, S_PLAIN, "egress  unknown");
		return;
	}
	piece(&p, 0, S_PLAIN, "egress %6s/s",
	      short_bytes(a, rate[EG_SCOPE_PUBLIC] + internal + rest));
	if (c->width >= 100) {
		host_rates(ui, minute);
		draw_spark(c, p.x + 2, y, 12, ui->flows.filled, S_GRAPH, minute);
		p.x += 14;
	}
	piece(&p, 2, S_PLAIN, "public %6s/s", short_bytes(a, rate[EG_SCOPE_PUBLIC]));
	piece(&p, 2, S_PLAIN, "internal %6s/s", short_bytes(a, internal));
	if (ui->past_s)
		piece(&p, 2, S_PAST, "TOTAL is of the hour before");
	else if (t->known)
		piece(&p, 2, t->unattributed ? S_TICKET : S_PLAIN, "unattributed %-5s",
		      short_bytes(a, t->unattributed));
	else
		piece(&p, 2, S_PLAIN, "unattributed unknown");
	if (t->lost)
		piece(&p, 2, S_TICKET, "losses %s", short_bytes(a, t->lost));
	piece(&p, 2, S_DIM, "loopback %6s/s", short_bytes(a, local));
	if (ui->past_s)
		return;
	if (ui->status.today_known && ui->status.allowed_known)
		piece(&p, 2, S_PLAIN, "24 h %s (allowed %s)",
		      short_bytes(a, ui->status.today_bytes),
		      short_bytes(b, ui->status.allowed_bytes));
	else if (ui->status.today_known)
		piece(&p, 2, S_PLAIN, "24 h %s", short_bytes(a, ui->status.today_bytes));
}

static void clock_text(int64_t unix_s, char out[16])
{
	char text[32];

	format_time(text, unix_s);
	snprintf(out, 16, "%.9s", text + 11);
}

/* "REPLAY 2026-05-01 14:03:07Z x60 ▶": the past must not pass for the present. */
static void replay_text(const struct ui *ui, char *out, size_t size)
{
	char at[32];

	format_time(at, ui->data_s);
	at[10] = ' ';
	if (ui->paused)
		snprintf(out, size, "REPLAY %s stopped", at);
	else
		snprintf(out, size, "REPLAY %s x%u ▶", at, ui->speed * MAX(ui->interval_s, 1u));
}

/* "PAST 2026-05-01 02:13Z (11 h 49 m ago) x60 ▶" */
static void past_text(const struct ui *ui, char *out, size_t size)
{
	unsigned int ago = (unsigned int)MIN(MAX(ui->now_s - ui->past_s, 0) / 60, 9999999);
	char at[32], since[32], speed[24] = "";

	format_time(at, ui->past_s);
	at[10] = ' ';
	if (ago >= 1440)
		snprintf(since, sizeof(since), "%u d %u h", ago / 1440, ago / 60 % 24);
	else if (ago >= 60)
		snprintf(since, sizeof(since), "%u h %u m", ago / 60, ago % 60);
	else
		snprintf(since, sizeof(since), "%u m", ago);
	if (!ui->paused)
		snprintf(speed, sizeof(speed), " x%u ▶", ui->speed * 60);
	snprintf(out, size, "PAST %.16sZ (%s ago)%s", at, since, speed);
}

/* "LOADING 2026-05-01 02:13Z ..., Esc stops": while it is fetched the old rows stay. */
static void loading_text(const struct ui *ui, char *out, size_t size)
{
	char at[32];

	format_time(at, ui->asked_s);
	at[10] = ' ';
	snprintf(out, size, "%sLOADING %.16sZ, Esc stops", ui->past_s ? "PAST " : "", at);
}

/* When the numbers are from: right-aligned, so it never moves. */
static int draw_when(struct canvas *c, const struct ui *ui, int y)
{
	char text[80], at[16], since[16];
	uint8_t style = S_PAST;
	int width;

	clock_text(ui->data_s, at);
	clock_text(ui->link_since_s, since);
	if (ui_waits(ui, ASK_PAST)) {
		loading_text(ui, text, sizeof(text));
	} else if (ui->replay) {
		replay_text(ui, text, sizeof(text));
	} else if (ui->past_s) {
		past_text(ui, text, sizeof(text));
	} else if (ui->link == LINK_DOWN) {
		snprintf(text, sizeof(text), "NO DAEMON since %s", since);
	} else if (ui->link == LINK_WAITING) {
		snprintf(text, sizeof(text), "CONNECTING");
	} else if (ui->paused) {
		snprintf(text, sizeof(text), "PAUSED %s", at);
	} else {
		snprintf(text, sizeof(text), "LIVE %s", at);
		style = S_GOOD;
	}
	width = canvas_width(text);
	canvas_put_right(c, MAX(c->width - width, 0), y, MIN(width, c->width), style, text);
	return c->width - width;
}

/* "3 tagged: 81.2M/s, 4.6G" */
static void draw_tagged(struct pen *p, const struct ui *ui)
{
	struct tags_sum sum;
	char rate[8], total[8];

	tags_add_up(&ui->tags, &ui->view, &sum);
	if (!sum.rows)
		return;
	piece(p, 3, S_NOTICE, "* %zu tagged: %s/s, %s", sum.rows, short_bytes(rate, sum.rate),
	      short_bytes(total, sum.payload));
}

static void draw_counts(struct canvas *c, const struct ui *ui, int y)
{
	static const char *const names[] = { "", "notice", "ticket", "page" };
	const struct view_options *o = &ui->options;
	struct pen p = { c, 0, y, draw_when(c, ui, y) - 2 };
	const size_t *open = ui->alerts.open;
	bool any = false;

	piece(&p, 0, S_PLAIN, "alerts");
	for (unsigned int level = EG_LEVEL_PAGE; level >= EG_LEVEL_NOTICE; level--) {
		if (!open[level])
			continue;
		any = true;
		piece(&p, 2, draw_level_style(level), "%s %zu %s", draw_level_sign(level),
		      open[level], names[level]);
	}
	if (!any)
		piece(&p, 2, S_PLAIN, "%s", ui->status.known ? "none open" : "unknown");
	if (ui->view.parents)
		piece(&p, 3, S_PLAIN, "tree: by parent");
	else
		piece(&p, 3, S_PLAIN, "group: %s%s", group_names[o->group],
		      o->tree == TREE_PARENTS  ? " (tree; no parents known)"
		      : o->tree == TREE_GROUPS ? " (tree)"
					       : "");
	piece(&p, 3, S_PLAIN, "sort: %s %s%s", o->sort == C_SIGN ? "worst" : columns[o->sort].title,
	      o->invert ? "▲" : "▼", o->freeze ? " (frozen)" : "");
	draw_tagged(&p, ui);
	if (ui->user[0])
		piece(&p, 3, S_NOTICE, "user: %s", ui->user);
	if (ui->filter_text[0] || ui->prompt == PROMPT_FILTER)
		piece(&p, 3, S_NOTICE, "filter hides %u", (unsigned int)ui->view.hidden);
	else
		piece(&p, 3, S_PLAIN, "filter: none");
}

int draw_head(struct canvas *c, const struct ui *ui, int lines)
{
	int y = 0;

	if (lines != 2) /* with room for two, what and when go before who */
		draw_title(c, ui, y++);
	if (lines >= 2) {
		draw_egress(c, ui, y++);
		draw_counts(c, ui, y++);
	}
	return y;
}
