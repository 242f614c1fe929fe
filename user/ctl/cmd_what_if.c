/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl what-if`: the recorded history, or a trace, judged by the present
 * configuration and by another, and which alerts would come and go. Both begin to learn
 * where the recording begins, so that only the configuration differs.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/jsonw.h"
#include "base/units.h"
#include "base/vocab.h"
#include "config/config.h"
#include "ctl/text.h"
#include "ctl/what_if.h"
#include "replay/replay.h"

#define CONFIG_DEFAULT "/etc/egressd/egressd.yaml"

enum { W_CONFIG, W_CURRENT, W_SINCE, W_TRACE };

const struct cli_option what_if_options[] = {
	[W_CONFIG] = { "config", 'c', "FILE", "the configuration to try (needed)" },
	[W_CURRENT] = { "current", 0, "FILE",
			"what to compare with (default: " CONFIG_DEFAULT ", else the defaults)" },
	[W_SINCE] = { "since", 0, "WHEN", "the daemon's history from then on (default: 30d ago)" },
	[W_TRACE] = { "trace", 0, "FILE", "a trace instead of the daemon's history" },
	{ 0 },
};

static void config_freep(struct config **c)
{
	config_free(*c);
}

static void filep(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

/* Judges the trace by one configuration; NULL: the defaults. */
static int judge(const char *path, const char *file, struct incidents *ret)
{
	_cleanup_(config_freep) struct config *config = NULL;
	_cleanup_buf_ struct buf error = BUF_INIT;
	_cleanup_(filep) FILE *out = tmpfile();
	_cleanup_free_ char *line = NULL;
	struct replay_options options = { .path = path, .json = true };
	size_t cap = 0;
	ssize_t len;
	int r;

	if (!out)
		return ctl_fail(CTL_NO, "a temporary file: %s", strerror(errno));
	r = file ? config_load(file, &config, &error)
		 : config_parse("defaults", "", 0, &config, &error);
	if (r < 0)
		return ctl_fail_words(r, &error, file ? file : "defaults");
	options.params = config_params(config);
	options.words = config_words(config);
	r = replay_run(&options, out, &error);
	if (r < 0)
		return ctl_fail_words(r, &error, path);
	rewind(out);
	while (r == 0 && (len = getline(&line, &cap, out)) > 0)
		r = incidents_add_line(ret, line, (size_t)len);
	return r < 0 ? ctl_fail(CTL_NO, "the replay's answer: %s", strerror(-r)) : CTL_OK;
}

struct report {
	const struct ctl *ctl;
	struct table table;
	unsigned int comes[EG_LEVEL_COUNT], goes[EG_LEVEL_COUNT], changed, same;
};

static const char *const signs[] = {
	[DIFFERENCE_COMES] = "comes", [DIFFERENCE_GOES] = "goes", [DIFFERENCE_LEVEL] = "level"
};

static void count(struct report *r, const struct difference *d)
{
	if (d->kind == DIFFERENCE_COMES)
		r->comes[d->then->level]++;
	else if (d->kind == DIFFERENCE_GOES)
		r->goes[d->now->level]++;
	else if (d->kind == DIFFERENCE_LEVEL)
		r->changed++;
	else
		r->same++;
}

static int add_row(void *ctx, const struct difference *d)
{
	struct report *r = ctx;
	const struct incident *i = d->then ? d->then : d->now;
	_cleanup_buf_ struct buf sent = BUF_INIT, level = BUF_INIT;
	char when[32];

	count(r, d);
	if (d->kind == DIFFERENCE_NONE)
		return 0;
	format_time(when, i->first_ts);
	format_bytes(&sent, i->tx_total);
	buf_add_str(&level, d->now ? level_name(d->now->level) : level_name(i->level));
	if (d->kind == DIFFERENCE_LEVEL)
		buf_addf(&level, " -> %s", level_name(d->then->level));
	table_add(&r->table, signs[d->kind]);
	table_add(&r->table, level.data ? level.data : "");
	table_add(&r->table, when);
	table_add(&r->table, i->rule);
	table_add(&r->table, i->subject);
	table_add(&r->table, sent.data ? sent.data : "");
	return 0;
}

static void put_incident(struct buf *b, const char *key, const struct incident *i)
{
	jsonw_key(b, key);
	if (!i) {
		buf_add_str(b, "null");
		return;
	}
	jsonw_open(b, '{');
	jsonw_str(b, "alert.id", i->id);
	jsonw_str(b, "level", level_name(i->level));
	jsonw_i64(b, "first_ts", i->first_ts);
	jsonw_i64(b, "last_ts", i->last_ts);
	jsonw_u64(b, "tx_total", i->tx_total);
	jsonw_str(b, "reason", i->reason);
	jsonw_close(b, '}');
}

static int print_json(void *ctx, const struct difference *d)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	const struct incident *i = d->then ? d->then : d->now;

	count(ctx, d);
	if (d->kind == DIFFERENCE_NONE)
		return 0;
	jsonw_open(&b, '{');
	jsonw_str(&b, "difference", signs[d->kind]);
	jsonw_str(&b, "host", i->host);
	jsonw_str(&b, "rule", i->rule);
	jsonw_str(&b, "subject", i->subject);
	put_incident(&b, "current", d->now);
	put_incident(&b, "new", d->then);
	jsonw_close(&b, '}');
	return b.error ? b.error : puts(b.data) < 0 ? -EIO : 0;
}

static void put_levels(struct buf *b, const unsigned int by_level[EG_LEVEL_COUNT])
{
	const char *gap = "";

	for (int level = EG_LEVEL_COUNT - 1; level > EG_LEVEL_NONE; level--) {
		if (!by_level[level])
			continue;
		buf_addf(b, "%s%u %s%s", gap, by_level[level], level_name((enum eg_level)level),
			 by_level[level] == 1 ? "" : "s");
		gap = ", ";
	}
	if (!*gap)
		buf_add_str(b, "none");
}

static int print_summary(const struct report *r, uint64_t rows)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (r->table.rows)
		table_print(r->ctl, &r->table);
	buf_addf(&text, "%" PRIu64 " rows judged twice. Come: ", rows);
	put_levels(&text, r->comes);
	buf_add_str(&text, ". Go: ");
	put_levels(&text, r->goes);
	buf_addf(&text, ". Another level: %u. The same: %u.", r->changed, r->same);
	if (text.error || r->table.error)
		return ctl_fail(CTL_NO, "out of memory");
	puts(text.data);
	return CTL_OK;
}

static int print_summary_json(const struct report *r, uint64_t rows)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	unsigned int comes = 0, goes = 0;

	for (int level = 0; level < EG_LEVEL_COUNT; level++) {
		comes += r->comes[level];
		goes += r->goes[level];
	}
	buf_addf(&b,
		 "{\"summary\":{\"rows\":%" PRIu64 ",\"comes\":%u,\"goes\":%u,\"level\":%u,"
		 "\"same\":%u}}",
		 rows, comes, goes, r->changed, r->same);
	return b.error || puts(b.data) < 0 ? CTL_NO : CTL_OK;
}

static int compare(const struct ctl *ctl, const struct incidents *now, const struct incidents *then)
{
	struct report report = {
		.ctl = ctl,
		.table = { .column = { { "WOULD", false },
				       { "LEVEL", false },
				       { "SINCE", false },
				       { "RULE", false },
				       { "SUBJECT", false },
				       { "SENT", true } },
			   .columns = 6 },
	};
	int r = incidents_compare(now, then, ctl->json ? print_json : add_row, &report);

	if (r < 0)
		r = ctl_fail(CTL_NO, "%s", strerror(-r));
	else
		r = ctl->json ? print_summary_json(&report, then->rows)
			      : print_summary(&report, then->rows);
	table_free(&report.table);
	return r;
}

int cmd_what_if(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_incidents_ struct incidents now = { 0 }, then = { 0 };
	_cleanup_(filep) FILE *recorded = NULL;
	const char *current = args->value[W_CURRENT], *path = args->value[W_TRACE];
	const char *since = args->value[W_SINCE];
	char own[32];
	int64_t when;
	int r;

	if (!args->value[W_CONFIG])
		return ctl_fail(CTL_USAGE,
				"what-if: which configuration? give it with --config FILE");
	if (path && since)
		return ctl_fail(CTL_USAGE,
				"what-if: --since is for the daemon's history, not for a trace");
	if (!current && !access(CONFIG_DEFAULT, R_OK))
		current = CONFIG_DEFAULT;
	if (!path) {
		if (ctl_parse_when("since", since ? since : "30d", &when) < 0)
			return CTL_USAGE;
		recorded = tmpfile();
		if (!recorded)
			return ctl_fail(CTL_NO, "a temporary file: %s", strerror(errno));
		r = what_if_fetch(ctl, when, recorded);
		if (r != CTL_OK)
			return r;
		(void)snprintf(own, sizeof(own), "/dev/fd/%d", fileno(recorded));
		path = own;
	}
	r = judge(path, current, &now);
	if (r == CTL_OK)
		r = judge(path, args->value[W_CONFIG], &then);
	return r == CTL_OK ? compare(ctl, &now, &then) : r;
}
