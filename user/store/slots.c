/* SPDX-License-Identifier: Apache-2.0
 *
 * The slots file. Each half is a header block and the state. The state is written and
 * synced before its header, so a crash leaves either slot as it was: an old header
 * whose state no longer matches is not valid, and the other slot is.
 */
#include "store/slots.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/files.h"

#define SLOT_MAGIC 0x3154304c53534745ull /* "EGSSL0T1" on disk, little endian */
#define BLOCK 4096u                      /* header block; states are rounded up to it */
#define STATE_MAX (1ull << 30)           /* a header that claims more is not believed */

/* On disk, little endian; the rest of the header block is zero. */
struct slot_header {
	uint64_t magic;
	uint64_t generation; /* from 1; the higher one is the newer */
	uint64_t length;     /* bytes of state */
	uint64_t state_hash; /* XXH3 of the state */
	uint64_t hash;       /* XXH3 of the fields above */
};

struct slots {
	int fd;
	char *path;
	uint64_t half;       /* bytes of one slot: header block and state */
	uint64_t generation; /* of the newest valid slot; 0 = none */
	unsigned int newest;
};

static uint64_t header_hash(const struct slot_header *h)
{
	return htole64(XXH3_64bits(h, offsetof(struct slot_header, hash)));
}

/* Reads and checks slot `index`. With `state`, its state is left there when valid. */
static bool judge(int fd, uint64_t half, unsigned int index, struct slot_header *h,
		  struct buf *state)
{
	off_t at = (off_t)(half * index);
	uint64_t length;

	buf_clear(state);
	if (files_read_at(fd, h, sizeof(*h), at) != sizeof(*h))
		return false;
	length = le64toh(h->length);
	if (le64toh(h->magic) != SLOT_MAGIC || header_hash(h) != h->hash || h->generation == 0 ||
	    length > half - BLOCK || buf_reserve(state, length) < 0)
		return false;
	if (files_read_at(fd, state->data, length, at + BLOCK) != (ssize_t)length ||
	    htole64(XXH3_64bits(state->data, length)) != h->state_hash)
		return false;
	state->len = length;
	state->data[length] = '\0';
	return true;
}

/* Finds the newest valid slot. Returns false if the file is not as we leave files: with
 * no valid slot. Zeros are none: a fresh file holds an empty state, so that one that a
 * crash of the file system left blank is known. */
static bool load(struct slots *s)
{
	struct buf state _cleanup_buf_ = BUF_INIT;

	s->generation = 0;
	for (unsigned int i = 0; i < 2; i++) {
		struct slot_header h;

		if (!judge(s->fd, s->half, i, &h, &state) || le64toh(h.generation) <= s->generation)
			continue;
		s->generation = le64toh(h.generation);
		s->newest = i;
	}
	return s->generation > 0;
}

static uint64_t half_for(size_t max_bytes)
{
	return BLOCK + (max_bytes + BLOCK - 1) / BLOCK * BLOCK;
}

/* Makes PATH with halves of that size, holding `state` if there is one, in one step
 * for whoever looks: a new file takes the old one's name when it is on disk. */
static int replace(struct slots *s, uint64_t half, uint64_t generation, const void *state,
		   size_t len)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	struct slots fresh;
	int r;

	if (asprintf(&path, "%s.new", s->path) < 0)
		return -ENOMEM;
	(void)unlink(path); /* left by a crash in this very place */
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : files_allocate(fd, (off_t)(2 * half));
	fresh = (struct slots){ .fd = fd, .path = s->path, .half = half, .newest = state != NULL };
	fresh.generation = generation;
	if (r == 0)
		r = slots_write(&fresh, state ? state : "", state ? len : 0);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0 && rename(path, s->path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(path);
		return r;
	}
	if (s->fd >= 0)
		close(s->fd);
	*s = fresh;
	TAKE_FD(fd);
	return files_sync_parent(s->path);
}

