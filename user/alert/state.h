/* SPDX-License-Identifier: Apache-2.0
 *
 * All a sensor has learned about one host, in one self-contained byte string: the
 * engine's baselines, the open incidents, and what the operator has said. Written by the daemon into its state
 * slots and by replay for `baseline import`.
 */
#ifndef ALERT_STATE_H
#define ALERT_STATE_H

#include <stddef.h>

struct alerts;
struct buf;
struct engine;
struct names;
struct words;

/* Appends the state: header (magic, version, lengths, XXH3-64), engine, alerts, words
 * (NULL: none). */
int state_save(const struct engine *engine, const struct alerts *alerts, const struct words *words,
	       struct buf *out);

/* Loads into a fresh engine, fresh alerts, and words that may hold the configuration's
 * (NULL: they are passed over; their prefixes are told `names` before anything else is
 * read). -EBADMSG: damaged, not a state, or of a newer version; engine, alerts and words
 * are then to be thrown away. */
int state_load(struct engine *engine, struct alerts *alerts, struct words *words,
	       struct names *names, const void *data, size_t len);

#endif
