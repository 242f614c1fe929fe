/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 of executables, computed by one thread at the lowest priority, one file at
 * a time, remembered by what the file is (device, inode, size, times). The thread
 * begins with the first file.
 */
#ifndef ENRICH_EXEHASH_H
#define ENRICH_EXEHASH_H

#include <stdint.h>

#define EXEHASH_HEX 65

struct exehash;

/* Which content: a file that is written gets another change time. */
struct exehash_key {
	uint64_t dev, ino, size, mtime_ns, ctime_ns; /* all 0 = none asked for yet */
};

int exehash_new(struct exehash **ret); /* -ENOMEM */
void exehash_free(struct exehash *h);  /* waits for the piece being read, not the file */

/* Takes an open executable in (fd stays the caller's). -EFBIG: larger than
 * EXEHASH_BYTES_MAX; -EBUSY: the queue is full, ask again; -EAGAIN: no thread. */
int exehash_ask(struct exehash *h, int fd, struct exehash_key *ret);

/* The answer, at once or after waiting for at most wait_us. -EAGAIN: not yet.
 * -ENOENT: never asked, forgotten, or it could not be read. */
int exehash_get(struct exehash *h, const struct exehash_key *key, unsigned int wait_us,
		char ret[EXEHASH_HEX]);

#endif
