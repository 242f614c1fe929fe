/* SPDX-License-Identifier: Apache-2.0
 *
 * The running program: the screen with what feeds it. Opened, run through its loop, closed.
 */
#ifndef TOP_APP_H
#define TOP_APP_H

#include "top/asker.h"
#include "top/canvas.h"
#include "top/feed.h"
#include "top/options.h"
#include "top/playback.h"
#include "top/term.h"
#include "top/ui.h"

#define STATUS_FAILED 1
#define STATUS_USAGE 2

struct app {
	struct ui ui;
	struct canvas canvas;
	struct snapshot snapshot;
	struct term *term;
	struct feed *feed;         /* live, */
	struct asker *asker;       /* with questions beside it, or */
	struct playback *playback; /* a replay, */
	int timer_fd;              /* and its pace */
	int signal_fd;
};

/* Takes the terminal, the daemon or the trace, and shows them until the user leaves; says
 * on stderr what is wrong. Returns the exit status. */
int app_run(struct app *a, const struct options *o);
void app_close(struct app *a);

/* For app_run(): keys, answers and signals go into the ui, the ui is drawn. 0 or a negative
 * errno. */
int app_loop(struct app *a);

#endif
