/* SPDX-License-Identifier: Apache-2.0
 *
 * Reader cursors; see cursors.h.
 */
#include "sink/cursors.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/files.h"

#define CURSOR_MAGIC 0x313043534745feffull
#define COPY_BYTES 512 /* a sector each: a torn write spoils one copy only */

/* On disk, little endian. */
struct copy {
	uint64_t magic;
	char name[CURSOR_NAME_MAX + 1];
	uint64_t sequence;
	uint64_t hash; /* XXH3 of the fields above */
};

static off_t copy_offset(size_t entry, unsigned int copy)
{
	return (off_t)((entry * 2 + copy) * COPY_BYTES);
}

static bool name_good(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= CURSOR_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len;
}

static bool copy_good(const struct copy *c)
{
	return le64toh(c->magic) == CURSOR_MAGIC &&
	       le64toh(c->hash) == XXH3_64bits(c, offsetof(struct copy, hash)) &&
	       !c->name[CURSOR_NAME_MAX] && name_good(c->name);
}

static int load_copy(int fd, size_t entry, unsigned int copy, struct cursor *best)
{
	struct copy c;
	ssize_t n = files_read_at(fd, &c, sizeof(c), copy_offset(entry, copy));

	if (n < 0)
		return (int)n;
	if (n != sizeof(c) || !copy_good(&c))
		return 0;
	if (best->name[0] && le64toh(c.sequence) <= best->sequence)
		return 0;
	memcpy(best->name, c.name, sizeof(best->name));
	best->sequence = le64toh(c.sequence);
	best->copy = copy;
	return 0;
}

int cursors_open(const char *path, struct cursors *ret)
{
	int r = 0;

	*ret = (struct cursors){ .fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
					    0600) };
	if (ret->fd < 0)
		return -errno;
	if (flock(ret->fd, LOCK_EX | LOCK_NB) < 0)
		r = errno == EWOULDBLOCK ? -EBUSY : -errno;
	else if (fchmod(ret->fd, 0600) < 0)
		r = -errno;
	else
		r = files_allocate(ret->fd, copy_offset(CURSORS_MAX, 0));
	for (size_t i = 0; r == 0 && i < CURSORS_MAX; i++) {
		r = load_copy(ret->fd, i, 0, &ret->entries[i]);
		if (r == 0)
			r = load_copy(ret->fd, i, 1, &ret->entries[i]);
	}
	if (r < 0)
		cursors_close(ret);
	return r;
}

void cursors_close(struct cursors *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

int cursors_get(const struct cursors *c, const char *name, uint64_t *ret_sequence)
{
	*ret_sequence = 0;
	if (!name_good(name))
		return -EINVAL;
	for (size_t i = 0; i < CURSORS_MAX; i++)
		if (strcmp(c->entries[i].name, name) == 0)
			*ret_sequence = c->entries[i].sequence;
	return 0;
}

static struct cursor *entry_for(struct cursors *c, const char *name)
{
	struct cursor *found = NULL;

	for (size_t i = 0; i < CURSORS_MAX; i++) {
		if (strcmp(c->entries[i].name, name) == 0)
			return &c->entries[i];
		if (!found && !c->entries[i].name[0])
			found = &c->entries[i];
	}
	return found;
}

int cursors_set(struct cursors *c, const char *name, uint64_t sequence)
{
	struct copy copy = { .magic = htole64(CURSOR_MAGIC), .sequence = htole64(sequence) };
	struct cursor *entry;
	unsigned int next;
	int r;

	if (!name_good(name))
		return -EINVAL;
	entry = entry_for(c, name);
	if (!entry)
		return -EUSERS;
	if (entry->name[0] && sequence <= entry->sequence)
		return 0;
	next = !entry->copy;
	memcpy(copy.name, name, strlen(name));
	copy.hash = htole64(XXH3_64bits(&copy, offsetof(struct copy, hash)));
	r = files_write_at(c->fd, &copy, sizeof(copy),
			   copy_offset((size_t)(entry - c->entries), next));
	if (r == 0 && fdatasync(c->fd) < 0)
		r = -errno;
	if (r < 0)
		return r;
	memcpy(entry->name, copy.name, sizeof(entry->name));
	entry->sequence = sequence;
	entry->copy = next;
	return 0;
}

uint64_t cursors_lowest(const struct cursors *c)
{
	uint64_t lowest = UINT64_MAX;

	for (size_t i = 0; i < CURSORS_MAX; i++)
		if (c->entries[i].name[0] && c->entries[i].sequence < lowest)
			lowest = c->entries[i].sequence;
	return lowest == UINT64_MAX ? 0 : lowest;
}

uint64_t cursors_highest(const struct cursors *c)
{
	uint64_t highest = 0;

	for (size_t i = 0; i < CURSORS_MAX; i++)
		if (c->entries[i].name[0] && c->entries[i].sequence > highest)
			highest = c->entries[i].sequence;
	return highest;
}

/* Both copies of an entry: the newest good one, and which are neither good nor empty. */
static int look_at(int fd, size_t entry, struct copy *ret_best, bool spoilt[2],
		   struct cursor_check *ret)
{
	static const struct copy blank;

	*ret = (struct cursor_check){ 0 };
	for (unsigned int i = 0; i < 2; i++) {
		struct copy c = { 0 };
		ssize_t n = files_read_at(fd, &c, sizeof(c), copy_offset(entry, i));

		if (n < 0)
			return (int)n;
		spoilt[i] = !copy_good(&c) && memcmp(&c, &blank, sizeof(c)) != 0;
		ret->spoilt += spoilt[i];
		if (!copy_good(&c))
			continue;
		if (!ret->good++ || le64toh(c.sequence) > ret->sequence) {
			*ret_best = c;
			ret->sequence = le64toh(c.sequence);
			memcpy(ret->name, c.name, sizeof(ret->name));
		}
	}
	return 0;
}

int cursors_check(int fd, bool repair, cursor_check_fn fn, void *ctx)
{
	for (size_t entry = 0; entry < CURSORS_MAX; entry++) {
		struct cursor_check check;
		struct copy best = { 0 };
		bool spoilt[2];
		int r = look_at(fd, entry, &best, spoilt, &check);

		for (unsigned int i = 0; r == 0 && repair && i < 2; i++)
			if (spoilt[i])
				r = files_write_at(fd, &best, sizeof(best), copy_offset(entry, i));
		if (r == 0 && repair && check.spoilt)
			r = fdatasync(fd) < 0 ? -errno : 0;
		if (r < 0)
			return r;
		check.repaired = repair && check.spoilt;
		if (check.good || check.spoilt)
			r = fn(ctx, &check);
		if (r < 0)
			return r;
	}
	return 0;
}
