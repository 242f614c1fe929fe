/* SPDX-License-Identifier: Apache-2.0
 *
 * Prometheus text as OTLP metrics: whatever the text, what comes out is protobuf that
 * can be walked to its end.
 */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/protobuf.h"
#include "sink/otlp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEPTH = 2 }; /* request, resource: below are texts */

static void walk(const uint8_t *at, const uint8_t *end, int depth)
{
	const uint8_t *inner;
	uint64_t value;
	int field;

	while ((field = protobuf_next(&at, end, &value, &inner)) > 0)
		if (inner && depth < DEPTH)
			walk(inner, inner + value, depth + 1);
	if (field < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out _cleanup_buf_ = BUF_INIT;
	uint64_t rejected;
	char words[32];
	int r = otlp_metrics("host", (const char *)data, size, 1, 2, &out);

	if (r < 0 && r != -ENODATA)
		abort();
	if (r == 0)
		walk((const uint8_t *)out.data, (const uint8_t *)out.data + out.len, 0);
	(void)otlp_response(data, size, &rejected, words, sizeof(words));
	return 0;
}
