/* SPDX-License-Identifier: Apache-2.0
 *
 * The log of the programs (not of library code, which returns errors): one line to
 * stderr, with a syslog priority prefix where the journal reads it. The level and what
 * was said lately are the only mutable file-scope state of the project.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stddef.h>

#include "base/cleanup.h"

enum log_level { LOG_L_ERROR = 0, LOG_L_WARNING, LOG_L_INFO, LOG_L_DEBUG };

void log_set_level(enum log_level level);
int log_parse_level(const char *name, enum log_level *ret); /* -EINVAL */

/* One line, control characters made blanks, at most 4000 bytes. An error or a warning of
 * the same words is said three times, then once a minute with the number held back. Never
 * waits: a line that stderr does not take is counted, and the number said when it does.
 * From any thread. */
_printf_(2, 3) void log_at(enum log_level level, const char *format, ...);

/* A finished line with its end, as it is; counted like those of log_at() if not taken. */
void log_line(const char *line, size_t len);

#define log_error(...) log_at(LOG_L_ERROR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_L_WARNING, __VA_ARGS__)
#define log_info(...) log_at(LOG_L_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_L_DEBUG, __VA_ARGS__)

#endif
