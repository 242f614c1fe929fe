/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks container runtimes over their local sockets, in a thread: a runtime that is
 * slow or dead delays names and nothing else. The thread begins with the first
 * question; a child of it (runtime_child.h) speaks to the sockets. What lies in a
 * user's home (rootless podman) is read here too: a file system of theirs may block.
 */
#ifndef ENRICH_RUNTIME_H
#define ENRICH_RUNTIME_H

#include <stdint.h>

#include "enrich/cgroup_path.h"
#include "enrich/runtime_facts.h"

struct runtimes;

struct runtime_options {
	const char *sockets;     /* config/runtimes.h; NULL or "" = none */
	const char *labels;      /* prefixes of those to keep; NULL or "" = none */
	const char *passwd_path; /* homes of rootless users; NULL = /etc/passwd */
	const char *fs_root;     /* prefix of homes; "" = the host's */
};

/* One container's facts, or that nothing can be learned of it. */
struct runtime_answer {
	char id[128];
	uint32_t uid; /* as it was asked */
	struct runtime_facts facts;
};

struct runtime_stats {
	uint64_t asked, answered, failed, dropped; /* dropped: the queue was full */
};

int runtimes_new(const struct runtime_options *options,
		 struct runtimes **ret); /* -ENOMEM, -EINVAL */
void runtimes_free(struct runtimes *r);  /* waits for the thread, not for a runtime */

/* Puts a question; uid: whose rootless container it is, 0 = root's. -ENOENT: nobody to
 * ask; -EBUSY: ask again later; -EAGAIN: no thread. */
int runtimes_ask(struct runtimes *r, enum runtime runtime, const char *id, uint32_t uid);

/* The next answer, the caller's to clear. 1, or 0: none is there. Never waits. */
int runtimes_take(struct runtimes *r, struct runtime_answer *ret);

void runtimes_get_stats(struct runtimes *r, struct runtime_stats *ret);

#endif
