/* SPDX-License-Identifier: Apache-2.0
 *
 * What the header says about the daemon, from its `status` answer. Pure.
 */
#ifndef TOP_STATUS_H
#define TOP_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct status {
	char host[64], version[24];
	char counting[96]; /* "exact (cgroup egress + hand-off)" */
	char learning[64]; /* "14/14 d" */
	char sinks[96];
	char reduced[160]; /* guarantees that do not hold, in words */
	uint64_t uptime_s, today_bytes, allowed_bytes;
	bool known, uptime_known, today_known, allowed_known;
};

/* Adds what one line of the answer says; the answer may be one object or several.
 * 0, -EINVAL for a line that is no object. */
int status_line(struct status *s, const char *line, size_t len);

#endif
