/* SPDX-License-Identifier: Apache-2.0
 *
 * What both ends of the saved incidents agree on. Private to alert/.
 */
#ifndef ALERT_ALERTS_STATE_H
#define ALERT_ALERTS_STATE_H

enum {
	ALERTS_STATE_VERSION = 7,
	/* What earlier ones had not: 6 state hashes, 5 the question whether a level is normal, 4
	 * silences on a match, 3 silences, 2 witnesses; 1 is not read. */
	ALERTS_STATE_MAGIC = 0x4c414745, /* "EGAL" */
};

#endif
