/* SPDX-License-Identifier: Apache-2.0
 *
 * The child that asks runtimes (egressd-runtimes): started with the first question, ended
 * when there is nothing to ask. A packet each way; both sides of the exchange are here.
 * For one thread; its calls block, within bounds.
 */
#ifndef ENRICH_RUNTIME_CHILD_H
#define ENRICH_RUNTIME_CHILD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "config/runtimes.h"
#include "enrich/runtime_facts.h"

struct buf;

enum {
	RUNTIME_CHILD_FD = 3,
	RUNTIME_PACKET_MAX = 32768, /* bytes either way */
	RUNTIME_TEXT_MAX = 4096,    /* of a name; longer ones are cut */
};

struct runtime_child {
	pid_t pid; /* 0 = none */
	int fd;
};

/* Texts borrow the packet. */
struct runtime_question {
	enum runtime_speech speech;
	const char *socket, *id, *labels;
};

/* Asks, starting the child if there is none. 0, -ENOENT: the runtime does not know; any
 * other errno: it did not answer, or the child failed and is gone. *stop ends it. */
int runtime_child_ask(struct runtime_child *c, const struct runtime_question *q,
		      const atomic_bool *stop, struct runtime_facts *ret);
void runtime_child_end(struct runtime_child *c); /* none is fine */

/* The packets. -EBADMSG; -E2BIG. */
int runtime_question_put(struct buf *out, const struct runtime_question *q);
int runtime_question_get(const char *packet, size_t len, struct runtime_question *ret);
void runtime_reply_put(struct buf *out, int error, const struct runtime_facts *facts);
/* 0 and *ret; the errno in the packet; -EBADMSG. */
int runtime_reply_get(const char *packet, size_t len, struct runtime_facts *ret);

#endif
