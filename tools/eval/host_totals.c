// SPDX-License-Identifier: Apache-2.0
/*
 * Judges detection on host totals of real servers, with the product's own engine,
 * lifecycle and defaults: false alerts per host-month, and how many injected leaks
 * are caught and how soon. Input: gzip of little-endian u32 kilobytes per 300 s, one
 * row of COLUMNS a host, 0xFFFFFFFF = gap (docs/detection.md names the trace).
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <zlib.h>

#include "alert/alert.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "config/config.h"
#include "detect/engine.h"

enum {
	COLUMNS = 26521,
	STEP_S = 300,
	DAY_S = 86400,
	DAY_STEPS = DAY_S / STEP_S,
	JUDGED_FROM_DAY = 14,
	INJECT_FIRST_DAY = 45, /* leaks begin at a random time from here ... */
	INJECT_LAST_DAY = 88,  /* ... to here, early enough to fit into the data */
	LEAKS = 3,
	HOSTS_MAX = 1000,
	INCIDENTS_MAX = 4096, /* of one run */
};
static const int64_t first_ts = 1372629600;
static const uint32_t gap_value = UINT32_MAX;

struct leak {
	const char *name;
	uint64_t bytes; /* in all, over `days` */
	uint32_t days;
};
static const struct leak leaks[LEAKS] = {
	{ "100 GB / 7 d", 100000000000, 7 },
	{ "20 GB / 14 d", 20000000000, 14 },
	{ "0.62 MB/s, 7 d", (uint64_t)620000 * 7 * DAY_S, 7 },
};

/* One run over one host. */
struct run {
	const uint32_t *kb;              /* COLUMNS */
	uint32_t inject_from, inject_to; /* columns; equal: none */
	uint64_t inject_bytes;           /* a column */

	uint32_t step; /* now */
	char id[INCIDENTS_MAX][33];
	enum eg_level peak[INCIDENTS_MAX];
	uint32_t since[INCIDENTS_MAX]; /* step of the first ticket */
	uint32_t incidents;
	uint32_t told[EG_LEVEL_COUNT]; /* steps into the leak at the first event of that level */
	uint8_t *level;                /* COLUMNS, or NULL: level of the series at each step */
};

static int on_event(void *ctx, const struct alert_event *event)
{
	struct run *run = ctx;
	uint32_t i = run->incidents;

	while (i > 0 && strcmp(run->id[i - 1], event->alert_id) != 0)
		i--;
	if (i == 0) {
		if (run->incidents == INCIDENTS_MAX)
			return -ENOSPC;
		i = ++run->incidents;
		snprintf(run->id[i - 1], sizeof(run->id[0]), "%s", event->alert_id);
		run->peak[i - 1] = EG_LEVEL_NONE;
	}
	if (event->kind == ALERT_CLOSE)
		return 0;
	if (event->level >= EG_LEVEL_TICKET && run->peak[i - 1] < EG_LEVEL_TICKET)
		run->since[i - 1] = run->step;
	run->peak[i - 1] = MAX(run->peak[i - 1], event->level);
	if (run->step >= run->inject_from && run->step < run->inject_to)
		for (unsigned int l = EG_LEVEL_NOTICE; l <= event->level; l++)
			run->told[l] = MIN(run->told[l], run->step - run->inject_from);
	return 0;
}

static int run_step(struct run *run, struct engine *engine, struct alerts *alerts)
{
	uint32_t kb = run->kb[run->step];
	bool inside = run->step >= run->inject_from && run->step < run->inject_to;
	struct tick_row row = { .tx_unknown = kb == gap_value };
	struct tick tick = {
		.host = "eval",
		.ts = first_ts + (int64_t)run->step * STEP_S,
		.interval_s = STEP_S,
		.rows = &row,
		.row_count = 1,
	};
	const struct finding *findings;
	size_t count;
	int r;

	if (!row.tx_unknown)
		row.tx_bytes = kb * 1000ULL + (inside ? run->inject_bytes : 0);
	r = engine_feed(engine, &tick, &findings, &count);
	if (r < 0)
		return r;
	for (size_t i = 0; run->level && i < count; i++)
		run->level[run->step] = MAX(run->level[run->step], (uint8_t)findings[i].level);
	return alerts_feed(alerts, engine, &tick, findings, count, on_event, run);
}

