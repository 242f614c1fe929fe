/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration parser on any bytes: it must end, leak nothing, and either give
 * a configuration or say why not.
 */
#include "base/buf.h"
#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf error = BUF_INIT;
	struct config *c = NULL;
	int r = config_parse("fuzz", (const char *)data, size, &c, &error);

	if ((r == 0) != (c != NULL) || (r == 0) != (error.len == 0))
		abort();
	config_free(c);
	return 0;
}
