// SPDX-License-Identifier: Apache-2.0
/*
 * egressd against four methods of others, re-implemented here, on host totals of real
 * servers (the input of host_totals.c): which share of injected leaks each catches at
 * equal rates of false alerts. Every method gives one number a step; its threshold is
 * what is swept. An alert holds for 24 h, so that all are counted alike; the injected
 * day must be quiet on the clean host at that threshold, else the leak is not counted.
 */
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/buf.h"
#include "config/config.h"
#include "detect/engine.h"

enum {
	COLUMNS = 26521,
	STEP_S = 300,
	DAY = 86400 / STEP_S,
	HOUR = 3600 / STEP_S,
	FROM = 14 * DAY,
	HOSTS_MAX = 300,
	LEAKS = 3,
	METHODS = 5,
	RATES = 5,
	STEPS_TRIED = 400, /* thresholds */
};
static const int64_t first_ts = 1372629600;
static const double months_a_host = (COLUMNS - FROM) * (double)STEP_S / 86400 / 30.4375;
static const double rates[RATES] = { .05, .1, .2, .5, 1 };
static const char *const method_names[METHODS] = {
	"egressd",
	"volume in 2 min (Splunk-like)",
	"mean + k sigma, 30 d",
	"hour of day, 14 d (Sentinel-like)",
	"peaks over threshold (SPOT)",
};
static const struct {
	const char *name;
	double bytes;
	uint32_t days;
} leaks[LEAKS] = {
	{ "100 GB / 7 d", 100e9, 7 },
	{ "20 GB / 14 d", 20e9, 14 },
	{ "0.62 MB/s, 7 d", 620e3 * 604800, 7 },
};

/* What each method said of one host. */
struct host {
	float *clean[METHODS];        /* COLUMNS */
	float *leaky[METHODS][LEAKS]; /* of the leak's steps */
	uint32_t from[LEAKS];
};

static int score_egressd(const struct params *params, const double *v, float *out)
{
	struct params_detect detect = params->detect;
	struct names *names = NULL;
	struct engine *engine = NULL;
	int r = names_new(&names);

	detect.notice_score = -60; /* findings far below a notice, for the sweep */
	if (r == 0)
		r = engine_new(&detect, names, &engine);
	for (uint32_t i = 0; r == 0 && i < COLUMNS; i++) {
		struct tick_row row = { .tx_unknown = v[i] < 0,
					.tx_bytes = v[i] < 0 ? 0 : (uint64_t)v[i] };
		struct tick tick = { .host = "eval",
				     .ts = first_ts + (int64_t)i * STEP_S,
				     .interval_s = STEP_S,
				     .rows = &row,
				     .row_count = 1 };
		const struct finding *f;
		size_t n;

		r = engine_feed(engine, &tick, &f, &n);
		out[i] = -60;
		for (size_t k = 0; r >= 0 && k < n; k++)
			out[i] = fmaxf(out[i], (float)f[k].score_milli / 1000);
		r = MIN(r, 0);
	}
	engine_free(engine);
	names_free(names);
	return r;
}

/* Bytes in the step: 1.07 GB in 2 min is 2.5 times that here. */
static void score_volume(const double *v, float *out)
{
	for (uint32_t i = 0; i < COLUMNS; i++)
		out[i] = (float)fmax(v[i], 0);
}

/* Sigmas above the mean of the 30 days (or what there is) before. */
static void score_sigma(const double *v, float *out)
{
	double sum = 0, squares = 0, n = 0;

	for (uint32_t i = 0; i < COLUMNS; i++) {
		double mean = n ? sum / n : 0;
		double sigma = n ? sqrt(fmax(squares / n - mean * mean, 0)) : 0;

		out[i] = n < DAY || v[i] < 0 ? 0 : (float)((v[i] - mean) / fmax(sigma, 1e3));
		if (v[i] >= 0)
			sum += v[i], squares += v[i] * v[i], n++;
		if (i >= 30 * DAY && v[i - 30 * DAY] >= 0) {
			double old = v[i - 30 * DAY];

			sum -= old, squares -= old * old, n--;
		}
	}
}

static int by_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Hourly sums less the median of their hour of the day over 14 days, in widths of the
 * residuals' 10th to 90th percentile; only hours of 10 MB or more. Known at the
 * hour's end; the product it resembles waits a day or two more. */
