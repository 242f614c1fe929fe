/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl baseline ...`: what the daemon holds for normal. An exported baseline
 * is the daemon's saved state, byte for byte; here it is only carried.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/stat.h>

#include "base/files.h"
#include "base/jsonw.h"
#include "base/units.h"
#include "ctl/ctl.h"
#include "ctl/row.h"
#include "ctl/text.h"

/* The daemon's names of the horizons, shortest first, and our titles. */
static const char *const horizons[][2] = {
	{ "10 s", "10s" }, { "1 min", "1m" }, { "10 min", "10m" }, { "1 h", "1h" },
	{ "6 h", "6h" },   { "1 d", "1d" },   { "7 d", "7d" },     { "28 d", "28d" },
};

static void begin_baseline(struct buf *request, const char *op, const char *action)
{
	request_begin(request, op);
	jsonw_str(request, "do", action);
}

static void add_series(struct table *t, struct json_object *row)
{
	static const char *const texts[] = { "series.id",         "series.kind",
					     "series.class",      "process.name",
					     "user.name",         "container.name",
					     "egress.initiation", "destination.group" };
	struct json_object *envelope = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		cell_text(t, row, texts[i]);
	cell_number(t, row, "service.port");
	cell_number(t, row, "age_days");
	(void)json_object_object_get_ex(row, "envelope_bytes", &envelope);
	for (size_t h = 0; h < ARRAY_SIZE(horizons); h++)
		cell_short(t, envelope, horizons[h][0]);
}

static int print_series(const struct ctl *ctl, const struct rows *rows)
{
	_cleanup_(table_free) struct table t = {
		.column = { { "SERIES", false },
			    { "KIND", false },
			    { "CLASS", false },
			    { "PROCESS", false },
			    { "USER", false },
			    { "CONTAINER", false },
			    { "VIA", false },
			    { "DESTINATION", false },
			    { "PORT", true },
			    { "DAYS", true } },
		.columns = 10 + ARRAY_SIZE(horizons),
	};

	for (size_t h = 0; h < ARRAY_SIZE(horizons); h++)
		t.column[10 + h] = (struct table_column){ horizons[h][1], true };

	for (size_t i = 0; i < rows->count; i++)
		add_series(&t, rows->item[i]);
	return ctl_answer_table(ctl, &t, "nothing learned yet");
}

int cmd_baseline_list(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;

	(void)args;
	begin_baseline(&request, "baseline", "list");
	return ctl_answer(ctl, &request, print_series);
}

int cmd_baseline_show(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;

	begin_baseline(&request, "baseline", "show");
	jsonw_str(&request, "series", args->words[0]);
	return ctl_answer(ctl, &request, text_print_members);
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)(p - digits) : -EBADMSG;
}

static int add_hex(struct buf *out, const char *text)
{
	for (; *text; text += 2) {
		int high = hex_digit(text[0]), low = high < 0 ? high : hex_digit(text[1]);

		if (low < 0)
			return -EBADMSG;
		buf_add_char(out, (char)(high << 4 | low));
	}
	return out->error;
}

/* A client_line_fn: {"state.hex":"..."} lines, in order, are the state. */
static int collect_state(void *ctx, const char *line, size_t len)
{
	struct json_object *o = row_parse(line, len);
	struct buf *state = ctx;
	int r = add_hex(state, row_text(o, "state.hex"));

	json_object_put(o);
	if (r < 0)
		state->error = r;
	return 0;
}

int cmd_baseline_export(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT, state = BUF_INIT;
	_cleanup_close_ int fd = -1;
	const char *path = args->words[0];
	int status, r;

	begin_baseline(&request, "baseline", "export");
	status = ctl_request(ctl, &request, collect_state, &state);
	if (status != CTL_OK)
		return status;
	if (state.error || state.len == 0)
		return ctl_fail(CTL_NO, "the daemon sent no baseline");
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return ctl_fail(CTL_NO, "%s: %s", path, strerror(errno));
	r = files_write(fd, state.data, state.len);
	if (r == 0 && fsync(fd) < 0 && errno != EINVAL && errno != EROFS)
		r = -errno;
	if (r < 0)
		return ctl_fail(CTL_NO, "%s: %s", path, strerror(-r));
	printf("%s: %zu bytes\n", path, state.len);
	return CTL_OK;
}

/* The daemon reads the file itself: a state is larger than a request may be. */
int cmd_baseline_import(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	_cleanup_free_ char *path = realpath(args->words[0], NULL);
	int status;

	if (!path)
		return ctl_fail(errno == EACCES ? CTL_NO_PERMISSION : CTL_USAGE, "%s: %s",
				args->words[0], strerror(errno));
	begin_baseline(&request, "baseline_change", "import");
	jsonw_str(&request, "path", path);
	if (ctl->json)
		return ctl_pass_through(ctl, &request);
	status = ctl_request(ctl, &request, NULL, NULL);
	if (status == CTL_OK)
		printf("%s: imported\n", path);
	return status;
}

int cmd_baseline_reset(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	int status;

	(void)args;
	begin_baseline(&request, "baseline_change", "reset");
	if (ctl->json)
		return ctl_pass_through(ctl, &request);
	status = ctl_request(ctl, &request, NULL, NULL);
	if (status == CTL_OK)
		puts("forgotten; learning begins anew");
	return status;
}
