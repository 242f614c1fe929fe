/* SPDX-License-Identifier: Apache-2.0
 *
 * The sink that is always there: one line an alert event on stderr, which systemd
 * passes to the journal. Reads the spool like any other sink, as reader "console".
 */
#ifndef SINK_CONSOLE_H
#define SINK_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct spool;

/* Prints the spooled events not yet printed, at most `max`, and acknowledges them.
 * journal: a syslog priority prefix instead of "ALERT". Stops without waiting when fd
 * takes no more. Number printed, or a negative errno of the spool or of write(). */
int console_drain(struct spool *spool, int fd, bool journal, unsigned int max);

/* One event's JSON as the line to print, with '\n'. Text that is no JSON object is
 * printed as it is, made valid UTF-8. Pure. */
void console_format(const char *json, size_t len, bool journal, struct buf *out);

#endif
