// SPDX-License-Identifier: Apache-2.0
/*
 * One metric against what it is known to reach, the idea of the engine's envelope
 * without its bytes and floors: the value, its mean over an hour and a half of 5-minute
 * rows, its step from row to row, its range within an hour, and what is left of it beyond
 * the time of day each keep a highest and a lowest point that sink slowly towards the
 * mean. How far a row goes beyond them, measured in their distance, is the score; a
 * surprise that was just told is not told again. Fixed-point throughout.
 */
#include "replay/nab.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "replay/trace_input.h"

enum {
	MEAN_ROWS = 18,     /* an hour and a half of NAB's 5-minute rows */
	RANGE_ROWS = 12,    /* an hour */
	WARM_ROWS = 50,     /* nothing is known before; NAB does not judge them either */
	SINK_SHIFT = 17,    /* an envelope sinks by 2^-17 a row: hardly in a file of 23000 */
	TOLD_SHIFT = 7,     /* a surprise is forgotten by 1/128 a row */
	NOISE_FACTOR = 3,   /* mean deviations that count as much as the envelope's width */
	SMALLEST_PART = 50, /* of the mean value: a width below is noise */
	SLOT_HOURS = 2,     /* the time of day, so fine */
	SLOTS = 24 / SLOT_HOURS,
	SLOT_SHIFT = 4, /* its mean follows by 1/16 a row */
	SLOT_DAYS = 2,  /* ... and speaks when so many days were seen */
	DATE_LENGTH = 10,
	DECIMALS = 6,
	ONE = 1000000,      /* 1.0 with those decimals */
	EXPONENT_MAX = 400, /* beyond what a double holds */
};
enum feature_kind { VALUE, MEAN, STEP, OFF, OFF_MEAN, RANGE, FEATURES };

/* What tells less about an event counts less, in thousandths. */
static const int64_t weight_milli[FEATURES] = { 1000, 1000, 1000, 500, 500, 700 };
#define VALUE_MAX INT64_C(1000000000000000) /* 10^9 in millionths; larger ones are cut off */
#define BEYOND_MAX INT64_C(1000000000000)   /* a million widths; x ONE it still fits */

struct feature {
	int64_t high, low, mean, noise;
	uint64_t rows;
};

/* The usual value at a time of day. */
struct slot {
	int64_t mean;
	uint32_t days, last_day;
};

struct nab {
	int64_t last[MEAN_ROWS], off[RANGE_ROWS]; /* rings, by row */
	int64_t sum, off_sum, told;
	uint64_t rows;
	char date[DATE_LENGTH];
	uint32_t day;
	struct slot slot[SLOTS];
	struct feature feature[FEATURES];
};

static int64_t clip(int64_t v)
{
	return MAX(MIN(v, VALUE_MAX), -VALUE_MAX);
}

/* v x 10^exponent. */
static int64_t scale10(int64_t v, int exponent)
{
	for (; exponent > 0 && v > -VALUE_MAX && v < VALUE_MAX; exponent--)
		v = clip(v * 10);
	for (; exponent < 0 && v; exponent++)
		v /= 10;
	return v;
}

static const char *parse_exponent(const char *p, const char *end, int *ret)
{
	bool minus = p < end && *p == '-';
	int n = 0;

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	if (p == end)
		return NULL;
	for (; p < end && isdigit((unsigned char)*p); p++)
		n = MIN(n * 10 + (*p - '0'), (int)EXPONENT_MAX);
	*ret += minus ? -n : n;
	return p;
}

