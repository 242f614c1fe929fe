/* SPDX-License-Identifier: Apache-2.0
 *
 * A spool segment's bytes on disk: for the code that writes them and the one that
 * checks them offline.
 */
#ifndef SINK_SEGMENT_LAYOUT_H
#define SINK_SEGMENT_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "sink/segment.h"

/* Neither can stand in UTF-8 text: no alert can hold a forged record. */
#define SEGMENT_MAGIC 0x0131474553fffef5ull
#define RECORD_MAGIC 0xfef752f5u
#define RECORD_ALIGN 8u

/* On disk, all little endian. Hashes are XXH3. */
struct segment_header {
	uint64_t magic;
	uint64_t first_sequence;
	uint64_t dropped_total;
	uint64_t hash; /* of the fields above */
};
_Static_assert(sizeof(struct segment_header) <= SEGMENT_HEADER, "disk format");

struct record_header {
	uint32_t magic;
	uint32_t length; /* of the data that follows, which is padded to RECORD_ALIGN */
	uint64_t sequence;
	uint64_t data_hash;
	uint64_t hash; /* of the fields above */
};
_Static_assert(sizeof(struct record_header) == 32, "disk format");

bool segment_header_good(const struct segment_header *h);
/* A record's header of ours, with its data inside the `left` bytes of the file? */
bool record_header_good(const struct record_header *h, uint64_t left);

#endif
