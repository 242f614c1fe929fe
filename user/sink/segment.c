/* SPDX-License-Identifier: Apache-2.0
 *
 * Spool segments: layout, scanning, appending, reading.
 */
#include "sink/segment.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/files.h"
#include "sink/segment_layout.h"

enum { ROOM_FIRST = 64 }; /* records */

uint64_t segment_record_bytes(size_t len)
{
	return (sizeof(struct record_header) + len + RECORD_ALIGN - 1) / RECORD_ALIGN *
	       RECORD_ALIGN;
}

static int remember(struct segment *s, uint64_t sequence, uint64_t offset, size_t len)
{
	if (s->count == s->room) {
		size_t room = s->room ? s->room * 2 : ROOM_FIRST;
		struct segment_record *more = realloc(s->records, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		s->records = more;
		s->room = room;
	}
	s->records[s->count++] = (struct segment_record){ .sequence = sequence,
							  .offset = (uint32_t)offset,
							  .length = (uint32_t)len };
	return 0;
}

bool record_header_good(const struct record_header *h, uint64_t left)
{
	return le32toh(h->magic) == RECORD_MAGIC &&
	       le64toh(h->hash) == XXH3_64bits(h, offsetof(struct record_header, hash)) &&
	       segment_record_bytes(le32toh(h->length)) <= left;
}

static bool all_zero(const unsigned char *data, size_t size)
{
	return size == 0 || (data[0] == 0 && memcmp(data, data + 1, size - 1) == 0);
}

bool segment_header_good(const struct segment_header *h)
{
	return le64toh(h->magic) == SEGMENT_MAGIC &&
	       le64toh(h->hash) == XXH3_64bits(h, offsetof(struct segment_header, hash));
}

/* From a segment's header: what its records must not be below. */
static bool scan_header(const void *data, size_t size, struct segment *s)
{
	struct segment_header h;

	if (size < SEGMENT_HEADER)
		return false;
	memcpy(&h, data, sizeof(h));
	if (!segment_header_good(&h))
		return false;
	s->first_sequence = le64toh(h.first_sequence);
	s->dropped_total = le64toh(h.dropped_total);
	return true;
}

int segment_scan(const void *data, size_t size, struct segment *ret)
{
	const char *bytes = data;
	bool known = scan_header(data, size, ret);
	uint64_t expected = ret->first_sequence;

	ret->used = SEGMENT_HEADER;
	for (uint64_t at = SEGMENT_HEADER; at + sizeof(struct record_header) <= size;) {
		struct record_header h;
		uint64_t sequence, len;
		int r;

		memcpy(&h, bytes + at, sizeof(h));
		sequence = le64toh(h.sequence);
		/* Damage, an older life of this file, or never written: look further. */
		if (!record_header_good(&h, size - at) || sequence < expected ||
		    sequence == UINT64_MAX) {
			at += RECORD_ALIGN;
			continue;
		}
		len = le32toh(h.length);
		if (le64toh(h.data_hash) == XXH3_64bits(bytes + at + sizeof(h), len)) {
			if (expected == 0)
				expected = sequence; /* the header is lost */
			ret->lost += sequence - expected;
			expected = sequence + 1;
			r = remember(ret, sequence, at, len);
			if (r < 0)
				return r;
			ret->used = at + segment_record_bytes(len);
		}
		at += segment_record_bytes(len);
	}
	if (!known && ret->count > 0)
		ret->first_sequence = ret->records[0].sequence;
	if (!known && ret->count == 0 && !all_zero(data, size))
		return -EUCLEAN;
	return 0;
}

static int load(struct segment *s)
{
	struct buf bytes _cleanup_buf_ = BUF_INIT;
	ssize_t n;

	if (buf_reserve(&bytes, s->size) < 0)
		return -ENOMEM;
	n = files_read_at(s->fd, bytes.data, s->size, 0);
	if (n < 0)
		return (int)n;
	return segment_scan(bytes.data, (size_t)n, s);
}

int segment_open(const char *path, uint64_t size, struct segment *ret)
{
	struct stat st;
	int r = 0;

	*ret = (struct segment){ .used = SEGMENT_HEADER };
	ret->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (ret->fd < 0)
		return -errno;
	if (fchmod(ret->fd, 0600) < 0 || fstat(ret->fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode) || st.st_size > UINT32_MAX)
		r = -EUCLEAN;
	if (r == 0) {
		ret->size = (uint64_t)st.st_size;
		r = load(ret);
	}
	if (r == 0 && ret->size < size && ret->count == 0) {
		r = files_allocate(ret->fd, (off_t)size);
		ret->size = r == 0 ? size : ret->size;
	} else if (r == 0) {
		(void)files_allocate(ret->fd, (off_t)ret->size); /* a copy may be sparse */
	}
	if (r < 0)
		segment_close(ret);
	return r;
}

void segment_close(struct segment *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->records);
	*s = (struct segment){ .fd = -1 };
}