/* Decimal text to millionths, too large ones cut off. */
static bool parse_value(const char *p, const char *end, int64_t *ret)
{
	bool minus = p < end && *p == '-', dot = false;
	int digits = 0, exponent = DECIMALS;
	int64_t v = 0;

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	for (; p < end && (isdigit((unsigned char)*p) || (*p == '.' && !dot)); p++) {
		if (*p == '.') {
			dot = true;
			continue;
		}
		digits++;
		if (v >= VALUE_MAX / 10) { /* no more digits fit: only the magnitude counts */
			exponent += !dot;
			continue;
		}
		v = v * 10 + (*p - '0');
		exponent -= dot;
	}
	if (p < end && (*p == 'e' || *p == 'E'))
		p = parse_exponent(p + 1, end, &exponent);
	if (!digits || p != end)
		return false;
	v = scale10(v, exponent);
	*ret = minus ? -v : v;
	return true;
}

/* How far z is beyond what is known, in millionths of its width, which is at least
 * `smallest`; then learns z. */
static int64_t feature_feed(struct feature *f, int64_t z, int64_t smallest)
{
	int64_t part = (int64_t)MIN(f->rows + 1, UINT64_C(1) << SINK_SHIFT);
	int64_t beyond, width, off;

	if (f->rows == 0)
		*f = (struct feature){ .high = z, .low = z, .mean = z };
	width = MAX((f->high - f->low + NOISE_FACTOR * f->noise) / 2, smallest);
	beyond = MAX(z - f->high, f->low - z);
	off = z < f->mean ? f->mean - z : z - f->mean;
	f->mean += (z - f->mean) / part;
	f->noise += (off - f->noise) / part;
	f->high = MAX(z, f->high - (f->high - f->mean) / (1 << SINK_SHIFT));
	f->low = MIN(z, f->low + (f->mean - f->low) / (1 << SINK_SHIFT));
	f->rows++;
	if (beyond <= 0 || f->rows <= WARM_ROWS)
		return 0;
	return (int64_t)MIN((__int128)beyond * ONE / width, (__int128)BEYOND_MAX);
}

/* The time of day of "2014-04-01 13:45:00", or -1: not a time. Counts its days. */
static int slot_of(struct nab *n, const char *time, size_t len)
{
	unsigned int hour;

	if (len < DATE_LENGTH + 3 || !isdigit((unsigned char)time[DATE_LENGTH + 1]) ||
	    !isdigit((unsigned char)time[DATE_LENGTH + 2]))
		return -1;
	hour = (unsigned int)(time[DATE_LENGTH + 1] - '0') * 10 +
	       (unsigned int)(time[DATE_LENGTH + 2] - '0');
	if (hour > 23)
		return -1;
	if (memcmp(n->date, time, DATE_LENGTH) != 0) {
		memcpy(n->date, time, DATE_LENGTH);
		n->day++;
	}
	return (int)(hour / SLOT_HOURS);
}

/* What is left of the value beyond its time of day. False: that is not known yet. */
static bool slot_feed(struct nab *n, int at, int64_t value, int64_t *ret)
{
	struct slot *s = at < 0 ? NULL : &n->slot[at];
	bool known = s && s->days >= SLOT_DAYS;

	*ret = known ? value - s->mean : 0;
	if (!s)
		return false;
	if (!s->days)
		s->mean = value;
	if (s->last_day != n->day) {
		s->last_day = n->day;
		s->days++;
	}
	s->mean += (value - s->mean) / (1 << SLOT_SHIFT);
	return known;
}

/* Highest less lowest value of the last RANGE_ROWS, which are in last[]. */
static int64_t range_of(const struct nab *n)
{
	int64_t high = INT64_MIN, low = INT64_MAX;

	for (uint64_t ago = 0; ago < MIN(n->rows + 1, (uint64_t)RANGE_ROWS); ago++) {
		int64_t v = n->last[(n->rows - ago) % MEAN_ROWS];

		high = MAX(high, v);
		low = MIN(low, v);
	}
	return high - low;
}

