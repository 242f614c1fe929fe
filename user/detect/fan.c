// SPDX-License-Identifier: Apache-2.0
/*
 * Distinct counts over sliding windows, in integers.
 */
#include "detect/fan.h"

#include <string.h>

#include "base/cleanup.h"

enum {
	RANK_MAX = 58,          /* 64 bits less the six that choose the register */
	LINEAR_LIMIT = 160,     /* 2.5 m: below, empty registers tell more than ranks */
	ALPHA_M_SQUARED = 2904, /* .709 x 64 x 64 */
	QUANTUM_BITS = 32,
};

/* 64 ln(64 / empty registers), the count that leaves so many empty. */
static const uint16_t linear_count[FAN_REGISTERS + 1] = {
	0,  266, 222, 196, 177, 163, 151, 142, 133, 126, 119, 113, 107, 102, 97, 93, 89,
	85, 81,  78,  74,  71,  68,  65,  63,  60,  58,  55,  53,  51,  48,  46, 44, 42,
	40, 39,  37,  35,  33,  32,  30,  28,  27,  25,  24,  23,  21,  20,  18, 17, 16,
	15, 13,  12,  11,  10,  9,   7,   6,   5,   4,   3,   2,   1,   0,
};

static uint64_t rotate(uint64_t v, unsigned int bits)
{
	return v << bits | v >> (64 - bits);
}

static void sip_rounds(uint64_t v[4], unsigned int rounds)
{
	while (rounds--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32) + v[3];
		v[2] += v[1];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

uint64_t fan_hash(const struct fan_key *key, uint64_t word)
{
	const uint64_t length = 8ULL << 56; /* the last block: eight bytes, no rest */
	uint64_t v[4] = {
		key->word[0] ^ 0x736f6d6570736575ULL,
		key->word[1] ^ 0x646f72616e646f6dULL,
		key->word[0] ^ 0x6c7967656e657261ULL,
		key->word[1] ^ 0x7465646279746573ULL,
	};

	v[3] ^= word;
	sip_rounds(v, 2);
	v[0] ^= word;
	v[3] ^= length;
	sip_rounds(v, 2);
	v[0] ^= length;
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void fan_init(struct fan *f, uint32_t actor, uint32_t minute)
{
	memset(f, 0, sizeof(*f));
	f->actor = actor;
	f->minute = minute;
}

static bool in_hour(uint32_t then, uint32_t minute)
{
	return then / FAN_MINUTES + FAN_TENS > minute / FAN_MINUTES;
}

/* Clears the slots that `steps` of a tier have passed. */
static void clear_slots(struct fan *f, unsigned int first, unsigned int slots, uint32_t index,
			uint32_t steps)
{
	for (uint32_t k = 0; k < MIN(steps, slots); k++)
		memset(f->rank[first + (index - k) % slots], 0, FAN_REGISTERS);
}

static void advance(struct fan *f, uint32_t minute)
{
	uint32_t ten = minute / FAN_MINUTES, ten_before = f->minute / FAN_MINUTES;

	if (minute <= f->minute)
		return;
	clear_slots(f, 0, FAN_MINUTES, minute, minute - f->minute);
	clear_slots(f, FAN_MINUTES, FAN_TENS, ten, ten - ten_before);
	f->minute = minute;
}

static void note_exact(struct fan *f, uint64_t hash, uint32_t minute)
{
	struct fan_exact *place = NULL;

	for (unsigned int i = 0; i < FAN_EXACT; i++) {
		struct fan_exact *x = &f->exact[i];

		if (x->hash == hash) {
			x->minute = minute;
			return;
		}
		if (!place && (!x->hash || !in_hour(x->minute, minute)))
			place = x;
	}
	if (place)
		*place = (struct fan_exact){ hash, minute };
	else
		f->over_minute = minute;
}

void fan_note(struct fan *f, uint64_t hash, uint32_t minute)
{
	unsigned int i = hash % FAN_REGISTERS;
	uint64_t rest = hash / FAN_REGISTERS | 1ULL << (RANK_MAX - 1);
	uint8_t rank = (uint8_t)(__builtin_ctzll(rest) + 1);
	uint8_t *recent, *older;

	minute = MAX(minute, f->minute);
	advance(f, minute);
	note_exact(f, hash ? hash : 1, minute);
	recent = &f->rank[minute % FAN_MINUTES][i];
	older = &f->rank[FAN_MINUTES + minute / FAN_MINUTES % FAN_TENS][i];
	*recent = MAX(*recent, rank);
	*older = MAX(*older, rank);
}

/* The estimate from the union of slots that lie `ago` to 0 before the index. */
static uint32_t estimate(const struct fan *f, unsigned int first, unsigned int slots,
			 uint32_t index, uint32_t passed)
{
	uint64_t sum = 0, count;
	unsigned int empty = 0;

	for (unsigned int i = 0; i < FAN_REGISTERS; i++) {
		unsigned int rank = 0;

		for (uint32_t ago = 0; ago + passed < slots; ago++)
			rank = MAX(rank, (unsigned int)f->rank[first + (index - ago) % slots][i]);
		empty += rank == 0;
		sum += 1ULL << (QUANTUM_BITS - MIN(rank, (unsigned int)QUANTUM_BITS));
	}
	count = ((uint64_t)ALPHA_M_SQUARED << QUANTUM_BITS) / sum;
	return count <= LINEAR_LIMIT && empty ? linear_count[empty]
					      : (uint32_t)MIN(count, (uint64_t)UINT32_MAX);
}

struct fan_count fan_count(const struct fan *f, uint32_t minute)
{
	uint32_t passed = minute > f->minute ? minute - f->minute : 0;
	uint32_t ten = f->minute / FAN_MINUTES, tens_passed;
	struct fan_count n = { 0, 0 };

	minute = MAX(minute, f->minute);
	tens_passed = minute / FAN_MINUTES - ten;
	for (unsigned int i = 0; i < FAN_EXACT; i++) {
		const struct fan_exact *x = &f->exact[i];

		n.ten_minutes += x->hash && x->minute + FAN_MINUTES > minute;
		n.hour += x->hash && in_hour(x->minute, minute);
	}
	if (!f->over_minute || !in_hour(f->over_minute, minute))
		return n;
	n.ten_minutes = MAX(n.ten_minutes, estimate(f, 0, FAN_MINUTES, f->minute, passed));
	n.hour = MAX(n.hour, estimate(f, FAN_MINUTES, FAN_TENS, ten, tens_passed));
	return n;
}
