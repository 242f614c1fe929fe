/* SPDX-License-Identifier: Apache-2.0
 *
 * Ids from content: the same trace gives the same ids on every machine, and two
 * sensors that see one host agree.
 */
#include <endian.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "alert/incident.h"

static void to_hex(XXH128_hash_t hash, char ret[ALERT_ID_LEN + 1])
{
	XXH128_canonical_t canonical;

	XXH128_canonicalFromHash(&canonical, hash);
	for (size_t i = 0; i < sizeof(canonical.digest); i++)
		snprintf(ret + 2 * i, 3, "%02x", canonical.digest[i]);
}

void alert_id_make(const char *host, const struct finding *f, int64_t first_ts,
		   char ret[ALERT_ID_LEN + 1])
{
	struct alert_key key = finding_key(f);
	uint64_t words[3] = { htole64(key.actor_id), htole64(key.dest_id),
			      htole64((uint64_t)first_ts) };
	unsigned char text[sizeof(words) + 256];
	size_t host_len = strnlen(host, sizeof(text) - sizeof(words));

	memcpy(text, words, sizeof(words));
	memcpy(text + sizeof(words), host, host_len);
	to_hex(XXH3_128bits(text, sizeof(words) + host_len), ret);
}

/* The time is in it because a sensor that crashed counts again from what it saved. */
void event_id_make(const char *alert_id, uint64_t sequence, int64_t ts, char ret[ALERT_ID_LEN + 1])
{
	uint64_t words[2] = { htole64(sequence), htole64((uint64_t)ts) };
	unsigned char text[ALERT_ID_LEN + sizeof(words)];

	memcpy(text, alert_id, ALERT_ID_LEN);
	memcpy(text + ALERT_ID_LEN, words, sizeof(words));
	to_hex(XXH3_128bits(text, sizeof(text)), ret);
}