/* A file that is there: loads it, or sets it aside and keeps what is valid in it. */
static int adopt(struct slots *s, uint64_t half, char **ret_aside)
{
	struct buf state _cleanup_buf_ = BUF_INIT;
	uint64_t generation;
	struct stat st;
	bool whole;
	int r;

	if (flock(s->fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (fchmod(s->fd, 0600) < 0 || fstat(s->fd, &st) < 0)
		return -errno;
	s->half = (uint64_t)st.st_size / 2;
	whole = S_ISREG(st.st_mode) && st.st_size % (2 * BLOCK) == 0 && s->half >= 2 * BLOCK &&
		s->half <= STATE_MAX;
	if (whole && load(s)) {
		/* More room is asked for than it has: welcome, but not needed to go on. */
		if (half > s->half && slots_read(s, &state) == 0)
			(void)replace(s, half, s->generation, s->generation ? state.data : NULL,
				      state.len);
		return 0;
	}
	if (!whole) { /* slot 0 stands at the start, whatever was cut off */
		s->half = (uint64_t)st.st_size + BLOCK;
		(void)load(s);
	}
	generation = s->generation;
	if (generation > 0 && slots_read(s, &state) < 0)
		generation = 0;
	r = files_set_aside(s->path, time(NULL), ret_aside);
	if (r < 0)
		return r;
	return replace(s, MAX(half, half_for(state.len)), generation,
		       generation ? state.data : NULL, state.len);
}

int slots_open(const char *path, size_t max_bytes, char **ret_aside, struct slots **ret)
{
	struct slots *s;
	int r;

	*ret_aside = NULL;
	if (max_bytes == 0 || max_bytes > STATE_MAX / 2)
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->path = strdup(path);
	s->fd = s->path ? open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
	if (!s->path)
		r = -ENOMEM;
	else if (s->fd >= 0)
		r = adopt(s, half_for(max_bytes), ret_aside);
	else if (errno == ENOENT)
		r = replace(s, half_for(max_bytes), 0, NULL, 0);
	else
		r = -errno;
	if (r < 0) {
		slots_close(s);
		return r;
	}
	*ret = s;
	return 0;
}

int slots_read(struct slots *s, struct buf *out)
{
	struct slot_header h;

	buf_clear(out);
	if (s->generation == 0)
		return 0;
	if (judge(s->fd, s->half, s->newest, &h, out))
		return 0;
	/* It was valid when we opened it: the other one may still be. */
	(void)load(s);
	if (s->generation > 0 && judge(s->fd, s->half, s->newest, &h, out))
		return 0;
	buf_clear(out);
	return -EUCLEAN;
}

int slots_write(struct slots *s, const void *data, size_t len)
{
	unsigned int index = !s->newest;
	off_t at = (off_t)(s->half * index);
	struct slot_header h = {
		.magic = htole64(SLOT_MAGIC),
		.generation = htole64(s->generation + 1),
		.length = htole64(len),
		.state_hash = htole64(XXH3_64bits(data, len)),
	};
	int r;

	if (len > STATE_MAX / 2)
		return -EFBIG;
	if (len > s->half - BLOCK) {
		/* Half as much again, so that growth is rare. */
		r = replace(s, half_for(len + len / 2), s->generation, data, len);
		return r == -ENOSPC || r == -EDQUOT ? -EFBIG : r;
	}
	h.hash = header_hash(&h);
	r = files_write_at(s->fd, data, len, at + BLOCK);
	if (r == 0 && fdatasync(s->fd) < 0)
		r = -errno;
	if (r == 0)
		r = files_write_at(s->fd, &h, sizeof(h), at);
	if (r == 0 && fdatasync(s->fd) < 0)
		r = -errno;
	if (r < 0)
		return r;
	s->generation++;
	s->newest = index;
	return 0;
}

void slots_close(struct slots *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	free(s->path);
	free(s);
}
