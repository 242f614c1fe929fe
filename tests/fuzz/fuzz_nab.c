/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a metric: it ends, and no score leaves [0, 1].
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "replay/nab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(char *line)
{
	char *comma = strrchr(line, ',');
	double score = comma ? strtod(comma + 1, NULL) : -1;

	if (score < 0 || score > 1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf error = BUF_INIT;
	char path[64], *text = NULL, *rest;
	size_t len;
	int fd = memfd_create("nab", MFD_CLOEXEC);
	FILE *out = open_memstream(&text, &len);
	int r;

	if (fd < 0 || !out || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = nab_run(path, out, &error);
	if ((r < 0) != (error.len > 0) || fclose(out) != 0)
		abort();
	rest = strchr(text, '\n');
	for (char *line = rest ? strtok_r(rest, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest))
		if (!memchr(data, '\0', size) && !memchr(data, '\r', size))
			check_line(line);
	free(text);
	close(fd);
	return 0;
}