static int run_host(const struct params *params, struct run *run)
{
	struct names *names = NULL;
	struct engine *engine = NULL;
	struct alerts *alerts = NULL;
	int r = names_new(&names);

	if (r == 0)
		r = engine_new(&params->detect, names, &engine);
	if (r == 0)
		r = alerts_new(&params->alert, "eval", &alerts);
	run->incidents = 0;
	for (unsigned int l = 0; l < EG_LEVEL_COUNT; l++)
		run->told[l] = UINT32_MAX;
	for (run->step = 0; r == 0 && run->step < COLUMNS; run->step++)
		r = run_step(run, engine, alerts);
	alerts_free(alerts);
	engine_free(engine);
	names_free(names);
	return r;
}

/* splitmix64: the same choices from the same seed everywhere. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

struct leak_result {
	uint32_t tried, masked;
	uint32_t hits[EG_LEVEL_COUNT];
	uint32_t *minutes[EG_LEVEL_COUNT]; /* from the first byte, of each hit */
};

struct totals {
	uint32_t hosts, tickets, pages, calm_hosts, worst;
	struct leak_result leak[LEAKS];
};

static int try_leak(const struct params *params, struct run *run, const uint8_t *clean,
		    unsigned int which, uint64_t random, struct leak_result *res)
{
	uint32_t steps = leaks[which].days * DAY_STEPS;
	uint32_t first = INJECT_FIRST_DAY * DAY_STEPS;
	uint32_t last = MIN((uint32_t)INJECT_LAST_DAY * DAY_STEPS, COLUMNS - steps);
	int r;

	run->inject_from = first + (uint32_t)(next_random(&random) % (last - first));
	run->inject_to = run->inject_from + steps;
	run->inject_bytes = leaks[which].bytes / steps;
	for (uint32_t i = run->inject_from; i < run->inject_to; i++) {
		if (clean[i] >= EG_LEVEL_TICKET) { /* would alert anyway: no credit */
			res->masked++;
			return 0;
		}
	}
	r = run_host(params, run);
	for (unsigned int l = EG_LEVEL_NOTICE; l < EG_LEVEL_COUNT; l++)
		if (run->told[l] != UINT32_MAX)
			res->minutes[l][res->hits[l]++] = (run->told[l] + 1) * (STEP_S / 60);
	res->tried++;
	return r;
}

static void count_alerts(const struct run *run, struct totals *t)
{
	uint32_t tickets = 0, pages = 0;

	for (uint32_t i = 0; i < run->incidents; i++) {
		if (run->peak[i] < EG_LEVEL_TICKET ||
		    run->since[i] < (uint32_t)JUDGED_FROM_DAY * DAY_STEPS)
			continue;
		tickets += run->peak[i] == EG_LEVEL_TICKET;
		pages += run->peak[i] == EG_LEVEL_PAGE;
	}
	t->hosts++;
	t->tickets += tickets;
	t->pages += pages;
	t->calm_hosts += tickets + pages == 0;
	t->worst = MAX(t->worst, tickets + pages);
}

