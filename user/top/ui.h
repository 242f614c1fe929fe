/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything the view knows and how it reacts: answers of the daemon and keys go
 * in, drawing reads it. No terminal, no socket, no clock in here, so every key can
 * be tested.
 */
#ifndef TOP_UI_H
#define TOP_UI_H

#include "base/buf.h"
#include "top/alert_list.h"
#include "top/ask.h"
#include "top/change.h"
#include "top/chart.h"
#include "top/filter.h"
#include "top/inside.h"
#include "top/menu.h"
#include "top/status.h"
#include "top/tags.h"
#include "top/theme.h"
#include "top/view.h"

#define PROMPT_MAX 500

enum ui_screen {
	SCREEN_MAIN = 0,
	SCREEN_DETAIL,
	SCREEN_ALERTS,
	SCREEN_EXPLAIN,
	SCREEN_HELP,
	SCREEN_MENU
};
enum prompt { PROMPT_NONE = 0, PROMPT_SEARCH, PROMPT_FILTER, PROMPT_TIME, PROMPT_CHANGE };

/* Where a replay is to go; the loop does it and sets it back to none. */
enum seek_kind {
	SEEK_NONE = 0,
	SEEK_STEPS, /* so many intervals of the trace on, or back if negative */
	SEEK_BY,    /* so many seconds on or back */
	SEEK_TO,    /* Unix seconds */
	SEEK_ALERT, /* the next alert that opens */
	SEEK_LIVE,  /* the present */
	SEEK_HOST,  /* of a replay: the same moment of the next host */
};

struct seek {
	enum seek_kind kind;
	int64_t value;
};
enum link_state { LINK_WAITING = 0, LINK_UP, LINK_DOWN };

/* Keys that are no characters. Characters are their code point. */
enum ui_key {
	KEY_NONE = 0,
	KEY_TAB = 9,
	KEY_RETURN = 10,
	KEY_ESCAPE = 27,
	KEY_RUBOUT = 127,
	KEY_ARROW_UP = 0x110000, /* behind the last code point */
	KEY_ARROW_DOWN,
	KEY_ARROW_LEFT,
	KEY_ARROW_RIGHT,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_TO_START,
	KEY_TO_END,
	KEY_FUNCTION, /* + n = Fn */
	KEY_FUNCTION_LAST = KEY_FUNCTION + 12,
	KEY_MOUSE_WHEEL_UP,
	KEY_MOUSE_WHEEL_DOWN,
	KEY_MOUSE_CLICK,
	KEY_UNKNOWN, /* does nothing, but is not the end of input */
};

struct ui_mouse {
	int x, y;
};

/* One answer of the daemon, or why there is none. */
struct snapshot {
	struct buf status, flows, alerts; /* JSON lines */
	char error[160];                  /* "" = the answer is complete */
	int64_t wall_s;                   /* when it was asked, Unix seconds */
};

/* How much of an answer is taken (ui_take_begin()). */
struct intake {
	enum { INTAKE_NONE = 0, INTAKE_FLOWS, INTAKE_MARKS } stage;
	const struct snapshot *snapshot;
	struct flow_table *table; /* the shown one, or the present's behind the past */
	size_t at;                /* in the snapshot's flows */
	struct flow_row *row;     /* the next to be marked */
};

struct ui {
	struct intake intake;
	struct flow_table flows;
	struct alert_list alerts;
	struct status status;
	struct view view;
	struct view_options options;
	float host_history[HISTORY_SLOTS]; /* egress of the host, ring like flows.head */

	enum ui_screen screen, came_from;
	int width, height; /* of the last drawing: what a page is */
	uint64_t selected; /* view row; 0 = the first */
	long cursor, top;
	long page_top, page_lines; /* scroll of detail, explain, help */
	uint64_t detail_id;
	struct chart chart;   /* of the opened row */
	struct inside inside; /* of its process */
	struct menu menu;
	struct tags tags;
	struct tags closed, opened; /* rows of the tree */
	char user[MENU_NAME_MAX];   /* only this one's rows; "" = all */
	enum theme theme;
	bool save; /* the setup is to be written; the loop does it */
	char alert_id[72];
	char follow_id[72]; /* the alert to whose moment one is on the way; "" = none */
	long alert_cursor, alert_top;

	enum prompt prompt;
	char prompt_text[PROMPT_MAX + 1];
	char search[PROMPT_MAX + 1];
	char filter_text[PROMPT_MAX + 1];
	struct filter *filter;
	struct filter_error filter_error; /* of prompt_text while typing */
	bool filter_bad;

