/* SPDX-License-Identifier: Apache-2.0
 *
 * DNS answers: anybody on the way may have written them.
 */
#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "enrich/dnsparse.h"

struct seen {
	int count;
};

static void check(void *ctx, const char *name, const uint8_t addr[16])
{
	struct seen *s = ctx;
	size_t len = strlen(name);

	(void)addr;
	s->count++;
	if (len == 0 || len > DNS_NAME_MAX)
		abort();
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("-_.", name[i]))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen s = { 0 };
	int r = dnsparse_answer(data, size, check, &s);

	if (r >= 0 ? r != s.count || r > 16 : s.count)
		abort();
	return 0;
}
