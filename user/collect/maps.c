/* SPDX-License-Identifier: Apache-2.0
 *
 * The maps all programs share: made by the first object that loads, handed to the
 * others, pinned, adopted by the next daemon, and the counters mapped into memory.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "collect/private.h"

struct map_shape {
	const char *name;
	size_t value_size;
	bool mapped;
	bool optional; /* made by its own group, if at all */
};

static const struct map_shape map_shapes[MAP_COUNT] = {
	[MAP_ROWS] = { "rows", sizeof(struct eg_row), true, false },
	[MAP_INDEX] = { "row_index", sizeof(struct eg_ref), false, false },
	[MAP_FREE] = { "free_slots", sizeof(uint32_t), false, false },
	[MAP_CHUNKS] = { "chunks", sizeof(uint64_t), true, false },
	[MAP_CPUS] = { "cpus", sizeof(struct eg_cpu), true, false },
	[MAP_LEDGER] = { "ledger", sizeof(struct eg_ledger), true, false },
	[MAP_SOCKETS] = { "sockets", 0, false, false },
	[MAP_LISTENERS] = { "listeners", sizeof(uint32_t), false, false },
	[MAP_RING] = { "life_ring", 0, false, true },
	[MAP_READERS] = { "readers", sizeof(struct eg_reader_val), false, true },
	[MAP_WATCHED] = { "watched_dirs", sizeof(uint32_t), false, true },
	[MAP_VERDICTS] = { "file_verdicts", sizeof(uint32_t), false, true },
	[MAP_FILE_WATCH] = { "file_watch", sizeof(struct eg_watch), true, true },
	[MAP_FILE_CPUS] = { "file_cpus", sizeof(struct eg_file_cpu), true, true },
	[MAP_FILE_LEDGER] = { "file_ledger", sizeof(struct eg_file_ledger), true, true },
};

static int map_find(const char *name)
{
	for (int i = 0; i < MAP_COUNT; i++)
		if (!strcmp(map_shapes[i].name, name))
			return i;
	return -ENOENT;
}

static unsigned int map_entries(const struct collect *c, int id)
{
	switch (id) {
	case MAP_ROWS:
	case MAP_INDEX:
	case MAP_FREE: return c->max_flows;
	case MAP_CHUNKS: return c->max_flows / SLOTS_PER_CHUNK;
	case MAP_CPUS:
	case MAP_FILE_CPUS: return c->cpu_count;
	default: return 0; /* as declared */
	}
}

/* 0 when the pinned map has the shape this ABI wants. */
static int map_check(int fd, const struct map_shape *shape, unsigned int *ret_entries)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	*ret_entries = info.max_entries;
	return shape->value_size && info.value_size != shape->value_size ? -EINVAL : 0;
}

static int maps_needed(void)
{
	int count = 0;

	for (int i = 0; i < MAP_COUNT; i++)
		count += !map_shapes[i].optional;
	return count;
}

int maps_adopt(struct collect *c)
{
	char path[512];
	unsigned int entries = 0, flows = 0;
	int found = 0, r;

	if (!c->pin_dir)
		return -ENOENT;
	for (int i = 0; i < MAP_COUNT; i++) {
		r = pins_path(c, "maps", map_shapes[i].name, path, sizeof(path));
		if (r < 0)
			return r;
		c->map_fd[i] = bpf_obj_get(path);
		if (c->map_fd[i] < 0)
			continue;
		found += !map_shapes[i].optional;
		r = map_check(c->map_fd[i], &map_shapes[i], &entries);
		if (r < 0)
			return r;
		if (i == MAP_ROWS)
			flows = entries;
		if ((i == MAP_CPUS || i == MAP_FILE_CPUS) && entries < c->cpu_count)
			return -EINVAL;
	}
	if (found == maps_needed()) {
		c->max_flows = flows;
		return 0;
	}
	maps_close(c);
	if (found > 0)
		(void)pins_remove(c->pin_dir,
				  EG_ABI_VERSION); /* torn by a crash at the very start */
	return -ENOENT;
}

