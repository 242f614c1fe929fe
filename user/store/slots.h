/* SPDX-License-Identifier: Apache-2.0
 *
 * Two preallocated, checksummed slots written in turn: baseline state survives a
 * crash at any instant and a disk that is full (a temporary file and a rename need
 * space that a full disk has not got).
 */
#ifndef STORE_SLOTS_H
#define STORE_SLOTS_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct slots;

/* Opens or makes PATH (mode 0600) with room for two states of max_bytes each,
 * allocated now. A file that is not ours, truncated, or has no valid slot is set
 * aside as PATH.corrupt-YYYYMMDDThhmmssZ (never deleted; *ret_aside gets the new
 * name, to be freed, else NULL) and a fresh one is made; a valid slot of a truncated
 * file goes into the fresh one. One opener at a time: -EBUSY. */
int slots_open(const char *path, size_t max_bytes, char **ret_aside, struct slots **ret);
/* Latest valid state into out; 0 bytes if none was ever written. */
int slots_read(struct slots *s, struct buf *out);
/* Writes the older slot, fsyncs. -EFBIG if it has grown past the slot: the file is
 * grown first if the disk allows. The previous state stays valid until the end. */
int slots_write(struct slots *s, const void *data, size_t len);
void slots_close(struct slots *s);

#endif
