/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices against sockets; see residual.h.
 */
#include "collect/residual.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/units.h"

enum {
	TEXT_BYTES = 32768, /* of /proc/net/dev: 250 devices */
	TX_FIELD = 8,       /* proc_net_dev(5): sent bytes, the ninth number */
	/* Ethernet's header, and one VLAN tag more. Measured on devices that count whole
	 * frames: exactly 14 a packet. */
	LINK_BYTES = 14 + 4,
	TUNNEL_BYTES = 100,            /* outer headers: WireGuard over IPv6 has 80 */
	BACKGROUND_BYTES_PER_S = 1000, /* ARP, LLDP, spanning tree of each device */
	FLOAT_BYTES = 1 << 20,         /* what may wait between socket and device */
	INTERVAL_NS = 1000000000,      /* no more than one look a second */
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

bool residual_line(const char *line, size_t len, char name[RESIDUAL_NAME_MAX], uint64_t *ret_tx)
{
	const char *end = line + len, *colon, *p;
	char number[24];

	while (line < end && is_space(*line))
		line++;
	colon = memchr(line, ':', (size_t)(end - line));
	if (!colon || colon == line || colon - line >= RESIDUAL_NAME_MAX ||
	    memchr(line, '\0', (size_t)(colon - line)))
		return false;
	p = colon + 1;
	for (int field = 0; field <= TX_FIELD; field++) {
		const char *from;

		while (p < end && is_space(*p))
			p++;
		from = p;
		while (p < end && !is_space(*p))
			p++;
		if (p == from || (size_t)(p - from) >= sizeof(number))
			return false;
		memcpy(number, from, (size_t)(p - from));
		number[p - from] = '\0';
	}
	if (parse_u64(number, ret_tx) < 0)
		return false;
	memcpy(name, line, (size_t)(colon - line));
	name[colon - line] = '\0';
	return true;
}

/* Is it a word of the list? */
static bool is_named(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = list; p && *p; p += strcspn(p, ":"), p += *p == ':')
		if (strcspn(p, ":") == len && !strncmp(p, name, len))
			return true;
	return false;
}

static bool leads_off(const struct residual *r, const char *name)
{
	char path[64];

	if (is_named(r->named, name))
		return true;
	if (snprintf(path, sizeof(path), "/sys/class/net/%s/device", name) >= (int)sizeof(path))
		return false;
	return !access(path, F_OK);
}

static struct residual_device *device_find(struct residual *r, const char *name)
{
	for (size_t i = 0; i < r->device_count; i++)
		if (!strcmp(r->devices[i].name, name))
			return &r->devices[i];
	return NULL;
}

/* The rise of one device. A counter that fell is a device of the same name made anew. */
static uint64_t device_take(struct residual *r, const char *name, uint64_t tx_bytes)
{
	struct residual_device *d = device_find(r, name);
	uint64_t rise = 0;

	if (!d && r->device_count == RESIDUAL_DEVICES_MAX)
		return 0;
	if (d && tx_bytes >= d->tx_bytes)
		rise = tx_bytes - d->tx_bytes;
	if (!d) {
		d = &r->devices[r->device_count++];
		(void)snprintf(d->name, sizeof(d->name), "%s", name);
	}
	d->tx_bytes = tx_bytes;
	return rise;
}

int residual_devices(struct residual *r, uint64_t *ret_rise)
{
	_cleanup_close_ int fd = open("/proc/self/net/dev", O_RDONLY | O_CLOEXEC);
	char text[TEXT_BYTES], name[RESIDUAL_NAME_MAX], *p = text, *nl;
	uint64_t tx_bytes;
	ssize_t n, used = 0;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, text + used, sizeof(text) - 1 - (size_t)used)) > 0)
		used += n;
	if (n < 0)
		return -errno;
	text[used] = '\0';
	*ret_rise = 0;
	r->sum.devices = 0;
	for (; (nl = strchr(p, '\n')); p = nl + 1) {
		if (!residual_line(p, (size_t)(nl - p), name, &tx_bytes) || !leads_off(r, name))
			continue;
		*ret_rise += device_take(r, name, tx_bytes);
		r->sum.devices++;
	}
	return 0;
}

uint64_t residual_expected(const struct eg_flow_key *key, const struct eg_flow_val *val)
{
	uint64_t link = LINK_BYTES;

	if (key->column == EG_COLUMN_HANDOFF)
		return key->family == AF_PACKET ? val->payload_bytes + val->calls * link : 0;
	if (key->flags & (EG_FLOW_LOOPBACK | EG_FLOW_TUN))
		return 0;
	if (key->flags & EG_FLOW_TUNNEL)
		link += TUNNEL_BYTES;
	return val->wire_bytes + val->packets * link;
}

void residual_step(struct residual *r, uint64_t rise, uint64_t expected, uint64_t now_ns)
{
	/* a sample may miss rows that are just being made */
	uint64_t may = expected - MIN(expected, r->expected);

	may += (now_ns - r->looked_ns) / INTERVAL_NS * BACKGROUND_BYTES_PER_S * r->sum.devices;
	r->expected = MAX(r->expected, expected);
	r->looked_ns = now_ns;
	r->next_ns = now_ns + INTERVAL_NS;
	if (!r->started) { /* what was before is nobody's */
		r->started = true;
		return;
	}
	r->sum.known = r->sum.devices > 0;
	r->sum.device_bytes += rise;
	/* Sockets count before devices do, so a look may find bytes on their way. */
	r->balance += (int64_t)rise - (int64_t)may;
	if (r->balance > 0) {
		r->sum.bytes += (uint64_t)r->balance;
		r->balance = 0;
	}
	if (r->balance < -FLOAT_BYTES)
		r->balance = -FLOAT_BYTES;
}
