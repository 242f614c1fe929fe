/* SPDX-License-Identifier: Apache-2.0
 *
 * What detect/ hands on: a series that is above its allowance now, with all the
 * arithmetic that says so. alert/ turns findings into incidents.
 */
#ifndef DETECT_FINDING_H
#define DETECT_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "egress/params.h"
#include "egress/types.h"
#include "model/names.h"

enum series_kind {
	SERIES_HOST = 0,   /* everything that leaves, by class */
	SERIES_ACTOR = 1,  /* one actor, by class */
	SERIES_READ = 2,   /* database file bytes an actor read */
	SERIES_PAIR = 3,   /* actor, direction, destination group, service port */
	SERIES_NOVEL = 4,  /* actor, direction: bytes to new destination groups */
	SERIES_FAN = 5,    /* actor: distinct destination groups */
	SERIES_BUDGET = 6, /* no series: a budget the operator set, exceeded (model/words.h) */
	SERIES_KINDS
};

/* Destination class of a series. */
enum series_class { CLASS_ANY = 0, CLASS_INTERNAL = 1, CLASS_PUBLIC = 2 };

/* What stands out. Indirect evidence (week, steady) raises a ticket, never a page
 * by its volume alone. */
enum finding_evidence {
	EVIDENCE_PEAK = 0,   /* volume over the horizon against its known peak */
	EVIDENCE_WEEK = 1,   /* this hour of the week is usually far quieter (horizon 1 h) */
	EVIDENCE_STEADY = 2, /* 24 x its quietest hour of the last day (horizon 1 d) */
	EVIDENCE_DAY = 3,    /* this UTC day, of a transfer that is much the same every day: the
			      * points are for value - baseline against allowed - baseline */
	EVIDENCE_DRIFT = 4,  /* what it sent on 7 of 14 days, against the day it is known for;
			      * a ticket if public, else a notice */
};

struct finding_point {
	uint8_t context; /* enum eg_context */
	int32_t points;
};

struct finding {
	uint64_t series_id;
	enum series_kind kind;
	enum series_class cls;
	const struct actor *actor; /* NULL for HOST */
	const struct dest *dest;   /* PAIR: the group; NOVEL, ACTOR: the largest new one, or NULL */
	uint8_t init;              /* enum eg_init */
	uint16_t port;
	enum finding_evidence evidence;
	uint8_t horizon;      /* index into the eight horizons: the one that scored */
	int32_t score_milli;  /* 1000 = one point; 10 points = one doubling */
	int32_t volume_milli; /* 10 log2(value / allowed) part; indirect: at most 15000 */
	enum eg_level level;  /* after the cold-start cap */
	bool capped;          /* cold start held it at ticket */
	bool warm;            /* this horizon had learned enough */
	/* FAN: destination groups instead of bytes in the next four */
	uint64_t value_bytes;    /* V_h */
	uint64_t allowed_bytes;  /* T_h, before context */
	uint64_t baseline_bytes; /* E_h */
	uint64_t floor_bytes;    /* F_h x phi */
	uint64_t tx_bytes;       /* sent by this series in this tick */
	uint64_t day_bytes;      /* sent by this series in the last 24 h */
	uint64_t read_bytes;     /* database file bytes its actor read over the horizon */
	uint64_t db_bytes;       /* D; 0 = unknown */
	uint64_t state_hash;     /* XXH3-64 of what the series measured and learned: a replay of the
				same traffic has the same */
	uint32_t profile_age_days;
	/* V_h / T_h x 1000; without a level how much of the room above its known peak is used,
	 * 0 below that peak: hysteresis works on it. */
	uint32_t ratio_milli;
	size_t point_count;
	struct finding_point points[EG_CTX_COUNT];
};

/* BUDGET: the id of the operator's word. */
static inline uint32_t finding_word_id(const struct finding *f)
{
	return (uint32_t)f->series_id;
}

#endif
