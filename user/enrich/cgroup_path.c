/* SPDX-License-Identifier: Apache-2.0
 *
 * Container and unit from a cgroup path; see cgroup_path.h. Walks from the leaf to the
 * root, so that what is nearest to the process names it.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "enrich/cgroup_path.h"

#define CONTAINER_ID_LEN 64 /* hex digits of every OCI engine's id */

struct part {
	const char *s;
	size_t len;
};

static bool starts(struct part p, const char *prefix)
{
	size_t n = strlen(prefix);

	return p.len >= n && memcmp(p.s, prefix, n) == 0;
}

static bool ends(struct part p, const char *suffix)
{
	size_t n = strlen(suffix);

	return p.len > n && memcmp(p.s + p.len - n, suffix, n) == 0;
}

static bool contains(struct part p, const char *text)
{
	return p.s && memmem(p.s, p.len, text, strlen(text)) != NULL;
}

static bool is_hex(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isxdigit((unsigned char)s[i]))
			return false;
	return len > 0;
}

/* Copies a unit or machine name, "\x2d" and the like resolved (systemd.unit(5)). */
static void copy_unescaped(char *out, size_t size, struct part p)
{
	size_t n = 0;

	for (size_t i = 0; i < p.len && n + 1 < size; i++) {
		if (i + 3 < p.len && p.s[i] == '\\' && p.s[i + 1] == 'x' &&
		    is_hex(p.s + i + 2, 2)) {
			char hex[3] = { p.s[i + 2], p.s[i + 3], '\0' };

			out[n++] = (char)strtoul(hex, NULL, 16);
			i += 3;
		} else {
			out[n++] = p.s[i];
		}
	}
	out[n] = '\0';
}

static enum runtime runtime_of(const char *path, struct part p)
{
	if (starts(p, "docker"))
		return RUNTIME_DOCKER;
	if (contains(p, "crio"))
		return RUNTIME_CRIO;
	if (starts(p, "libpod") || strstr(path, "/libpod_parent/"))
		return RUNTIME_PODMAN;
	if (contains(p, "containerd") || starts(p, "nerdctl") || strstr(path, "/kubepods"))
		return RUNTIME_CONTAINERD;
	return strstr(path, "/docker/") ? RUNTIME_DOCKER : RUNTIME_OTHER;
}

/* "docker-<id>.scope", "libpod-<id>", "<id>", "...slice:cri-containerd:<id>". */
static bool parse_oci(const char *path, struct part p, struct cgroup_names *ret)
{
	struct part id = p;

	if (ends(id, ".scope"))
		id.len -= strlen(".scope");
	if (id.len < CONTAINER_ID_LEN)
		return false;
	id.s += id.len - CONTAINER_ID_LEN;
	id.len = CONTAINER_ID_LEN;
	if (!is_hex(id.s, id.len) || (id.s > p.s && !strchr("-:", id.s[-1])))
		return false;
	/* podman's and cri-o's monitor runs beside the container, not in it. */
	if (contains(p, "-conmon-"))
		return false;
	ret->runtime = runtime_of(path, p);
	copy_unescaped(ret->container_id, sizeof(ret->container_id), id);
	return true;
}

static bool take_machine(struct cgroup_names *ret, enum runtime runtime, struct part p, size_t skip,
			 size_t drop)
{
	if (p.len <= skip + drop)
		return false;
	p.s += skip;
	p.len -= skip + drop;
	ret->runtime = runtime;
	copy_unescaped(ret->container_id, sizeof(ret->container_id), p);
	return true;
}

/* Machines that go by a name: LXC, LXD, Incus, nspawn. */
static bool parse_named(struct part parent, struct part p, struct cgroup_names *ret)
{
	static const char nspawn[] = "systemd-nspawn@", machine[] = "machine-";

	if (starts(p, "lxc.payload."))
		return take_machine(ret, RUNTIME_LXC, p, strlen("lxc.payload."), 0);
	if ((parent.len == 3 && starts(parent, "lxc")) ||
	    (parent.len == 11 && starts(parent, "lxc.payload")))
		return take_machine(ret, RUNTIME_LXC, p, 0, 0);
	if (starts(p, nspawn) && ends(p, ".service"))
		return take_machine(ret, RUNTIME_NSPAWN, p, strlen(nspawn), strlen(".service"));
	if (starts(p, machine) && ends(p, ".scope"))
		return take_machine(ret, RUNTIME_NSPAWN, p, strlen(machine), strlen(".scope"));
	return false;
}

static struct part part_before(const char *path, const char *end)
{
	const char *slash;

	while (end > path && end[-1] == '/')
		end--;
	slash = memrchr(path, '/', (size_t)(end - path));
	slash = slash ? slash + 1 : path;
	return (struct part){ slash, (size_t)(end - slash) };
}

/* "/user.slice/user-1000.slice/user@1000.service/...": made by systemd, not by the user.
 * The outermost one counts. */
static uint32_t user_of(const char *path)
{
	static const char slice[] = "/user.slice/user-";
	const char *at =
		strncmp(path, slice, sizeof(slice) - 1) == 0 ? path + sizeof(slice) - 1 : NULL;
	unsigned long uid;
	char *end;

	if (!at || !isdigit((unsigned char)*at))
		return 0;
	uid = strtoul(at, &end, 10);
	return strncmp(end, ".slice/", strlen(".slice/")) == 0 && uid < UINT32_MAX ? (uint32_t)uid
										   : 0;
}

void cgroup_path_parse(const char *path, struct cgroup_names *ret)
{
	struct part p = part_before(path, path + strlen(path));

	memset(ret, 0, sizeof(*ret));
	for (; p.len > 0; p = part_before(path, p.s)) {
		if (parse_oci(path, p, ret) || parse_named(part_before(path, p.s), p, ret)) {
			ret->uid = user_of(path);
			return;
		}
		if (!ret->unit[0] && (ends(p, ".service") || ends(p, ".scope")))
			copy_unescaped(ret->unit, sizeof(ret->unit), p);
	}
}
