/* SPDX-License-Identifier: Apache-2.0
 *
 * /proc/net/dev, line by line: nothing may be read past a line's end, and a name that is
 * given back is one.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collect/residual.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *end = p + size;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((nl ? nl : end) - p);
		char name[RESIDUAL_NAME_MAX];
		uint64_t tx;

		if (residual_line(p, len, name, &tx) &&
		    (!*name || strnlen(name, sizeof(name)) == sizeof(name)))
			abort();
		p += len + 1;
	}
	return 0;
}
