/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that ask what the screen wants to know beside the steady answers, one for each
 * kind of question, so that neither a key nor another question waits for a slow one.
 */
#ifndef TOP_ASKER_H
#define TOP_ASKER_H

#include "top/ask.h"

struct asker;

/* The caller blocks the signals the threads must not get before this call.
 * 0 or a negative errno. */
int asker_start(const char *socket_path, struct asker **ret);
/* Ends what is under way; does not wait for the daemon. */
void asker_stop(struct asker *a);

/* Readable while an answer waits. */
int asker_fd(const struct asker *a);

/* Takes what *ask holds and leaves it empty; one of the same kind that is under way is
 * broken off. */
void asker_put(struct asker *a, struct ask *ask);

/* An answer (or why there is none), the caller's to free; false if none waits. */
bool asker_take(struct asker *a, struct ask *ret);

#endif
