/* SPDX-License-Identifier: Apache-2.0
 *
 * Titles and command lines that processes give themselves: PostgreSQL backends,
 * interpreters, data directory options.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "enrich/datadir.h"
#include "enrich/pgtitle.h"
#include "enrich/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const interpreters[] = { "python3.11", "perl", "java", "bash", "node" };
	const char *text = (const char *)data;
	struct pgtitle title;
	char out[64];

	if (pgtitle_parse(text, size, &title) == 0 &&
	    (strlen(title.session) >= sizeof(title.session) ||
	     strlen(title.client) >= sizeof(title.client) ||
	     strlen(title.command) >= sizeof(title.command)))
		abort();
	for (size_t i = 0; i < sizeof(interpreters) / sizeof(interpreters[0]); i++) {
		script_find(interpreters[i], text, size, out, sizeof(out));
		if (strlen(out) >= sizeof(out))
			abort();
	}
	if (datadir_from_args(text, size, out, sizeof(out)) && out[0] != '/')
		abort();
	return 0;
}