static int judge_host(const struct params *params, const uint32_t *kb, unsigned int trials,
		      uint64_t seed, struct totals *t)
{
	_cleanup_free_ uint8_t *clean = calloc(COLUMNS, 1);
	_cleanup_free_ struct run *run = calloc(1, sizeof(*run));
	int r;

	if (!clean || !run)
		return -ENOMEM;
	run->kb = kb;
	run->level = clean;
	r = run_host(params, run);
	run->level = NULL;
	count_alerts(run, t);
	for (unsigned int which = 0; which < LEAKS; which++)
		for (unsigned int trial = 0; r == 0 && trial < trials; trial++)
			r = try_leak(params, run, clean, which,
				     seed ^ (uint64_t)t->hosts << 32 ^ which << 16 ^ trial,
				     &t->leak[which]);
	return r;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* P(events <= n) for a Poisson mean. */
static double poisson_cdf(uint32_t n, double mean)
{
	enum { SQUARINGS = 30 };
	double term = 1 - mean / (1 << SQUARINGS), sum;

	for (int i = 0; i < SQUARINGS; i++) /* e^-mean */
		term *= term;
	sum = term;
	for (uint32_t k = 1; k <= n; k++)
		sum += term *= mean / k;
	return sum;
}

/* One-sided 95 % upper bound of the mean after n events. */
static double poisson_upper(uint32_t n)
{
	double low = n, high = 2.0 * n + 10;

	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;

		if (poisson_cdf(n, middle) > .05)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static void print_rate(const char *what, uint32_t n, double months)
{
	printf("| %s | %u | %.3f | %.3f |\n", what, n, n / months, poisson_upper(n) / months);
}

/* "98.7 %, 10 min, 18 h": found, median and 90th percentile of the time that took. */
static void print_level(const struct leak_result *r, unsigned int level)
{
	uint32_t n = r->hits[level], *minutes = r->minutes[level];

	qsort(minutes, n, sizeof(*minutes), by_value);
	printf(" %.1f %%, ", r->tried ? 100.0 * n / r->tried : 0);
	for (unsigned int i = 0; i < 2; i++) {
		uint32_t took = n ? minutes[i ? n * 9 / 10 : n / 2] : 0;

		printf(took < 120 ? "%u min%s" : "%u h%s", took < 120 ? took : (took + 30) / 60,
		       i ? " |" : ", ");
	}
}

static void print_totals(struct totals *t)
{
	double days = COLUMNS * (double)STEP_S / DAY_S - JUDGED_FROM_DAY;
	double months = t->hosts * days / 30.4375;

	printf("%u hosts, %.0f host-months from day %d on; %.0f %% of them without an alert, %u on "
	       "the worst.\n\n",
	       t->hosts, months, JUDGED_FROM_DAY, 100.0 * t->calm_hosts / t->hosts, t->worst);
	puts("| false alerts | count | per host-month | 95 % bound |\n|---|---|---|---|");
	print_rate("ticket or page", t->tickets + t->pages, months);
	print_rate("page", t->pages, months);
	puts("\n| added leak | hosts tried / left out | notice: found, median, p90 | ticket or page | "
	     "page |\n|---|---|---|---|---|");
	for (unsigned int w = 0; w < LEAKS; w++) {
		printf("| %s | %u / %u |", leaks[w].name, t->leak[w].tried, t->leak[w].masked);
		for (unsigned int l = EG_LEVEL_NOTICE; l < EG_LEVEL_COUNT; l++)
			print_level(&t->leak[w], l);
		puts("");
	}
}

static int judge_file(const struct params *params, const char *path, unsigned int trials,
		      uint64_t seed)
{
	_cleanup_free_ uint32_t *kb = calloc(COLUMNS, sizeof(*kb));
	struct totals totals = { .hosts = 0 };
	gzFile in = gzopen(path, "rb");
	int r = in && kb ? 0 : -ENOENT;

	for (unsigned int i = 0; i < LEAKS * EG_LEVEL_COUNT; i++) {
		uint32_t **minutes = &totals.leak[i / EG_LEVEL_COUNT].minutes[i % EG_LEVEL_COUNT];

		*minutes = calloc((size_t)trials * HOSTS_MAX, sizeof(**minutes));
		if (!*minutes)
			r = -ENOMEM;
	}
	while (r == 0 && totals.hosts < HOSTS_MAX &&
	       gzread(in, kb, COLUMNS * sizeof(*kb)) == (int)(COLUMNS * sizeof(*kb)))
		r = judge_host(params, kb, trials, seed, &totals);
	if (r == 0 && !totals.hosts)
		r = -EINVAL;
	if (r == 0)
		print_totals(&totals);
	for (unsigned int i = 0; i < LEAKS * EG_LEVEL_COUNT; i++)
		free(totals.leak[i / EG_LEVEL_COUNT].minutes[i % EG_LEVEL_COUNT]);
	if (in)
		gzclose(in);
	return r;
}

static const char usage[] =
	"usage: host_totals [--config FILE] [--trials N] [--seed N] FILE.u32le.gz\n"
	"  --config FILE  egressd's configuration instead of its defaults\n"
	"  --trials N     leaks of each kind a host (1)\n"
	"  --seed N       of the leaks' beginnings (1)\n";

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "trials", required_argument, NULL, 't' },
		{ "seed", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	_cleanup_buf_ struct buf error = BUF_INIT;
	struct config *config = NULL;
	uint64_t trials = 1, seed = 1;
	const char *path = NULL;
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		bool bad = c == '?' || (c == 't' && parse_u64(optarg, &trials) < 0) ||
			   (c == 's' && parse_u64(optarg, &seed) < 0);

		if (c == 'c')
			path = optarg;
		if (c == 'h' || bad || trials < 1 || trials > 100) {
			fputs(usage, c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : 2;
		}
	}
	r = path ? config_load(path, &config, &error)
		 : config_parse("defaults", "", 0, &config, &error);
	if (r < 0 || optind + 1 != argc) {
		fprintf(stderr, "%s%s", r < 0 ? error.data : usage, r < 0 ? "\n" : "");
		config_free(config);
		return 2;
	}
	r = judge_file(config_params(config), argv[optind], (unsigned int)trials, seed);
	config_free(config);
	if (r < 0)
		fprintf(stderr, "host_totals: %s: %s\n", argv[optind], strerror(-r));
	return r < 0 ? 1 : 0;
}
