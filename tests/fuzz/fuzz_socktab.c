/* SPDX-License-Identifier: Apache-2.0
 *
 * /proc/PID/net/tcp, line by line: no line may be read past its end, and each end's
 * other end has it as its own.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "enrich/socktab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *end = p + size;
	struct socktab t = { NULL, 0, 0 };
	struct tcp_end row;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((nl ? nl : end) - p);

		if (socktab_parse_line(p, len, &row)) {
			if (!row.inode)
				abort();
			(void)socktab_add(&t, &row);
		}
		p += len + 1;
	}
	socktab_sort(&t);
	for (size_t i = 0; i < t.count; i++) {
		const struct tcp_end *other = socktab_other_end(&t, &t.rows[i]);

		if (other &&
		    (other->local_port != t.rows[i].remote_port || !socktab_other_end(&t, other)))
			abort();
	}
	socktab_free(&t);
	return 0;
}
