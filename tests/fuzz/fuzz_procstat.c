/* SPDX-License-Identifier: Apache-2.0
 *
 * /proc/PID/stat, status and cgroup of a process that may call itself anything.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "enrich/proc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct proc_stat st;
	char path[64];
	uint32_t uid, effective;

	if (proc_parse_stat(text, size, &st) == 0 &&
	    strnlen(st.comm, sizeof(st.comm)) == sizeof(st.comm))
		abort();
	(void)proc_parse_uids(text, size, &uid, &effective);
	proc_parse_cgroup(text, size, path, sizeof(path));
	if (strlen(path) >= sizeof(path) || strchr(path, '\n'))
		abort();
	return 0;
}