	enum link_state link;
	char link_error[160];
	int64_t link_since_s; /* of the present link state */
	bool was_up;          /* the daemon has answered before: a new one is a reconnect */
	int64_t now_s, data_s;
	struct ui_mouse mouse; /* of the last mouse key */
	int table_y;           /* line of the column titles, as drawn last */
	bool paused, replay, quit;
	int64_t past_s;         /* live: end of the minute that is shown; 0 = the present */
	int64_t asked_s;        /* the moment that is asked for, while it is waited for */
	int64_t past_alert_s;   /* the next alert after it; 0 = none */
	bool past_stays;        /* the moment that is asked for is to be looked at, not played */
	struct flow_table kept; /* the present's rows while the past is shown */
	struct seek seek;
	struct ask outbox[ASK_KINDS]; /* to be asked, where request[0] is not empty */
	uint64_t awaited[ASK_KINDS];  /* ticket of the answer that is waited for; 0 = none */
	uint64_t tickets;             /* given out */
	enum change_kind change;      /* what ASK_CHANGE, or the prompt, is about */
	char change_id[72];           /* and which alert */
	unsigned int speed;           /* of a replay or the past: intervals an answer */
	uint32_t interval_s;          /* of the trace that is replayed */
	char message[160];            /* one line for the user, until the next key */
};

void ui_init(struct ui *ui);
void ui_free(struct ui *ui);

/* Takes an answer. Lines that make no sense are counted, never fatal. -ENOMEM. */
int ui_take(struct ui *ui, const struct snapshot *snapshot);
/* The same in pieces, with keys in between: the rows that are shown stay until all is taken.
 * The snapshot is left alone until then. ui_take_more() takes about `lines`. */
void ui_take_begin(struct ui *ui, const struct snapshot *snapshot);
int ui_take_more(struct ui *ui, size_t lines);
static inline bool ui_is_taking(const struct ui *ui)
{
	return ui->intake.stage != INTAKE_NONE;
}

/* One key. */
void ui_press(struct ui *ui, uint32_t key);

/* For ui_press() only: keys that move the cursor, or time; false for others. */
bool ui_press_move(struct ui *ui, uint32_t key);
bool ui_press_time(struct ui *ui, uint32_t key);

/* Keys while a prompt is open; for ui_press() only. */
void prompt_press(struct ui *ui, uint32_t key);
void prompt_open(struct ui *ui, enum prompt prompt);

/* For ui_press() only: keys of the trees; false for others. */
bool ui_press_tree(struct ui *ui, uint32_t key);

/* Rebuilds the view after a change of options or data and keeps the cursor on the
 * row it was on. */
void ui_refresh(struct ui *ui);
/* The same where view_arrange() does. */
void ui_reorder(struct ui *ui);

/* A question of this kind to be written, in place of one that was not sent yet; its
 * answer is waited for. */
struct ask *ui_ask(struct ui *ui, enum ask_kind kind);
static inline bool ui_waits(const struct ui *ui, enum ask_kind kind)
{
	return ui->awaited[kind] != 0;
}
/* Takes an answer: the one that is waited for is shown, others are passed over. -ENOMEM. */
int ui_answer(struct ui *ui, const struct ask *ask);

/* The row under the cursor, or NULL; the alert under the alerts cursor, or NULL; the
 * loudest open alert that names a flow of this row (one of view_at()), or NULL. */
const struct view_row *ui_row(const struct ui *ui);
const struct alert_row *ui_alert(const struct ui *ui);
const struct alert_row *ui_alert_of_row(const struct ui *ui, const struct view_row *row);
bool ui_alert_names_row(const struct alert_row *a, const struct view_row *row);
/* The cursor to the row an alert is about; false: there is none. */
bool ui_choose_row_of(struct ui *ui, const struct alert_row *a);
/* The same at the moment one went to for an alert, follow_id. */
void ui_follow(struct ui *ui);
const struct alert_row *ui_find_alert(const struct ui *ui, const char *id);

/* Moves the cursor to the next (step 1) or previous (-1) row that has the search
 * text; says so when there is none. `from_here`: the present row counts. */
void ui_search(struct ui *ui, int step, bool from_here);

/* Sets the filter from the command line. -EINVAL with filter_error filled. */
int ui_set_filter(struct ui *ui, const char *text);

/* The alert the user looks at: chosen, explained, or of the chosen row; or NULL. */
const struct alert_row *ui_present_alert(const struct ui *ui);

_printf_(2, 3) void ui_say(struct ui *ui, const char *format, ...);

#endif
