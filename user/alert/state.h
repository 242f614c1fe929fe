/* SPDX-License-Identifier: Apache-2.0
 *
 * All a sensor has learned about one host, in one self-contained byte string: the
 * engine's baselines and the open incidents. Written by the daemon into its state
 * slots and by replay for `baseline import`.
 */
#ifndef ALERT_STATE_H
#define ALERT_STATE_H

#include <stddef.h>

struct alerts;
struct buf;
struct engine;
struct names;

/* Appends the state: header (magic, version, lengths, XXH3-64), engine, alerts. */
int state_save(const struct engine *engine, const struct alerts *alerts, struct buf *out);

/* Loads into a fresh engine and fresh alerts. -EBADMSG: damaged, not a state, or of a
 * newer version; engine and alerts are then to be thrown away. */
int state_load(struct engine *engine, struct alerts *alerts, struct names *names, const void *data,
	       size_t len);

#endif
