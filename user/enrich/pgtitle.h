/* SPDX-License-Identifier: Apache-2.0
 *
 * The title a PostgreSQL backend gives itself (backend_startup.c, ps_status.c):
 * "postgres: [cluster: ][walsender ]user database client command". Pure; whether the
 * process may be believed is the caller's question.
 */
#ifndef ENRICH_PGTITLE_H
#define ENRICH_PGTITLE_H

#include <stddef.h>

struct pgtitle {
	char session[160]; /* "user@database", "user" for a physical walsender; "" = not told */
	char client[64];   /* address without port, "local" for a unix socket; "" = none */
	char command
		[64]; /* "COPY", "idle in transaction", "walsender streaming 0/3", "checkpointer" */
};

/* 0; -EINVAL if the text is no such title. A user or database name that holds blanks
 * makes the split ambiguous: then session stays "". */
int pgtitle_parse(const char *title, size_t len, struct pgtitle *ret);

#endif
