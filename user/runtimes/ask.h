/* SPDX-License-Identifier: Apache-2.0
 *
 * What is asked of a runtime about one container, over one socket. Blocks, within the
 * bounds of http.h.
 */
#ifndef RUNTIMES_ASK_H
#define RUNTIMES_ASK_H

#include "enrich/runtime_facts.h"

struct runtime_http;

/* Each fills *ret (the caller's to clear, on failure too). -ENOENT: the runtime does
 * not know the container; else as http.h. */
int runtime_ask_rest(struct runtime_http *http, const char *socket, const char *id,
		     const char *labels, struct runtime_facts *ret);
int runtime_ask_cri(struct runtime_http *http, const char *socket, const char *id,
		    const char *labels, struct runtime_facts *ret);

#endif
