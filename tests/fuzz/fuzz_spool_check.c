/* SPDX-License-Identifier: Apache-2.0
 *
 * The offline check and the daemon must see the same records in a segment's bytes: as
 * the input is, or as records with changes that the input says.
 */
#include "sink/spool_check.c"

#include <sys/mman.h>

#include "sink/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_BYTES 8192
#define RECORD_MAX 200

static void compare(const char *bytes, size_t size)
{
	struct segment s = { .fd = -1 };
	struct segment_header h;
	struct walk w = { 0 };
	int r = segment_scan(bytes, size, &s);

	if (size >= SEGMENT_HEADER) {
		memcpy(&h, bytes, sizeof(h));
		w.known = segment_header_good(&h);
		w.first = w.known ? le64toh(h.first_sequence) : 0;
		walk_records(bytes, size, &w);
	}
	if (r != -ENOMEM && (w.records != s.count || w.lost != s.lost ||
			     (s.count && w.last != s.records[s.count - 1].sequence)))
		abort();
	free(s.records);
}

/* Writes records by the first bytes, then changes bytes by the rest. */
static void changed(const uint8_t *data, size_t size)
{
	static char bytes[FILE_BYTES];
	struct segment s = { .fd = memfd_create("segment", MFD_CLOEXEC), .size = FILE_BYTES };
	size_t records = data[0] % 16, at = 1;

	if (s.fd < 0 || files_allocate(s.fd, FILE_BYTES) < 0 ||
	    segment_begin(&s, FILE_BYTES, 1 + data[0] / 16, 0) < 0)
		abort();
	for (size_t i = 0; i < records; i++)
		if (segment_append(&s, s.first_sequence + i, data,
				   MIN(size, (size_t)(data[i % size] % RECORD_MAX))) < 0)
			break;
	if (files_read_at(s.fd, bytes, FILE_BYTES, 0) != FILE_BYTES)
		abort();
	segment_close(&s);
	for (; at + 3 <= size; at += 3)
		bytes[(data[at] << 8 | data[at + 1]) % FILE_BYTES] ^= (char)data[at + 2];
	compare(bytes, FILE_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	compare((const char *)data, size);
	changed(data, size);
	return 0;
}