static void score_hours(const double *v, float *out)
{
	enum { HOURS = COLUMNS / HOUR, BACK = 14 };
	static double sum[HOURS];
	double rest[BACK * 24], day[BACK], median[24];

	memset(out, 0, COLUMNS * sizeof(*out));
	for (uint32_t h = 0; h < HOURS; h++) {
		sum[h] = 0;
		for (uint32_t i = 0; i < HOUR; i++)
			sum[h] += fmax(v[h * HOUR + i], 0);
	}
	for (uint32_t h = BACK * 24; h < HOURS; h++) {
		double width;

		if (sum[h] < 10e6)
			continue;
		for (uint32_t k = 0; k < 24; k++) {
			for (uint32_t d = 0; d < BACK; d++)
				day[d] = sum[h - k - 24 * d - (k ? 0 : 24)];
			qsort(day, BACK, sizeof(*day), by_double);
			median[k] = day[BACK / 2];
			for (uint32_t d = 0; d < BACK; d++)
				rest[k * BACK + d] = day[d] - median[k];
		}
		qsort(rest, BACK * 24, sizeof(*rest), by_double);
		width = rest[BACK * 24 * 9 / 10] - rest[BACK * 24 / 10];
		out[h * HOUR + HOUR - 1] = (float)((sum[h] - median[0]) / fmax(width, 1e5));
	}
}

/* A generalised Pareto tail over the 98 % quantile of log bytes, fitted by moments to
 * the last 200 peaks (SPOT's idea; its own fit is by likelihood). The score is
 * -log10 of the chance of the step, for 100 MB or more. */
static void score_spot(const double *v, float *out)
{
	enum { PEAKS = 200, INIT = 14 * DAY };
	double first[INIT], peak[PEAKS], t;
	uint64_t seen = INIT, peaks = 0;

	memset(out, 0, COLUMNS * sizeof(*out));
	for (uint32_t i = 0; i < INIT; i++)
		first[i] = log1p(fmax(v[i], 0));
	qsort(first, INIT, sizeof(*first), by_double);
	t = first[INIT * 98 / 100];
	for (uint32_t i = INIT * 98 / 100; i < INIT; i++)
		if (first[i] > t)
			peak[peaks++ % PEAKS] = first[i] - t;
	for (uint32_t i = INIT; i < COLUMNS; i++) {
		double x = log1p(fmax(v[i], 0)) - t, mean = 0, var = 0, shape, scale, tail;
		uint64_t n = MIN(peaks, (uint64_t)PEAKS);

		seen++;
		if (x <= 0)
			continue;
		for (uint64_t k = 0; k < n; k++)
			mean += peak[k] / (double)n;
		for (uint64_t k = 0; k < n; k++)
			var += (peak[k] - mean) * (peak[k] - mean) / (double)n;
		var = fmax(var, 1e-6);
		mean = fmax(mean, 1e-3);
		shape = .5 * (1 - mean * mean / var);
		scale = .5 * mean * (mean * mean / var + 1);
		tail = fabs(shape) < 1e-6           ? -x / scale
		       : 1 + shape * x / scale <= 0 ? -1e3
						    : -log1p(shape * x / scale) / shape;
		tail = log((double)MAX(peaks, UINT64_C(1)) / (double)seen) + tail;
		if (v[i] >= 100e6)
			out[i] = (float)(-tail / M_LN10);
		if (out[i] < 4) /* what is anomalous at 1e-4 is not learned */
			peak[peaks++ % PEAKS] = x;
	}
}

static int score_all(const struct params *params, const double *v, float *out[METHODS])
{
	score_volume(v, out[1]);
	score_sigma(v, out[2]);
	score_hours(v, out[3]);
	score_spot(v, out[4]);
	return score_egressd(params, v, out[0]);
}

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static int judge_host(const struct params *params, const uint32_t *kb, uint64_t seed,
		      struct host *h)
{
	static double clean[COLUMNS], leaky[COLUMNS];
	static float scratch[METHODS][COLUMNS];
	float *out[METHODS];
	int r;

	for (uint32_t i = 0; i < COLUMNS; i++)
		clean[i] = kb[i] == UINT32_MAX ? -1 : kb[i] * 1000.0;
	for (int m = 0; m < METHODS; m++) {
		h->clean[m] = calloc(COLUMNS, sizeof(float));
		if (!h->clean[m])
			return -ENOMEM;
	}
	r = score_all(params, clean, h->clean);
	for (int w = 0; r == 0 && w < LEAKS; w++) {
		uint32_t steps = leaks[w].days * DAY, first = 45 * DAY;
		uint32_t last = MIN((uint32_t)88 * DAY, COLUMNS - steps);

		h->from[w] = first + (uint32_t)(next_random(&seed) % (last - first));
		memcpy(leaky, clean, sizeof(leaky));
		for (uint32_t i = h->from[w]; i < h->from[w] + steps; i++)
			leaky[i] += leaky[i] < 0 ? 0 : leaks[w].bytes / steps;
		for (int m = 0; m < METHODS; m++)
			out[m] = scratch[m];
		r = score_all(params, leaky, out);
		for (int m = 0; r == 0 && m < METHODS; m++) {
			h->leaky[m][w] = calloc(steps, sizeof(float));
			if (!h->leaky[m][w])
				return -ENOMEM;
			memcpy(h->leaky[m][w], scratch[m] + h->from[w], steps * sizeof(float));
		}
	}
	return r;
}

