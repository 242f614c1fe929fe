/* SPDX-License-Identifier: Apache-2.0
 *
 * A question to the daemon beside the steady answers, and what came back. The screen
 * writes it, a thread asks (asker.h), the screen takes it back. One of each kind is under
 * way at a time; a newer one makes the older void.
 */
#ifndef TOP_ASK_H
#define TOP_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum ask_kind {
	ASK_CHANGE = 0, /* acknowledge, silence, approve, decline */
	ASK_PAST,       /* the hour before a moment */
	ASK_CHART,      /* history of the opened row */
	ASK_INSIDE,     /* connections and files of the opened row's process */
	ASK_KINDS
};

#define ASK_REQUESTS 2
#define ASK_ERROR_MAX 160

struct ask {
	enum ask_kind kind;
	uint64_t ticket;                  /* the newest of its kind is waited for */
	struct buf request[ASK_REQUESTS]; /* JSON, asked one after the other; empty = none */
	struct buf rows[ASK_REQUESTS];
	int64_t when;              /* ASK_PAST: the moment */
	bool failed;               /* then error says why */
	char error[ASK_ERROR_MAX]; /* "" = answered */
};

/* Empty, of this kind; keeps no memory. */
void ask_free(struct ask *ask);

#endif
