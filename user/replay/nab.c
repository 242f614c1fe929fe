// SPDX-License-Identifier: Apache-2.0
/*
 * One metric against what it is known to reach, the idea of the engine's envelope
 * without its bytes and floors: the value, its mean over an hour of 5-minute rows, and
 * its step from row to row each keep a highest and a lowest point that sink slowly
 * towards the mean. How far a row goes beyond them, measured in their distance, is the
 * score; a surprise that was just told is not told again. Fixed-point throughout.
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
	MEAN_ROWS = 12,     /* an hour of NAB's 5-minute rows */
	FEATURES = 3,       /* value, mean, step */
	WARM_ROWS = 50,     /* nothing is known before; NAB does not judge them either */
	SINK_SHIFT = 14,    /* an envelope sinks by 1/16384 a row: the longest NAB file has 23000 */
	TOLD_SHIFT = 6,     /* a surprise is forgotten by 1/64 a row */
	NOISE_FACTOR = 3,   /* mean deviations that count as much as the envelope's width */
	SMALLEST_PART = 50, /* of the mean: a width below is noise */
	DECIMALS = 6,
	ONE = 1000000,      /* 1.0 with those decimals */
	EXPONENT_MAX = 400, /* beyond what a double holds */
};
#define VALUE_MAX INT64_C(1000000000000000) /* 10^9 in millionths; larger ones are cut off */
#define BEYOND_MAX INT64_C(1000000000000)   /* a million widths; x ONE it still fits */

struct feature {
	int64_t high, low, mean, noise;
};

struct nab {
	int64_t last[MEAN_ROWS];
	int64_t sum, told;
	uint64_t rows;
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

/* How far z is beyond what is known, in millionths of its width; then learns z. */
static int64_t feature_feed(struct feature *f, int64_t z, uint64_t row)
{
	int64_t part = (int64_t)MIN(row + 1, UINT64_C(1) << SINK_SHIFT);
	int64_t beyond, width, off;

	if (row == 0)
		*f = (struct feature){ .high = z, .low = z, .mean = z };
	width = (f->high - f->low + NOISE_FACTOR * f->noise) / 2;
	width = MAX(width, MAX((f->mean < 0 ? -f->mean : f->mean) / SMALLEST_PART, INT64_C(1)));
	beyond = MAX(z - f->high, f->low - z);
	off = z < f->mean ? f->mean - z : z - f->mean;
	f->mean += (z - f->mean) / part;
	f->noise += (off - f->noise) / part;
	f->high = MAX(z, f->high - (f->high - f->mean) / (1 << SINK_SHIFT));
	f->low = MIN(z, f->low + (f->mean - f->low) / (1 << SINK_SHIFT));
	if (beyond <= 0 || row < WARM_ROWS)
		return 0;
	return (int64_t)MIN((__int128)beyond * ONE / width, (__int128)BEYOND_MAX);
}

/* The score of the next row, in millionths. */
static int64_t nab_feed(struct nab *n, int64_t value)
{
	int64_t *oldest = &n->last[n->rows % MEAN_ROWS];
	int64_t before = n->rows ? n->last[(n->rows - 1) % MEAN_ROWS] : value;
	int64_t z[FEATURES], worst = 0, surprise, score;

	n->sum += value - *oldest;
	*oldest = value;
	z[0] = value;
	z[1] = n->sum / (int64_t)MIN(n->rows + 1, (uint64_t)MEAN_ROWS);
	z[2] = value < before ? before - value : value - before;
	for (int i = 0; i < FEATURES; i++) {
		int64_t beyond = feature_feed(&n->feature[i], z[i], n->rows);

		worst = MAX(worst, beyond);
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
	*ret_score = nab_feed(n, value);
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
