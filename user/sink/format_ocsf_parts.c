/* SPDX-License-Identifier: Apache-2.0
 *
 * OCSF 1.8.0 objects that several classes share; see format_ocsf.h.
 */
#include "sink/format_ocsf.h"

#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "egress/version.h"
#include "sink/format.h"
#include "sink/format_parts.h"

enum { DIRECTION_UNKNOWN = 0, DIRECTION_INBOUND = 1, DIRECTION_OUTBOUND = 2 };
enum { ALGORITHM_SHA256 = 3, FILE_REGULAR = 1, DEVICE_SERVER = 1 };

void ocsf_object(struct buf *b, const char *key)
{
	jsonw_key(b, key);
	jsonw_open(b, '{');
}

void ocsf_list(struct buf *b, const char *key)
{
	jsonw_key(b, key);
	jsonw_open(b, '[');
}

static void add_text(struct buf *b, const char *key, const char *text)
{
	if (text)
		jsonw_str(b, key, text);
}

void ocsf_product(struct buf *b, const char *key)
{
	ocsf_object(b, key);
	jsonw_str(b, "name", "egressd");
	jsonw_str(b, "vendor_name", "egressd");
	jsonw_str(b, "version", EGRESS_VERSION);
	jsonw_close(b, '}');
}

void ocsf_device(struct buf *b, const struct record *r)
{
	ocsf_object(b, "device");
	jsonw_u64(b, "type_id", DEVICE_SERVER);
	jsonw_str(b, "type", "Server");
	jsonw_str(b, "name", r->host);
	jsonw_close(b, '}');
}

static void add_user(struct buf *b, const struct record *r)
{
	static const struct part parts[] = {
		{ "name", "user.name", PART_TEXT },
		{ "uid", "user.id", PART_ID },
	};
	uint64_t id;

	if (!record_str(r, "user.name") && !record_u64(r, "user.id", &id))
		return;
	ocsf_object(b, "user");
	format_parts(b, r, parts, ARRAY_SIZE(parts));
	jsonw_close(b, '}');
}

/* The program's file, with its hash where it is known. */
static void add_file(struct buf *b, const struct record *r, const char *path)
{
	const char *hash = record_str(r, "process.hash.sha256"), *slash = strrchr(path, '/');

	ocsf_object(b, "file");
	jsonw_str(b, "name", slash && slash[1] ? slash + 1 : path);
	jsonw_u64(b, "type_id", FILE_REGULAR);
	jsonw_str(b, "path", path);
	if (hash) {
		ocsf_list(b, "hashes");
		jsonw_open(b, '{');
		jsonw_u64(b, "algorithm_id", ALGORITHM_SHA256);
		jsonw_str(b, "algorithm", "SHA-256");
		jsonw_str(b, "value", hash);
		jsonw_close(b, '}');
		jsonw_close(b, ']');
	}
	jsonw_close(b, '}');
}

/* "bash < sshd < systemd": the nearest first. */
static void add_ancestry(struct buf *b, const struct record *r)
{
	const char *at = record_str(r, "process.ancestors");

	if (!at)
		return;
	ocsf_list(b, "ancestry");
	while (*at) {
		const char *end = strstr(at, " < ");
		size_t len = end ? (size_t)(end - at) : strlen(at);

		if (len) {
			jsonw_open(b, '{');
			jsonw_strn(b, "name", at, len);
			jsonw_close(b, '}');
		}
		at += end ? len + strlen(" < ") : len;
	}
	jsonw_close(b, ']');
}

/* A process is told by its pid. */
static void add_parent(struct buf *b, const struct record *r)
{
	uint64_t pid;

	if (!record_u64(r, "process.parent.pid", &pid) || pid > INT32_MAX)
		return;
	ocsf_object(b, "parent_process");
	jsonw_u64(b, "pid", pid);
	add_text(b, "name", record_str(r, "process.parent.name"));
	jsonw_close(b, '}');
}

bool ocsf_container_known(const struct record *r)
{
	return record_str(r, "container.name") || record_str(r, "container.id");
}

void ocsf_container(struct buf *b, const struct record *r)
{
	struct image_name image;

	if (!ocsf_container_known(r))
		return;
	ocsf_object(b, "container");
	add_text(b, "uid", record_str(r, "container.id"));
	add_text(b, "name", record_str(r, "container.name"));
	if (format_image(r, &image)) {
		ocsf_object(b, "image");
		jsonw_str(b, "uid", record_str(r, "container.image.name"));
		jsonw_strn(b, "name", image.name, (size_t)image.name_len);
		if (image.tag_len)
			jsonw_strn(b, "tag", image.tag, (size_t)image.tag_len);
		jsonw_close(b, '}');
	}
	if (record_str(r, "orchestrator.resource.name"))
		jsonw_str(b, "orchestrator", "kubernetes");
	jsonw_close(b, '}');
}

