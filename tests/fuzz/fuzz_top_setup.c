/* SPDX-License-Identifier: Apache-2.0
 *
 * A setup file of anybody's making: what is taken is within bounds, what is written is
 * read back the same, without a problem.
 */
#include "top/setup.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf problems = BUF_INIT, text = BUF_INIT, more = BUF_INIT;
	struct setup first = { .sort = C_SIGN }, second = { .sort = C_SIGN };

	setup_parse((const char *)data, size, &first, &problems);
	if (first.group >= G_COUNT || first.sort >= C_COUNT || first.theme >= THEME_COUNT ||
	    (first.columns.show | first.columns.hide) >> C_COUNT ||
	    first.columns.show & first.columns.hide)
		abort();
	setup_write(&first, &text);
	if (text.error)
		return 0;
	setup_parse(text.data, text.len, &second, &more);
	if (more.len || first.group != second.group || first.sort != second.sort ||
	    first.theme != second.theme || first.invert != second.invert ||
	    first.tree != second.tree || first.local != second.local ||
	    first.columns.show != second.columns.show || first.columns.hide != second.columns.hide)
		abort();
	return 0;
}
