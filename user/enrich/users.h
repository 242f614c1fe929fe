/* SPDX-License-Identifier: Apache-2.0
 *
 * User names from a passwd(5) file, parsed here: NSS may ask a directory server and
 * block the tick. A uid that is not in the file goes by its number.
 */
#ifndef ENRICH_USERS_H
#define ENRICH_USERS_H

#include <stdint.h>

struct users;

/* path NULL = /etc/passwd. A file that cannot be read is an empty one. -ENOMEM. */
int users_new(const char *path, struct users **ret);
void users_free(struct users *u);

/* Name, or the uid in decimal; reads the file again when it has changed. The string
 * is valid until the next call. */
const char *users_name(struct users *u, uint32_t uid);

#endif
