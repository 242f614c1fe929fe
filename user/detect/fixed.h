/* SPDX-License-Identifier: Apache-2.0
 *
 * Integer arithmetic for scores and decay: no libm and no floating point, so that
 * every compiler and processor gives the same bits.
 */
#ifndef DETECT_FIXED_H
#define DETECT_FIXED_H

#include <stdint.h>

enum { FIXED_LOG2_BITS = 24 };

/* log2(v) in Q24, v > 0; error below 3e-6. */
int64_t fixed_log2(uint64_t v);

/* 10 log2(value / allowed) x 1000, rounded down; both > 0. Ten points = a doubling. */
int32_t fixed_points_milli(uint64_t value, uint64_t allowed);

/* 2^(-1/n) in Q32, n > 0: what halves a value in n steps. */
uint64_t fixed_half_life(uint32_t n);

/* v x q / 2^32, rounded down. */
uint64_t fixed_mul_q32(uint64_t v, uint64_t q);

/* v x milli / 1000, saturating. */
static inline uint64_t fixed_mul_milli(uint64_t v, uint32_t milli)
{
	uint64_t product;

	if (!__builtin_mul_overflow(v, (uint64_t)milli, &product))
		return product / 1000;
	return v / 1000 > UINT64_MAX / milli ? UINT64_MAX : v / 1000 * milli;
}

/* value x 1000 / base, saturating at UINT32_MAX; base > 0. */
uint32_t fixed_ratio_milli(uint64_t value, uint64_t base);

/* a + b, saturating. */
static inline uint64_t fixed_add(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* Whether a/b > c/d, exactly; b and d > 0. */
static inline int fixed_ratio_above(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	return (unsigned __int128)a * d > (unsigned __int128)c * b;
}

#endif
