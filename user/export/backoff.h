/* SPDX-License-Identifier: Apache-2.0
 *
 * When to try again: exponential with full jitter, never before the receiver asked.
 * Pure.
 */
#ifndef EXPORT_BACKOFF_H
#define EXPORT_BACKOFF_H

#include <stdint.h>

enum { BACKOFF_FIRST_MS = 1000, BACKOFF_MAX_MS = 60000, BACKOFF_CIRCUIT = 5 };

/* Milliseconds to wait after `failures` in a row (from 1); `random` is any number. */
uint32_t backoff_ms(unsigned int failures, uint32_t retry_after_ms, uint32_t random);

#endif
