/* SPDX-License-Identifier: Apache-2.0
 *
 * Both ends of TCP connections inside one network namespace, out of
 * /proc/PID/net/tcp and tcp6. Pure; the reading is locallink.c.
 */
#ifndef ENRICH_SOCKTAB_H
#define ENRICH_SOCKTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tcp_end {
	uint8_t local[16], remote[16]; /* IPv6 or v4-mapped */
	uint16_t local_port, remote_port;
	uint64_t inode;
};

struct socktab {
	struct tcp_end *rows;
	size_t count, cap;
};

#define SOCKTAB_ROWS_MAX 65536u /* connections of a namespace looked at: 3 MB */

/* One line of either file. False: the heading, a listener, or not one. */
bool socktab_parse_line(const char *line, size_t len, struct tcp_end *ret);

/* Adds a row; false: full or no memory. */
bool socktab_add(struct socktab *t, const struct tcp_end *row);
void socktab_free(struct socktab *t);

/* After this, and until a row is added, other ends are found quickly. */
void socktab_sort(struct socktab *t);
/* The other end of a connection, in a sorted table; NULL = not here. */
const struct tcp_end *socktab_other_end(const struct socktab *t, const struct tcp_end *one);

#endif
