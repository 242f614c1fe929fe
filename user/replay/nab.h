/* SPDX-License-Identifier: Apache-2.0
 *
 * Scores one metric as the Numenta Anomaly Benchmark expects, for comparison with
 * other detectors. Apart from the product's engine, which judges bytes.
 */
#ifndef REPLAY_NAB_H
#define REPLAY_NAB_H

#include <stdio.h>

struct buf;

/* Reads CSV rows `timestamp,value` (a first line of names is passed over; "-" =
 * standard input) and writes `timestamp,value,anomaly_score`, the score in [0, 1] from
 * this row and those before it only. 0; -EINVAL for a malformed file, its words in
 * `error`; else the errno of reading or writing. */
int nab_run(const char *path, FILE *out, struct buf *error);

#endif
