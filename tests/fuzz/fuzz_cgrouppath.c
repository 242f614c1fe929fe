/* SPDX-License-Identifier: Apache-2.0
 *
 * cgroup paths: whoever may make cgroups chooses their names.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "enrich/cgroup_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cgroup_names names;
	char *path = malloc(size + 1);

	if (!path)
		return 0;
	memcpy(path, data, size);
	path[size] = '\0';
	cgroup_path_parse(path, &names);
	if ((names.runtime == RUNTIME_NONE) != (names.container_id[0] == '\0'))
		abort();
	if (strlen(names.container_id) >= sizeof(names.container_id) ||
	    strlen(names.unit) >= sizeof(names.unit))
		abort();
	free(path);
	return 0;
}
