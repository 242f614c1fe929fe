/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes through the whole of replay, twice: it ends, and says the same both times.
 * The detector is small here, so that it runs out of series and must share them.
 */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/config.h"
#include "replay/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FEW_SERIES = 64 };

static int run(const char *path, const struct params *params, char **ret, size_t *ret_len)
{
	_cleanup_buf_ struct buf error = BUF_INIT;
	struct replay_options options = { .path = path, .params = params, .json = true };
	FILE *out = open_memstream(ret, ret_len);
	int r;

	if (!out)
		abort();
	r = replay_run(&options, out, &error);
	if ((r < 0) != (error.len > 0) || fclose(out) != 0)
		abort();
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf error = BUF_INIT;
	struct config *config = NULL;
	struct params params;
	char path[64], *first = NULL, *second = NULL;
	size_t first_len, second_len;
	int fd = memfd_create("trace", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0 ||
	    config_parse("defaults", "", 0, &config, &error) < 0)
		abort();
	params = *config_params(config);
	params.detect.max_series = FEW_SERIES;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (run(path, &params, &first, &first_len) != run(path, &params, &second, &second_len) ||
	    first_len != second_len || memcmp(first, second, first_len) != 0)
		abort();
	free(first);
	free(second);
	config_free(config);
	close(fd);
	return 0;
}
