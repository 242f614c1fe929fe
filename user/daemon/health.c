/* SPDX-License-Identifier: Apache-2.0
 *
 * Guarantees that can be lost, and come back, while the daemon runs; see manager.h. Each
 * is said in the log and the audit when it changes, and in `status` as long as it lasts.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "collect/collect.h"
#include "daemon/manager.h"
#include "store/store.h"

static const char *const words[HEALTH_COUNT] = {
	[HEALTH_DESCRIPTORS] = "descriptors: none is left (LimitNOFILE=), so new processes have no "
			       "names and clients wait",
	[HEALTH_PINS] = "continuity: the pins under bpffs were removed, so counting ends with "
			"the daemon; restart it",
	[HEALTH_ATTACHED] = "egress: the programs were detached and cannot be attached again: "
			    "nothing is counted",
	[HEALTH_JUDGED] = "judging: the counters cannot be taken over (out of memory?), so what is "
			  "shown is old and nothing is judged; bytes stay counted in the kernel",
};

static void say(struct manager *m, const char *action, const char *detail)
{
	log_error("%s: %s", action, detail);
	if (m->store)
		(void)store_add_audit(m->store, m->clock.now, 0, action, detail);
	audit_send(m, m->clock.now, 0, action, detail);
}

void health_set(struct manager *m, enum health which, bool lost)
{
	if (m->health[which] == lost)
		return;
	m->health[which] = lost;
	if (lost)
		say(m, "guarantee reduced", words[which]);
	else
		log_info("as before: no longer true: %s", words[which]);
}

static bool out_of_descriptors(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	bool out = fd < 0 && (errno == EMFILE || errno == ENFILE);

	if (fd >= 0)
		close(fd);
	return out;
}

void health_tick(struct manager *m)
{
	int healed = collect_attached(m->collect);

	health_set(m, HEALTH_ATTACHED, healed < 0);
	if (healed > 0)
		say(m, "counting was stopped",
		    "somebody detached the egress program within the last tick; it is attached "
		    "again, and what left in between is billed only for TCP connections that "
		    "outlive it");
	health_set(m, HEALTH_DESCRIPTORS, out_of_descriptors());
	health_set(m, HEALTH_PINS, !collect_pinned(m->collect));
}

void health_lines(const struct manager *m, struct buf *out)
{
	buf_add(out, m->reductions.data ? m->reductions.data : "", m->reductions.len);
	for (int i = 0; i < HEALTH_COUNT; i++)
		if (m->health[i])
			buf_addf(out, "%s\n", words[i]);
}
