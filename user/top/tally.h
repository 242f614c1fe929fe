/* SPDX-License-Identifier: Apache-2.0
 *
 * A number by 64-bit key, for one pass over many flows: group places, distinct
 * destinations, reads by process. Open addressing; keys are hashes already. Pure.
 */
#ifndef TOP_TALLY_H
#define TOP_TALLY_H

#include <stddef.h>
#include <stdint.h>

struct tally_slot {
	uint64_t key, value; /* value 0 = empty */
};

struct tally {
	struct tally_slot *slots;
	size_t mask;  /* slots - 1 */
	size_t count; /* keys, as tally_grown() was told */
};

/* Room for `keys` different keys. -ENOMEM. */
int tally_new(struct tally *t, size_t keys);
void tally_free(struct tally *t);

/* Where the value of `key` stands: 0 where it is new; the caller makes it another. */
uint64_t *tally_at(struct tally *t, uint64_t key);

/* The same where nobody knows how many keys there will be: from an empty tally on it grows
 * with them. The caller makes a 0 another number before the next call. NULL: no memory. */
uint64_t *tally_grown(struct tally *t, uint64_t key);

#endif
