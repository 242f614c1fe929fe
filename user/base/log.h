/* SPDX-License-Identifier: Apache-2.0
 *
 * The log of the programs (not of library code, which returns errors): one line to
 * stderr, with a syslog priority prefix where the journal reads it. The level is the
 * only mutable file-scope state of the project.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/cleanup.h"

enum log_level { LOG_L_ERROR = 0, LOG_L_WARNING, LOG_L_INFO, LOG_L_DEBUG };

void log_set_level(enum log_level level);
int log_parse_level(const char *name, enum log_level *ret); /* -EINVAL */
_printf_(2, 3) void log_at(enum log_level level, const char *format, ...);

#define log_error(...) log_at(LOG_L_ERROR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_L_WARNING, __VA_ARGS__)
#define log_info(...) log_at(LOG_L_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_L_DEBUG, __VA_ARGS__)

#endif
