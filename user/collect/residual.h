/* SPDX-License-Identifier: Apache-2.0
 *
 * What left by the network devices that lead off the host, beyond what sockets sent:
 * AF_XDP, programs that write into a tun device, virtual machines, forwarded traffic.
 * Pure, but for residual_devices(), which reads /proc/net/dev.
 */
#ifndef COLLECT_RESIDUAL_H
#define COLLECT_RESIDUAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/sample.h"

enum {
	RESIDUAL_DEVICES_MAX = 64,
	RESIDUAL_NAME_MAX = 16, /* IFNAMSIZ */
};

/* One device at the last look. */
struct residual_device {
	char name[RESIDUAL_NAME_MAX];
	uint64_t tx_bytes;
};

struct residual {
	const char *named; /* besides hardware, with ':' between; NULL or "" = none */
	struct residual_device devices[RESIDUAL_DEVICES_MAX];
	size_t device_count;
	uint64_t next_ns;    /* CLOCK_BOOTTIME of the next look; 0 = now */
	uint64_t looked_ns;  /* of the last one */
	uint64_t gone_bytes; /* expected of rows that left the table */
	uint64_t expected;   /* at the last look: what devices should have sent at most */
	int64_t balance;     /* what is on its way from socket to device, negative */
	bool started;
	struct sample_residual sum;
};

/* One line of /proc/net/dev: the device's name and the bytes it has sent. False: not a
 * device's line. */
bool residual_line(const char *line, size_t len, char name[RESIDUAL_NAME_MAX], uint64_t *ret_tx);

/* Looks at all devices that lead off this host: hardware has a `device` below
 * /sys/class/net/NAME, others are named. Gives the rise since the last look; a device seen
 * for the first time has none. Negative errno when the kernel does not tell. */
int residual_devices(struct residual *r, uint64_t *ret_rise);

/* What the devices may have sent for one row: IP bytes and a link header a packet. */
uint64_t residual_expected(const struct eg_flow_key *key, const struct eg_flow_val *val);

/* Takes one look into the sum. rise: of the devices; expected: of all rows, cumulative. */
void residual_step(struct residual *r, uint64_t rise, uint64_t expected, uint64_t now_ns);

#endif
