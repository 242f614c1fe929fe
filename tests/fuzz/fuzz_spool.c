/* SPDX-License-Identifier: Apache-2.0
 *
 * Spool segments. An even first byte: the rest is a segment as it is. Odd: records are
 * written as the input says, then bytes of the file are changed as it says; what the
 * scan finds must be records that were written.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/files.h"
#include "sink/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_BYTES 8192
#define RECORD_MAX 255

static void check_scan(const struct segment *s, size_t size)
{
	uint64_t last = 0, end = SEGMENT_HEADER;

	for (size_t i = 0; i < s->count; i++) {
		const struct segment_record *r = &s->records[i];

		if (r->sequence < s->first_sequence || (i > 0 && r->sequence <= last))
			abort();
		if (r->offset < end || r->offset + segment_record_bytes(r->length) > size)
			abort();
		end = r->offset + segment_record_bytes(r->length);
		last = r->sequence;
	}
	if (s->count > 0 && s->used != end)
		abort();
}

static void scan_raw(const uint8_t *data, size_t size)
{
	struct segment s = { .fd = -1 };

	(void)segment_scan(data, size, &s);
	check_scan(&s, size);
	free(s.records);
}

/* The content of record `sequence` is given by its number and length alone. */
static void make_record(uint64_t sequence, size_t len, uint8_t out[RECORD_MAX])
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(sequence * 31 + i * 7 + len);
}

/* Two lives of one segment: the second is shorter and leaves old records behind it. */
static uint64_t write_lives(struct segment *s, const uint8_t **data, size_t *size)
{
	uint8_t record[RECORD_MAX];
	uint64_t sequence = 1;

	for (int life = 0; life < 2; life++) {
		if (segment_begin(s, FILE_BYTES, sequence, 0) < 0)
			abort();
		for (int i = 0; i < 20 && *size > 0; i++) {
			size_t len = *(*data)++;

			--*size;
			if (len == 0)
				break;
			make_record(sequence, len, record);
			if (segment_append(s, sequence, record, len) == 0)
				sequence++;
		}
	}
	return sequence;
}

static void write_and_spoil(const uint8_t *data, size_t size)
{
	struct segment s = { .fd = memfd_create("segment", MFD_CLOEXEC) };
	struct segment found = { .fd = -1 };
	uint8_t bytes[FILE_BYTES], record[RECORD_MAX];
	uint64_t end;

	end = write_lives(&s, &data, &size);
	if (files_read_at(s.fd, bytes, sizeof(bytes), 0) != sizeof(bytes))
		abort();
	for (; size >= 3; data += 3, size -= 3)
		bytes[(data[0] | data[1] << 8) % FILE_BYTES] ^= data[2];
	if (segment_scan(bytes, sizeof(bytes), &found) == 0)
		check_scan(&found, sizeof(bytes));
	for (size_t i = 0; i < found.count; i++) {
		const struct segment_record *r = &found.records[i];

		if (r->sequence >= end || r->length > RECORD_MAX)
			abort();
		make_record(r->sequence, r->length, record);
		if (memcmp(bytes + r->offset + 32, record, r->length) != 0)
			abort();
	}
	free(found.records);
	segment_close(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] & 1)
		write_and_spoil(data + 1, size - 1);
	else
		scan_raw(data + 1, size - 1);
	return 0;
}
