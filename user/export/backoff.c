/* SPDX-License-Identifier: Apache-2.0
 *
 * Full jitter: a wait anywhere between nothing and the bound, so that many sensors
 * do not come back at one instant.
 */
#include "export/backoff.h"

uint32_t backoff_ms(unsigned int failures, uint32_t retry_after_ms, uint32_t random)
{
	uint32_t bound = BACKOFF_FIRST_MS;

	for (unsigned int i = 1; i < failures && bound < BACKOFF_MAX_MS; i++)
		bound *= 2;
	if (bound > BACKOFF_MAX_MS)
		bound = BACKOFF_MAX_MS;
	return retry_after_ms + random % (bound + 1);
}
