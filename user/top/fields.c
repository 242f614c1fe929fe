/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of flow fields; see fields.h. Data and look-up only.
 */
#include <string.h>

#include "top/fields.h"

const struct field text_fields[T_COUNT] = {
	[T_PROCESS] = { "process.name", "process", "name of the process that sent" },
	[T_EXE] = { "process.executable", "exe", "path of its executable" },
	[T_CMDLINE] = { "process.command_line", "cmd", "its command line, secrets masked" },
	[T_START] = { "process.start", "start", "when it started" },
	[T_USER] = { "user.name", "user", "user it runs as" },
	[T_CONTAINER_ID] = { "container.id", "cid", "container id" },
	[T_CONTAINER] = { "container.name", "container", "container name; - = none" },
	[T_UNIT] = { "service.name", "unit", "systemd unit" },
	[T_TRANSPORT] = { "network.transport", "proto", "tcp, udp, icmp, unix, ..." },
	[T_INIT] = { "egress.initiation", "init", "accepted, connected, datagram, none, unknown" },
	[T_SCOPE] = { "egress.scope", "scope", "public, private, loopback, ..." },
	[T_DST] = { "destination.ip", "dst", "remote address; takes a network: dst:10.0.0.0/8" },
	[T_DST_NAME] = { "destination.domain", "dstname", "remote name, where known" },
	[T_DST_GROUP] = { "destination.group", "group", "its /24, /48 or configured name" },
	[T_AS] = { "destination.as.organization.name", "as", "network operator" },
	[T_SESSION] = { "database.session", "session", "user@database behind a server process" },
};

const struct field num_fields[N_COUNT] = {
	[N_PID] = { "process.pid", "pid", "process id" },
	[N_PORT] = { "service.port", "port", "service port (in: local, out: remote)" },
	[N_NETNS] = { "network.namespace", "netns", "network namespace" },
	[N_RATE_1S] = { "egress.rate_1s", "rate", "payload bytes/s over 1 s" },
	[N_RATE_10S] = { "egress.rate_10s", "rate10", "payload bytes/s over 10 s" },
	[N_RATE_60S] = { "egress.rate_60s", "rate60", "payload bytes/s over 60 s" },
	[N_PAYLOAD] = { "egress.payload_bytes", "total", "payload bytes sent, each once" },
	[N_WIRE] = { "egress.wire_bytes", "wire", "IP bytes sent, with headers and repeats" },
	[N_RETRANS] = { "egress.retransmit_bytes", "retrans", "payload bytes sent again" },
	[N_PACKETS] = { "egress.packets", "packets", "packets sent" },
	[N_CALLS] = { "egress.calls", "calls", "send calls" },
	[N_READ] = { "file.read_bytes", "read", "bytes read from database files" },
	[N_BASE] = { "egress.baseline_rate", "base", "bytes/s it is used to" },
	[N_RATIO] = { "egress.ratio", "ratio", "observed / allowed" },
};

int fields_find_text(const char *key)
{
	for (int i = 0; i < T_COUNT; i++)
		if (strcmp(text_fields[i].key, key) == 0)
			return i;
	return -1;
}

int fields_find_num(const char *key)
{
	for (int i = 0; i < N_COUNT; i++)
		if (strcmp(num_fields[i].key, key) == 0)
			return i;
	return -1;
}

int fields_num_adds(enum num_field f)
{
	return f != N_PID && f != N_PORT && f != N_NETNS && f != N_RATIO && f != N_BASE;
}
