/* SPDX-License-Identifier: Apache-2.0
 *
 * trace -> detect -> alert, no BPF, no root: the very code the daemon runs.
 * Deterministic: the same input and parameters give byte-identical output.
 */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "egress/params.h"

struct buf;
struct declarations;

struct replay_options {
	const char *path; /* "-" = standard input */
	const struct params *params;
	const struct declarations *words; /* the configuration's; NULL = none */
	bool json;                        /* one alert event a line, last line the summary */
	const char *baseline_out;         /* save the state learned here (one host), or NULL */
};

/* Prints to `out`. 0; -EINVAL for a malformed trace, its words in `error`. */
int replay_run(const struct replay_options *options, FILE *out, struct buf *error);

#endif