static uint32_t count_alerts(const float *s, float threshold)
{
	uint32_t n = 0, quiet_from = 0;

	for (uint32_t i = FROM; i < COLUMNS; i++) {
		if (s[i] < threshold)
			continue;
		n += i >= quiet_from;
		quiet_from = i + DAY;
	}
	return n;
}

static float highest(const float *s, uint32_t n)
{
	float top = -FLT_MAX;

	for (uint32_t i = 0; i < n; i++)
		top = fmaxf(top, s[i]);
	return top;
}

/* The lowest threshold that keeps false alerts at or below the rate, by bisection. */
static float threshold_for(const struct host *hosts, uint32_t n, int m, double rate)
{
	double low = m == 0 ? -59 : 0, high = m == 1 ? 1e13 : 1e6;

	for (int i = 0; i < 60; i++) {
		double middle = m == 1 && low > 0 ? sqrt(low * high) : (low + high) / 2;
		uint64_t alerts = 0;

		for (uint32_t k = 0; k < n; k++)
			alerts += count_alerts(hosts[k].clean[m], (float)middle);
		if ((double)alerts / (n * months_a_host) > rate)
			low = middle;
		else
			high = middle;
	}
	return (float)high;
}

static void print_row(const struct host *hosts, uint32_t n, int m, double rate)
{
	float threshold = threshold_for(hosts, n, m, rate);

	printf("| %s | %.2f | %.4g |", method_names[m], rate, (double)threshold);
	for (int w = 0; w < LEAKS; w++) {
		uint32_t steps = leaks[w].days * DAY, caught = 0, masked = 0;

		for (uint32_t k = 0; k < n; k++) {
			if (highest(hosts[k].clean[m] + hosts[k].from[w], steps) >= threshold)
				masked++;
			else
				caught += highest(hosts[k].leaky[m][w], steps) >= threshold;
		}
		printf(" %.0f %% (%u) |", n > masked ? 100.0 * caught / (n - masked) : 0, masked);
	}
	printf("\n");
}

static void print_table(const struct host *hosts, uint32_t n)
{
	printf("| method | false alerts / host-month | threshold |");
	for (int w = 0; w < LEAKS; w++)
		printf(" %s |", leaks[w].name);
	printf("\n|---|---|---|---|---|---|\n");
	for (int m = 0; m < METHODS; m++)
		for (int r = 0; r < RATES; r++)
			print_row(hosts, n, m, rates[r]);
	printf("\n%u hosts, %.0f host-months. In brackets: hosts that alert in that time anyway and are "
	       "not counted.\n",
	       n, n * months_a_host);
}

int main(int argc, char **argv)
{
	static struct host hosts[HOSTS_MAX];
	static uint32_t kb[COLUMNS];
	_cleanup_buf_ struct buf error = BUF_INIT;
	struct config *config = NULL;
	gzFile in = argc == 2 ? gzopen(argv[1], "rb") : NULL;
	uint32_t n = 0;
	int r;

	if (!in) {
		fprintf(stderr,
			argc == 2 ? "peers: cannot read %s\n" : "usage: peers FILE.u32le.gz\n",
			argc == 2 ? argv[1] : "");
		return 2;
	}
	r = config_parse("defaults", "", 0, &config, &error);
	while (r == 0 && n < HOSTS_MAX && gzread(in, kb, sizeof(kb)) == (int)sizeof(kb)) {
		r = judge_host(config_params(config), kb, n + 1, &hosts[n]);
		n++;
	}
	gzclose(in);
	if (r == 0 && n)
		print_table(hosts, n);
	else
		fprintf(stderr, "peers: %s\n", r < 0 ? strerror(-r) : "the file holds no row");
	for (uint32_t k = 0; k < n; k++)
		for (int m = 0; m < METHODS; m++) {
			free(hosts[k].clean[m]);
			for (int w = 0; w < LEAKS; w++)
				free(hosts[k].leaky[m][w]);
		}
	config_free(config);
	return r == 0 && n ? 0 : 1;
}
