/* SPDX-License-Identifier: Apache-2.0
 *
 * The filter language on any text: it must end, leak nothing, and either give a
 * filter or say why not; matching must end too.
 */
#include "top/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = "postgres", dst[] = "10.2.0.15", cmd[] = "pg_dump --dbname=orders";
	struct flow_row row = { .text = { [T_PROCESS] = name, [T_DST] = dst, [T_CMDLINE] = cmd } };
	char *text = strndup((const char *)data, size);
	struct filter_error e;
	struct filter *f = NULL;
	int r;

	if (!text)
		return 0;
	r = filter_parse(text, &f, &e);
	if ((r == 0) != (f != NULL) || (r < 0 && (!e.text[0] || e.offset > strlen(text))))
		abort();
	(void)filter_match(f, &row);
	filter_free(f);
	free(text);
	return 0;
}
