/* SPDX-License-Identifier: Apache-2.0
 *
 * What state files need: whole reads and writes at an offset, space that is really
 * there, and a damaged file put out of the way instead of deleted.
 */
#ifndef BASE_FILES_H
#define BASE_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* All of it or a negative errno; files_read_at() returns less only at the file's end. */
int files_write_at(int fd, const void *data, size_t len, off_t offset);
ssize_t files_read_at(int fd, void *data, size_t len, off_t offset);

/* All of it at the file's position (a pipe will do), or a negative errno. */
int files_write(int fd, const void *data, size_t len);

/* Allocates the blocks of [0, size) now, so that writing there later needs no space. */
int files_allocate(int fd, off_t size);

/* fsync of the directory that holds path: a new or renamed file stays after a crash. */
int files_sync_parent(const char *path);

/* Renames path to PATH.corrupt-YYYYMMDDThhmmssZ (with -2, -3 behind if that is taken).
 * *ret_aside is the new name, to be freed. */
int files_set_aside(const char *path, int64_t now_unix_s, char **ret_aside);

#endif
