/* SPDX-License-Identifier: Apache-2.0
 *
 * What save.c and load.c agree on.
 */
#ifndef DETECT_STATE_H
#define DETECT_STATE_H

#define STATE_MAGIC "EGDETECT"

enum {
	STATE_MAGIC_LEN = 8,
	STATE_VERSION = 4,       /* older ones are read too */
	STATE_VERSION_FANS = 2,  /* from this one on: fan-out counters at the end */
	STATE_VERSION_WORD = 3,  /* ... the operator's word on a series */
	STATE_VERSION_USUAL = 4, /* ... days seen, usual days */
};

#endif
