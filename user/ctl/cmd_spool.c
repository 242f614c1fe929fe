/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl spool ls|retry|fsck`: what waits for the receivers, what they refused, and
 * whether the files are whole. fsck needs no daemon.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "config/config.h"
#include "ctl/ctl.h"
#include "ctl/row.h"
#include "ctl/text.h"
#include "sink/spool_check.h"

enum { L_DEAD, L_SINK };
const struct cli_option spool_ls_options[] = {
	[L_DEAD] = { "dead", 0, NULL, "the dead letters, each with its reason" },
	[L_SINK] = { "sink", 0, "NAME", "with --dead: of this sink" },
	{ 0 },
};

enum { R_SINK };
const struct cli_option spool_retry_options[] = {
	[R_SINK] = { "sink", 0, "NAME", "of this sink (default: of all)" },
	{ 0 },
};

enum { F_REPAIR };
const struct cli_option spool_fsck_options[] = {
	[F_REPAIR] = { "repair", 0, NULL, "mend what can be mended; no daemon may run" },
	{ 0 },
};

static int print_letters(const struct ctl *ctl, const struct rows *rows)
{
	_cleanup_(table_free) struct table t = {
		.column = { { "TIME", false },
			    { "SINK", false },
			    { "EVENT", true },
			    { "REASON", false } },
		.columns = 4,
	};

	for (size_t i = 0; i < rows->count; i++) {
		cell_text(&t, rows->item[i], "@timestamp");
		cell_text(&t, rows->item[i], "sink.name");
		cell_number(&t, rows->item[i], "sink.sequence");
		cell_text(&t, rows->item[i], "sink.reason");
	}
	return ctl_answer_table(ctl, &t, "no dead letters");
}

/* The first row is the spool, the others are sinks. */
static int print_spool(const struct ctl *ctl, const struct rows *rows)
{
	_cleanup_(table_free) struct table t = {
		.column = { { "SINK", false },
			    { "TYPE", false },
			    { "CURSOR", true },
			    { "BEHIND", true },
			    { "DEAD", true },
			    { "PROMISE", false } },
		.columns = 6,
	};
	struct rows spool = { .item = rows->item, .count = MIN(rows->count, (size_t)1) };

	for (size_t i = 1; i < rows->count; i++) {
		cell_text(&t, rows->item[i], "sink.name");
		cell_text(&t, rows->item[i], "sink.type");
		cell_number(&t, rows->item[i], "sink.cursor");
		cell_number(&t, rows->item[i], "sink.behind");
		cell_number(&t, rows->item[i], "sink.dead_letters");
		cell_text(&t, rows->item[i], "sink.promise");
	}
	(void)text_print_members(ctl, &spool);
	if (rows->count > 1) {
		puts("");
		table_print(ctl, &t);
	}
	return CTL_OK;
}

int cmd_spool_ls(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	bool dead = args->value[L_DEAD] != NULL;

	request_begin(&request, "spool");
	jsonw_bool(&request, "dead", dead);
	if (args->value[L_SINK])
		jsonw_str(&request, "sink", args->value[L_SINK]);
	return ctl_answer(ctl, &request, dead ? print_letters : print_spool);
}

/* The daemon takes a few at a time, so that it goes on counting. */
int cmd_spool_retry(struct ctl *ctl, const struct cli_args *args)
{
	uint64_t retried = 0, left = 1, now = 1;

	while (left && now) {
		_cleanup_rows_ struct rows rows = { 0 };
		_cleanup_buf_ struct buf request = BUF_INIT;
		int status;

		request_begin(&request, "spool_retry");
		if (args->value[R_SINK])
			jsonw_str(&request, "sink", args->value[R_SINK]);
		status = ctl_request_rows(ctl, &request, &rows);
		if (status != CTL_OK)
			return status;
		now = left = 0;
		if (rows.count) {
			(void)row_u64(rows.item[0], "spool.retried", &now);
			(void)row_u64(rows.item[0], "spool.left", &left);
		}
		retried += now;
	}
	if (ctl->json)
		printf("{\"spool.retried\":%" PRIu64 ",\"spool.left\":%" PRIu64 "}\n", retried,
		       left);
	else
		printf("%" PRIu64 " dead letters go to their sinks again\n", retried);
	return CTL_OK;
}

struct report {
	const struct ctl *ctl;
	struct table table;
};

static void print_finding_json(const struct spool_finding *f)
{
	_cleanup_buf_ struct buf line = BUF_INIT;

	jsonw_open(&line, '{');
	jsonw_str(&line, "spool.file", f->file);
	if (*f->reader)
		jsonw_str(&line, "sink.name", f->reader);
	jsonw_str(&line, "spool.state", f->state);
	jsonw_u64(&line, "spool.first", f->first);
	jsonw_u64(&line, "spool.last", f->last);
	jsonw_u64(&line, "spool.records", f->records);
	jsonw_u64(&line, "spool.lost", f->lost);
	jsonw_bool(&line, "spool.repaired", f->repaired);
	jsonw_str(&line, "reason", f->words);
	jsonw_close(&line, '}');
	puts(line.data ? line.data : "");
}

static void add_number(struct table *t, uint64_t v)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, v);
	table_add(t, v ? text : "");
}

/* A spool_finding_fn. */
static int take_finding(void *ctx, const struct spool_finding *f)
{
	struct report *r = ctx;
	struct table *t = &r->table;

	if (r->ctl->json) {
		print_finding_json(f);
		return 0;
	}
	table_add(t, f->file);
	table_add(t, f->reader);
	table_add(t, f->state);
	add_number(t, f->first);
	add_number(t, f->last);
	add_number(t, f->records);
	add_number(t, f->lost);
	table_add(t, f->repaired ? "repaired" : f->words);
	return 0;
}

static void config_freep(struct config **c)
{
	config_free(*c);
}

/* DIR is a state directory; without it the configured one. */
static int spool_dir(const struct cli_args *args, struct buf *ret)
{
	_cleanup_(config_freep) struct config *config = NULL;
	_cleanup_buf_ struct buf error = BUF_INIT;
	const char *dir = args->count ? args->words[0] : NULL;
	int r = dir ? 0 : config_load(NULL, &config, &error);

	if (r < 0)
		return ctl_fail_words(r, &error, config_default_path);
	buf_addf(ret, "%s/spool", dir ? dir : config_params(config)->daemon.state_dir);
	return ret->error ? ctl_fail(CTL_NO, "%s", strerror(ENOMEM)) : CTL_OK;
}

static int fsck_failed(int error, const char *dir)
{
	if (error == -EBUSY)
		return ctl_fail(CTL_NO, "%s: a daemon has it; stop it before --repair", dir);
	return ctl_fail(error == -ENOENT ? CTL_USAGE : ctl_status_of(error), "%s: %s", dir,
			error == -ENOENT ? "no spool there; name the state directory"
					 : strerror(-error));
}

int cmd_spool_fsck(struct ctl *ctl, const struct cli_args *args)
{
	struct report report = {
		.ctl = ctl,
		.table = { .column = { { "FILE", false },
				       { "READER", false },
				       { "STATE", false },
				       { "FIRST", true },
				       { "LAST", true },
				       { "RECORDS", true },
				       { "LOST", true },
				       { "WHAT", false } },
			   .columns = 8 },
	};
	_cleanup_buf_ struct buf dir = BUF_INIT;
	struct spool_sum sum;
	int status = spool_dir(args, &dir), r;

	if (status != CTL_OK)
		return status;
	r = spool_check(dir.data, args->value[F_REPAIR] != NULL, take_finding, &report, &sum);
	if (r == 0 && !ctl->json)
		table_print(ctl, &report.table);
	table_free(&report.table);
	if (r < 0)
		return fsck_failed(r, dir.data);
	if (!ctl->json)
		printf("%s: %" PRIu64 " records, %" PRIu64 " lost, %" PRIu32 " problems%s\n",
		       dir.data, sum.records, sum.lost, sum.problems,
		       sum.in_use ? "; a daemon has it: its newest record may look torn" : "");
	return sum.problems ? CTL_NO : CTL_OK;
}
