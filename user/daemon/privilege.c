/* SPDX-License-Identifier: Apache-2.0
 *
 * What the daemon may still do once it counts; see manager.h.
 */
#include <cap-ng.h>
#include <errno.h>
#include <sys/prctl.h>

#include "daemon/manager.h"

/* BPF and PERFMON: read maps, load after a reload. NET_ADMIN: attach to cgroups.
 * SYS_PTRACE and DAC_READ_SEARCH: /proc of other users. */
static const unsigned int kept[] = { CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN, CAP_SYS_PTRACE,
				     CAP_DAC_READ_SEARCH };

/* To start the exporter again as another user, and to end one that hangs. */
static const unsigned int kept_for_exporter[] = { CAP_SETUID, CAP_SETGID, CAP_KILL };

bool daemon_may_load(void)
{
	capng_get_caps_process();
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN))
		return true;
	for (size_t i = 0; i < 3; i++)
		if (!capng_have_capability(CAPNG_EFFECTIVE, kept[i]))
			return false;
	return true;
}

int daemon_drop_privileges(bool starts_children)
{
	capng_get_caps_process();
	for (unsigned int cap = 0; cap <= CAP_LAST_CAP; cap++) {
		bool keep = false;

		for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
			keep |= cap == kept[i];
		for (size_t i = 0; starts_children && i < ARRAY_SIZE(kept_for_exporter); i++)
			keep |= cap == kept_for_exporter[i];
		if (!keep)
			(void)capng_update(CAPNG_DROP,
					   CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE,
					   cap);
	}
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return -EPERM;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}
