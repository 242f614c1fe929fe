/* SPDX-License-Identifier: Apache-2.0
 *
 * The trace reader on any bytes, in any form: it must end, leak nothing, give ticks in
 * order, and say why when it refuses.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "model/names.h"
#include "replay/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(struct trace_reader *r)
{
	struct tick tick;
	int64_t last_ts = 0;
	size_t rows = 0;
	int rc;

	while ((rc = trace_next(r, &tick)) > 0) {
		if (tick.ts < last_ts || !tick.interval_s || !tick.row_count || !tick.host[0])
			abort();
		last_ts = tick.ts;
		rows += tick.row_count;
		for (size_t i = 0; i < tick.row_count; i++)
			if (tick.rows[i].tx_bytes > 1ULL << 53 ||
			    tick.rows[i].scope >= EG_SCOPE_COUNT ||
			    tick.rows[i].init >= EG_INIT_COUNT)
				abort();
	}
	if (rows > trace_rows(r) || (rc < 0) != (trace_error(r)[0] != '\0'))
		abort();
	if (rc < 0 && trace_next(r, &tick) >= 0) /* an error stays */
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_reader *r = NULL;
	struct names *names = NULL;
	char path[64];
	int fd = memfd_create("trace", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (names_new(&names) < 0 || trace_open(path, names, &r) < 0)
		abort();
	read_all(r);
	trace_close(r);
	names_free(names);
	close(fd);
	return 0;
}