int maps_prepare(struct collect *c, struct bpf_object *obj)
{
	struct bpf_map *map;
	int id, r;

	bpf_object__for_each_map(map, obj) {
		id = map_find(bpf_map__name(map));
		if (id < 0)
			continue;
		if (c->map_fd[id] >= 0)
			r = bpf_map__reuse_fd(map, c->map_fd[id]);
		else
			r = map_entries(c, id) ? bpf_map__set_max_entries(map, map_entries(c, id))
					       : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

int maps_take(struct collect *c, struct bpf_object *obj)
{
	struct bpf_map *map;
	int id;

	bpf_object__for_each_map(map, obj) {
		id = map_find(bpf_map__name(map));
		if (id < 0 || c->map_fd[id] >= 0)
			continue;
		c->map_fd[id] = fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 0);
		if (c->map_fd[id] < 0)
			return -errno;
	}
	return 0;
}

static size_t map_bytes(const struct collect *c, int id)
{
	size_t entries = map_entries(c, id) ? map_entries(c, id) : 1;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (entries * map_shapes[id].value_size + page - 1) / page * page;
}

void *maps_memory(const struct collect *c, int id)
{
	void *p =
		mmap(NULL, map_bytes(c, id), PROT_READ | PROT_WRITE, MAP_SHARED, c->map_fd[id], 0);

	return p == MAP_FAILED ? NULL : p;
}

void maps_memory_free(const struct collect *c, int id, void *memory)
{
	if (memory)
		(void)munmap(memory, map_bytes(c, id));
}

/* Slot 0 comes to lie on top, so that used slots stay close together. */
static int slots_fill(struct collect *c)
{
	for (uint32_t i = 0; i < c->max_flows; i++)
		c->rows[i].generation = 1; /* 0 means no row */
	for (uint32_t slot = c->max_flows; slot-- > 0;)
		if (bpf_map_update_elem(c->map_fd[MAP_FREE], NULL, &slot, BPF_ANY))
			return -errno;
	return 0;
}

int maps_start(struct collect *c, bool fresh)
{
	int r;

	c->rows = maps_memory(c, MAP_ROWS);
	c->chunks = maps_memory(c, MAP_CHUNKS);
	c->cpus = maps_memory(c, MAP_CPUS);
	c->ledger = maps_memory(c, MAP_LEDGER);
	if (!c->rows || !c->chunks || !c->cpus || !c->ledger)
		return -errno;
	if (!fresh)
		return c->ledger->abi_version == EG_ABI_VERSION ? 0 : -EINVAL;
	r = slots_fill(c);
	if (r < 0)
		return r;
	c->ledger->boot_ns = clock_boot_ns();
	c->ledger->abi_version = EG_ABI_VERSION;
	return 0;
}

int maps_pin(struct collect *c)
{
	char path[512];
	int r;

	for (int i = 0; i < MAP_COUNT; i++) {
		if (c->map_fd[i] < 0)
			continue;
		r = pins_path(c, "maps", map_shapes[i].name, path, sizeof(path));
		if (r < 0)
			return r;
		if (access(path, F_OK) && bpf_obj_pin(c->map_fd[i], path))
			return -errno;
	}
	return 0;
}

void maps_close(struct collect *c)
{
	void *memory[MAP_COUNT] = { [MAP_ROWS] = c->rows,
				    [MAP_CHUNKS] = c->chunks,
				    [MAP_CPUS] = c->cpus,
				    [MAP_LEDGER] = c->ledger };

	for (int i = 0; i < MAP_COUNT; i++) {
		maps_memory_free(c, i, memory[i]);
		if (c->map_fd[i] >= 0)
			close(c->map_fd[i]);
		c->map_fd[i] = -1;
	}
	c->rows = NULL;
	c->chunks = NULL;
	c->cpus = NULL;
	c->ledger = NULL;
}
