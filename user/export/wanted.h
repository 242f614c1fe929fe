/* SPDX-License-Identifier: Apache-2.0
 *
 * Which events a sink gets: its level, heartbeats, summaries and audit or none, and of the dead letters on
 * their second way only its own. Pure.
 */
#ifndef EXPORT_WANTED_H
#define EXPORT_WANTED_H

#include <stdbool.h>
#include <stddef.h>

struct params_sink;

bool wanted(const struct params_sink *params, const char *line, size_t len);

#endif