int segment_begin(struct segment *s, uint64_t size, uint64_t first_sequence, uint64_t dropped_total)
{
	struct segment_header h = {
		.magic = htole64(SEGMENT_MAGIC),
		.first_sequence = htole64(first_sequence),
		.dropped_total = htole64(dropped_total),
	};
	int r;

	h.hash = htole64(XXH3_64bits(&h, offsetof(struct segment_header, hash)));
	r = files_write_at(s->fd, &h, sizeof(h), 0);
	if (r == 0 && fdatasync(s->fd) < 0)
		r = -errno;
	if (r < 0)
		return r;
	if (s->size < size && files_allocate(s->fd, (off_t)size) == 0)
		s->size = size;
	else if (s->size > size && ftruncate(s->fd, (off_t)size) == 0)
		s->size = size;
	s->first_sequence = first_sequence;
	s->dropped_total = dropped_total;
	s->used = SEGMENT_HEADER;
	s->count = 0;
	s->lost = 0;
	return 0;
}

int segment_append(struct segment *s, uint64_t sequence, const void *data, size_t len)
{
	_cleanup_free_ char *record = NULL;
	uint64_t bytes = segment_record_bytes(len);
	struct record_header h = {
		.magic = htole32(RECORD_MAGIC),
		.length = htole32((uint32_t)len),
		.sequence = htole64(sequence),
		.data_hash = htole64(XXH3_64bits(data, len)),
	};
	int r;

	if (s->used + bytes > s->size)
		return -ENOBUFS;
	record = calloc(1, bytes);
	if (!record)
		return -ENOMEM;
	h.hash = htole64(XXH3_64bits(&h, offsetof(struct record_header, hash)));
	memcpy(record, &h, sizeof(h));
	if (len > 0)
		memcpy(record + sizeof(h), data, len);
	r = files_write_at(s->fd, record, bytes, (off_t)s->used);
	if (r == 0 && fdatasync(s->fd) < 0)
		r = -errno;
	if (r == 0)
		r = remember(s, sequence, s->used, len);
	if (r == 0)
		s->used += bytes;
	return r;
}

size_t segment_find(const struct segment *s, uint64_t from)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->records[middle].sequence < from)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int segment_read(const struct segment *s, size_t index, struct buf *out)
{
	const struct segment_record *record = &s->records[index];
	struct record_header h;
	ssize_t n = files_read_at(s->fd, &h, sizeof(h), record->offset);

	buf_clear(out);
	if (n < 0)
		return (int)n;
	if (n != sizeof(h) || !record_header_good(&h, s->size - record->offset) ||
	    le64toh(h.sequence) != record->sequence || le32toh(h.length) != record->length)
		return -EUCLEAN;
	if (buf_reserve(out, record->length) < 0)
		return -ENOMEM;
	n = files_read_at(s->fd, out->data, record->length, record->offset + sizeof(h));
	if (n < 0)
		return (int)n;
	if ((uint32_t)n != record->length ||
	    le64toh(h.data_hash) != XXH3_64bits(out->data, record->length))
		return -EUCLEAN;
	out->len = record->length;
	out->data[out->len] = '\0';
	return 0;
}
