/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of flow fields; see fields.h. Data and look-up only.
 */
#include <string.h>

#include "top/fields.h"

#define KEY(k) k, sizeof(k) - 1

const struct field text_fields[T_COUNT] = {
	[T_PROCESS] = { KEY("process.name"), "process", "name of the process that sent" },
	[T_EXE] = { KEY("process.executable"), "exe", "path of its executable" },
	[T_CMDLINE] = { KEY("process.command_line"), "cmd", "its command line, secrets masked" },
	[T_START] = { KEY("process.start"), "start", "when it started" },
	[T_USER] = { KEY("user.name"), "user", "user it runs as" },
	[T_CONTAINER_ID] = { KEY("container.id"), "cid", "container id" },
	[T_CONTAINER] = { KEY("container.name"), "container", "container name; - = none" },
	[T_UNIT] = { KEY("service.name"), "unit", "systemd unit" },
	[T_TRANSPORT] = { KEY("network.transport"), "proto", "tcp, udp, icmp, unix, ..." },
	[T_INIT] = { KEY("egress.initiation"), "init",
		     "accepted, connected, datagram, none, unknown" },
	[T_SCOPE] = { KEY("egress.scope"), "scope", "public, private, loopback, ..." },
	[T_DST] = { KEY("destination.ip"), "dst",
		    "remote address; takes a network: dst:10.0.0.0/8" },
	[T_DST_NAME] = { KEY("destination.domain"), "dstname", "remote name, where known" },
	[T_DST_GROUP] = { KEY("destination.group"), "group", "its /24, /48 or configured name" },
	[T_AS] = { KEY("destination.as.organization.name"), "as", "network operator" },
	[T_SESSION] = { KEY("database.session"), "session",
			"user@database behind a server process" },
	[T_CLIENT] = { KEY("database.client"), "client", "client address of that session" },
	[T_COMMAND] = { KEY("database.command"), "command",
			"what it does: COPY, SELECT, walsender, ..." },
	[T_PARENT] = { KEY("process.parent.name"), "parent", "name of the parent process" },
	[T_IMAGE] = { KEY("container.image.name"), "image", "container image" },
	[T_POD] = { KEY("orchestrator.resource.name"), "pod", "Kubernetes pod" },
	[T_NAMESPACE] = { KEY("orchestrator.namespace"), "namespace", "the pod's namespace" },
	[T_COUNTRY] = { KEY("destination.geo.country_iso_code"), "country",
			"of the destination, two letters" },
	[T_DST_SINCE] = { KEY("destination.first_seen"), "since",
			  "day this host first sent to its destination group" },
	[T_WORKLOAD_NAME] = { KEY("egress.workload_name"), "workload",
			      "executable or script behind the process name" },
	[T_WORKLOAD] = { KEY("egress.workload"), "wid", "id of the workload" },
	[T_ENTITY] = { KEY("process.entity_id"), "entity",
		       "this process and no other with its number" },
	[T_PARENT_ENTITY] = { KEY("process.parent.entity_id"), "pentity",
			      "the same of the one that started it" },
	[T_COLUMN] = { KEY("egress.column"), "column",
		       "egress (left a socket) or handoff (accepted by one)" },
};

const struct field num_fields[N_COUNT] = {
	[N_PID] = { KEY("process.pid"), "pid", "process id" },
	[N_PARENT_PID] = { KEY("process.parent.pid"), "ppid", "process id of the parent" },
	[N_PORT] = { KEY("service.port"), "port", "service port (in: local, out: remote)" },
	[N_NETNS] = { KEY("network.namespace"), "netns", "network namespace" },
	[N_RATE_1S] = { KEY("egress.rate_1s"), "rate", "payload bytes/s over 1 s" },
	[N_RATE_10S] = { KEY("egress.rate_10s"), "rate10", "payload bytes/s over 10 s" },
	[N_RATE_60S] = { KEY("egress.rate_60s"), "rate60", "payload bytes/s over 60 s" },
	[N_PAYLOAD] = { KEY("egress.payload_bytes"), "total", "payload bytes sent, each once" },
	[N_WIRE] = { KEY("egress.wire_bytes"), "wire", "IP bytes sent, with headers and repeats" },
	[N_RETRANS] = { KEY("egress.retransmit_bytes"), "retrans", "payload bytes sent again" },
	[N_PACKETS] = { KEY("egress.packets"), "packets", "packets sent" },
	[N_CALLS] = { KEY("egress.calls"), "calls", "send calls" },
	[N_READ] = { KEY("file.read_bytes"), "read", "bytes read from database files" },
	[N_FLOWS] = { KEY("egress.flows"), "flows", "flows the daemon summed in the row" },
	[N_ASN] = { KEY("destination.as.number"), "asn", "number of the network operator" },
	[N_BASE] = { KEY("egress.baseline_rate"), "base", "bytes/s it is used to" },
	[N_RATIO] = { KEY("egress.ratio"), "ratio", "observed / allowed" },
};

int fields_find_text(const char *key, size_t len)
{
	for (int i = 0; i < T_COUNT; i++)
		if (text_fields[i].key_len == len && memcmp(text_fields[i].key, key, len) == 0)
			return i;
	return -1;
}

int fields_find_num(const char *key, size_t len)
{
	for (int i = 0; i < N_COUNT; i++)
		if (num_fields[i].key_len == len && memcmp(num_fields[i].key, key, len) == 0)
			return i;
	return -1;
}

int fields_num_adds(enum num_field f)
{
	return f != N_PID && f != N_PARENT_PID && f != N_PORT && f != N_NETNS && f != N_ASN &&
	       f != N_RATIO && f != N_BASE;
}