/* The score of the next row, in millionths. */
static int64_t nab_feed(struct nab *n, int slot, int64_t value)
{
	int64_t *oldest = &n->last[n->rows % MEAN_ROWS], *old_off = &n->off[n->rows % RANGE_ROWS];
	int64_t before = n->rows ? n->last[(n->rows - 1) % MEAN_ROWS] : value;
	int64_t z[FEATURES], worst = 0, surprise, score, mean;
	bool timed = slot_feed(n, slot, value, &z[OFF]);

	n->sum += value - *oldest;
	*oldest = value;
	n->off_sum += z[OFF] - *old_off;
	*old_off = z[OFF];
	z[VALUE] = value;
	z[MEAN] = n->sum / (int64_t)MIN(n->rows + 1, (uint64_t)MEAN_ROWS);
	z[STEP] = value < before ? before - value : value - before;
	z[OFF_MEAN] = n->off_sum / RANGE_ROWS;
	z[RANGE] = range_of(n);
	for (int i = 0; i < FEATURES; i++) {
		int64_t beyond;

		if (!timed && (i == OFF || i == OFF_MEAN))
			continue;
		mean = n->feature[VALUE].mean;
		beyond = feature_feed(&n->feature[i], z[i],
				      MAX((mean < 0 ? -mean : mean) / SMALLEST_PART, INT64_C(1)));
		worst = MAX(worst, beyond / 1000 * weight_milli[i]);
	}
	n->rows++;
	surprise = worst * ONE / (worst + ONE); /* 0 to 1; a whole width beyond is a half */
	score = MAX(surprise - n->told, INT64_C(0));
	n->told = MAX(surprise, n->told - (n->told >> TOLD_SHIFT));
	return score;
}

/* 1 = scored, 0 = passed over. */
static int score_line(struct nab *n, const char *line, size_t len, const char **ret_why,
		      int64_t *ret_score)
{
	const char *comma = memchr(line, ',', len), *end = line + len, *next;
	int64_t value;

	if (!comma || comma == line) {
		*ret_why = "is not timestamp,value";
		return -EINVAL;
	}
	next = memchr(comma + 1, ',', (size_t)(end - comma - 1));
	if (!parse_value(comma + 1, next ? next : end, &value)) {
		*ret_why = "holds no number behind its first comma";
		return -EINVAL;
	}
	*ret_score = nab_feed(n, slot_of(n, line, (size_t)(comma - line)), value);
	return 1;
}

static int score_file(struct trace_input *in, FILE *out, const char **ret_why)
{
	struct nab nab = { .rows = 0 };
	const char *line;
	int64_t score;
	size_t len;
	int r;

	if (fputs("timestamp,value,anomaly_score\n", out) < 0)
		return -EIO;
	while ((r = trace_input_line(in, &line, &len)) > 0) {
		static const char names[] = "timestamp,";

		if (len == 0 || (trace_input_number(in) == 1 && len >= sizeof(names) - 1 &&
				 memcmp(line, names, sizeof(names) - 1) == 0))
			continue;
		r = score_line(&nab, line, len, ret_why, &score);
		if (r < 0)
			return r;
		if (fprintf(out, "%.*s,%" PRId64 ".%06" PRId64 "\n", (int)len, line, score / ONE,
			    score % ONE) < 0)
			return errno ? -errno : -EIO;
	}
	if (r == -EBADMSG)
		*ret_why = "the compressed data is damaged or ends early";
	return r;
}

int nab_run(const char *path, FILE *out, struct buf *error)
{
	struct trace_input *in = NULL;
	const char *why = NULL;
	int r = trace_input_open(path, &in);

	if (r == 0)
		r = score_file(in, out, &why);
	if (r == 0 && fflush(out) != 0)
		r = errno ? -errno : -EIO;
	if (r < 0 && why)
		buf_addf(error, "%s:%" PRIu64 ": %s%s", path, trace_input_number(in),
			 r == -EINVAL ? "the row " : "", why);
	else if (r < 0)
		buf_addf(error, "%s: %s", path, strerror(-r));
	trace_input_close(in);
	return r;
}
