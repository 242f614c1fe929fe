/* SPDX-License-Identifier: Apache-2.0
 *
 * Pins that another build of egressd left. Same ABI: its maps are adopted, its programs
 * replaced, the billing one in a single step, so that no packet is missed or billed
 * twice. An older ABI: we count anew beside it, then take it off; the time both count is
 * in its maps and in ours, and nobody adds the two. Which build made the pins is told by
 * the name of one of them.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/cleanup.h"
#include "collect/private.h"
#include "collect/skeletons.h"

#define BUILD_PREFIX "build-"

typedef const void *(*elf_fn)(size_t *size);

/* All programs of this build in one number. */
static uint64_t build_id(void)
{
	static const elf_fn objects[] = { egress_bpf__elf_bytes,  egress_trusted_bpf__elf_bytes,
					  handoff_bpf__elf_bytes, inet_bpf__elf_bytes,
					  calls_bpf__elf_bytes,   life_bpf__elf_bytes,
					  file_bpf__elf_bytes,    file_fs_bpf__elf_bytes,
					  start_bpf__elf_bytes };
	uint64_t id = 0;

	for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
		size_t size;
		const void *elf = objects[i](&size);

		id = XXH3_64bits_withSeed(elf, size, id);
	}
	return id;
}

static int mark_path(const struct collect *c, char *buf, size_t size)
{
	char name[sizeof(BUILD_PREFIX) + 16];

	(void)snprintf(name, sizeof(name), BUILD_PREFIX "%016" PRIx64, build_id());
	return pins_path(c, "maps", name, buf, size);
}

/* Calls fn for each pin of a kind whose name begins so (or does not). */
static void pins_unlink(const struct collect *c, const char *kind, const char *prefix, bool begins)
{
	char path[512];
	_cleanup_closedir_ DIR *d = NULL;
	struct dirent *e;

	if (pins_path(c, kind, "", path, sizeof(path)) < 0)
		return;
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && begins == !strncmp(e->d_name, prefix, strlen(prefix)))
			(void)unlinkat(dirfd(d), e->d_name, 0);
}

bool upgrade_prepare(struct collect *c)
{
	char path[512];

	if (!c->pin_dir || !c->adopted || mark_path(c, path, sizeof(path)) < 0 ||
	    !access(path, F_OK))
		return false;
	/* Tracing programs cannot be exchanged in place: they are attached anew. */
	pins_unlink(c, "links", LINK_EGRESS, false);
	return true;
}

static struct collect_link *link_find(struct collect *c, const char *name)
{
	for (size_t i = 0; i < c->link_count; i++)
		if (!strcmp(c->links[i].name, name))
			return &c->links[i];
	return NULL;
}

/* The running egress program gives way to ours; the link and the maps stay. */
static int egress_replace(struct collect *c)
{
	struct collect_link *l = link_find(c, LINK_EGRESS);
	int fd, r;

	if (!l || l->link)
		return 0; /* attached by us a moment ago */
	r = objects_load_egress(&c->objects, c, RUNG_CGROUP_SKB);
	if (r < 0)
		r = objects_load_egress(&c->objects, c, RUNG_CGROUP_SKB_PROBE);
	if (r < 0)
		return r;
	fd = fcntl(
		bpf_program__fd(bpf_object__find_program_by_name(c->objects.egress, LINK_EGRESS)),
		F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	r = bpf_link_update(l->link_fd, fd, NULL);
	if (r < 0) {
		close(fd);
		return r;
	}
	close(l->prog_fd);
	l->prog_fd = fd;
	return 0;
}

static void rung_add(struct collect *c, const char *rung, char *detail)
{
	c->rung_text[c->rung_count] = detail;
	c->rungs[c->rung_count++] = (struct collect_rung){
		.group = "upgrade",
		.rung = rung,
		.detail = detail ? detail : "",
	};
}

static int mark(struct collect *c)
{
	char path[512];
	int r = mark_path(c, path, sizeof(path));

	if (r < 0)
		return r;
	pins_unlink(c, "maps", BUILD_PREFIX, true);
	return bpf_obj_pin(c->map_fd[MAP_LEDGER], path) && errno != EEXIST ? -errno : 0;
}

/* What an older version counted in all, by the part of its maps that never changes. */
static uint64_t older_total(const struct collect *c, int abi)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ unsigned char *value = NULL;
	_cleanup_close_ int fd = -1;
	uint64_t sum = 0, one;

	if (asprintf(&path, "%s/abi%d/maps/cpus", c->pin_dir, abi) < 0) {
		path = NULL;
		return 0;
	}
	fd = bpf_obj_get(path);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || info.value_size < sizeof(one))
		return 0;
	value = malloc(info.value_size);
	for (uint32_t cpu = 0; value && cpu < info.max_entries; cpu++) {
		if (bpf_map_lookup_elem(fd, &cpu, value))
			continue;
		memcpy(&one, value + EG_COLUMN_EGRESS * sizeof(one), sizeof(one));
		sum += one;
	}
	return sum;
}

/* We count by now: what the older version left goes, and is said. */
static int older_remove(struct collect *c)
{
	uint64_t bytes = 0;
	char *text;
	int r;

	for (int abi = 0; abi < EG_ABI_VERSION; abi++)
		bytes += older_total(c, abi);
	r = pins_remove(c->pin_dir, EG_ABI_VERSION - 1);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (asprintf(&text,
		     "the counters of an older version (%" PRIu64
		     " bytes in all) could not be carried over: sums begin anew",
		     bytes) < 0)
		text = NULL;
	rung_add(c, "older counters ended", text);
	return 0;
}

int upgrade_finish(struct collect *c, bool replace)
{
	int r;

	if (!c->pin_dir)
		return 0;
	if (replace) {
		r = egress_replace(c);
		if (r < 0)
			return r;
		rung_add(c, "programs replaced (hand-off and reads paused for a moment)", NULL);
	}
	r = mark(c);
	return r < 0 ? r : older_remove(c);
}
