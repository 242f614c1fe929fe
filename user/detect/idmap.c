// SPDX-License-Identifier: Apache-2.0
/*
 * Open addressing with linear probing and backward-shift deletion. Ids are hashes
 * already, so their low bits are the place.
 */
#include "detect/idmap.h"

#include <errno.h>
#include <stdlib.h>

int idmap_init(struct idmap *m, uint32_t entries)
{
	uint32_t size = 16;

	while (size < entries * 2)
		size *= 2;
	m->cells = calloc(size, sizeof(*m->cells));
	if (!m->cells)
		return -ENOMEM;
	m->mask = size - 1;
	m->count = 0;
	return 0;
}

void idmap_destroy(struct idmap *m)
{
	free(m->cells);
	m->cells = NULL;
}

static uint32_t find(const struct idmap *m, uint64_t id)
{
	uint32_t i = (uint32_t)id & m->mask;

	while (m->cells[i].id && m->cells[i].id != id)
		i = (i + 1) & m->mask;
	return i;
}

uint32_t idmap_get(const struct idmap *m, uint64_t id)
{
	const struct idmap_cell *cell = &m->cells[find(m, id)];

	return cell->id ? cell->value : IDMAP_NONE;
}

void idmap_put(struct idmap *m, uint64_t id, uint32_t value)
{
	struct idmap_cell *cell = &m->cells[find(m, id)];

	if (!cell->id)
		m->count++;
	cell->id = id;
	cell->value = value;
}

void idmap_remove(struct idmap *m, uint64_t id)
{
	uint32_t hole = find(m, id);

	if (!m->cells[hole].id)
		return;
	m->count--;
	for (uint32_t i = (hole + 1) & m->mask; m->cells[i].id; i = (i + 1) & m->mask) {
		uint32_t home = (uint32_t)m->cells[i].id & m->mask;

		/* Moves back only what stays reachable from its home. */
		if (((i - home) & m->mask) >= ((i - hole) & m->mask)) {
			m->cells[hole] = m->cells[i];
			hole = i;
		}
	}
	m->cells[hole].id = 0;
}