/* Without a pid it is a name and nothing else. */
static bool add_process(struct buf *b, const struct record *r)
{
	const char *name = record_str(r, "process.name");
	const char *path = record_str(r, "process.executable");
	const char *start = record_str(r, "process.start");
	int64_t start_s;
	uint64_t pid;

	if (!record_u64(r, "process.pid", &pid) || pid > INT32_MAX)
		return false;
	if (!path && name && name[0] == '/')
		path = name;
	ocsf_object(b, "process");
	jsonw_u64(b, "pid", pid);
	add_text(b, "name", format_process(r));
	add_text(b, "path", path);
	add_text(b, "cmd_line", record_str(r, "process.command_line"));
	add_text(b, "working_directory", record_str(r, "process.working_directory"));
	if (start && record_time(start, &start_s) == 0)
		jsonw_i64(b, "created_time", start_s * 1000);
	if (path && path[0] == '/')
		add_file(b, r, path);
	add_user(b, r);
	add_parent(b, r);
	add_ancestry(b, r);
	ocsf_container(b, r);
	jsonw_close(b, '}');
	return true;
}

void ocsf_actor(struct buf *b, const struct record *r, bool always)
{
	const char *name = record_str(r, "process.name");
	uint64_t id;

	if (!always && !name && !record_str(r, "user.name") && !record_u64(r, "process.pid", &id))
		return;
	ocsf_object(b, "actor");
	if (!add_process(b, r) &&
	    (name || (!record_str(r, "user.name") && !record_u64(r, "user.id", &id))))
		jsonw_str(b, "app_name", name ? name : "unknown");
	add_user(b, r);
	jsonw_close(b, '}');
}

static void add_host_end(struct buf *b, const char *key, const struct record *r, uint64_t port)
{
	ocsf_object(b, key);
	jsonw_str(b, "name", r->host);
	add_text(b, "svc_name", record_str(r, "service.name"));
	if (port && port <= UINT16_MAX)
		jsonw_u64(b, "port", port);
	jsonw_close(b, '}');
}

static void add_peer_end(struct buf *b, const char *key, const struct record *r, uint64_t port)
{
	const char *org = record_str(r, "destination.as.organization.name");
	const char *country = record_str(r, "destination.geo.country_iso_code");
	uint64_t as;
	bool as_known = record_u64(r, "destination.as.number", &as) && as <= INT32_MAX;

	ocsf_object(b, key);
	jsonw_str(b, r->peer_is_ip ? "ip" : "name", r->peer);
	add_text(b, "domain", record_str(r, "destination.domain"));
	if (port && port <= UINT16_MAX)
		jsonw_u64(b, "port", port);
	if (as_known || org) {
		ocsf_object(b, "autonomous_system");
		if (as_known)
			jsonw_u64(b, "number", as);
		add_text(b, "name", org);
		jsonw_close(b, '}');
	}
	if (country) {
		ocsf_object(b, "location");
		jsonw_str(b, "country", country);
		jsonw_close(b, '}');
	}
	jsonw_close(b, '}');
}

/* Source began, destination answers; not known: the host is put first and said so. */
void ocsf_endpoints(struct buf *b, const struct record *r)
{
	if (r->role == ROLE_NONE)
		return;
	if (r->role == ROLE_DESTINATION) {
		add_peer_end(b, "src_endpoint", r, 0);
		add_host_end(b, "dst_endpoint", r, r->port);
	} else {
		add_host_end(b, "src_endpoint", r, 0);
		add_peer_end(b, "dst_endpoint", r, r->role == ROLE_SOURCE ? r->port : 0);
	}
}

void ocsf_connection(struct buf *b, const struct record *r)
{
	const char *transport = record_str(r, "network.transport");

	ocsf_object(b, "connection_info");
	jsonw_u64(b, "direction_id",
		  r->role == ROLE_SOURCE        ? DIRECTION_OUTBOUND
		  : r->role == ROLE_DESTINATION ? DIRECTION_INBOUND
						: DIRECTION_UNKNOWN);
	if (transport)
		jsonw_str(b, "protocol_name", transport);
	if (r->peer_is_ip)
		jsonw_u64(b, "protocol_ver_id", r->peer_is_ip6 ? 6 : 4);
	jsonw_close(b, '}');
}
