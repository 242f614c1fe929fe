// SPDX-License-Identifier: Apache-2.0
/*
 * `egressctl replay --json FILE` with the defaults and nothing else linked, so that
 * tests/system/replay-same can build it in several ways within seconds.
 */
#include <stdio.h>

#include "base/buf.h"
#include "config/config.h"
#include "replay/replay.h"

int main(int argc, char **argv)
{
	_cleanup_buf_ struct buf error = BUF_INIT;
	struct config *config = NULL;
	struct replay_options options = { .path = argc > 1 ? argv[1] : "-", .json = true };
	int r = config_parse("defaults", "", 0, &config, &error);

	if (r == 0) {
		options.params = config_params(config);
		r = replay_run(&options, stdout, &error);
	}
	if (r < 0)
		fprintf(stderr, "%s\n", error.data ? error.data : "failed");
	config_free(config);
	return r < 0;
}
