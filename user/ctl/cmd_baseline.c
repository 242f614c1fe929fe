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

#include "base/jsonw.h"
#include "base/units.h"
#include "ctl/base64.h"
#include "ctl/ctl.h"
#include "ctl/row.h"
#include "ctl/text.h"

enum { R_SERIES };

const struct cli_option baseline_reset_options[] = {
	[R_SERIES] = { "series", 0, "SERIES", "forget this one only; else everything" },
	{ 0 },
};

/* Element `index` of a list of numbers, as a cell. */
static void cell_element(struct table *t, struct json_object *row, const char *key, size_t index)
{
	struct json_object *list, *v = NULL;
	char text[8] = "";

	if (json_object_object_get_ex(row, key, &list) &&
	    json_object_is_type(list, json_type_array) && index < json_object_array_length(list))
		v = json_object_array_get_idx(list, index);
	if (json_object_is_type(v, json_type_int) && json_object_get_int64(v) >= 0)
		format_short(text, json_object_get_uint64(v));
	table_add(t, text);
}

static void add_series(struct table *t, struct json_object *row)
{
	cell_text(t, row, "series.id");
	cell_text(t, row, "series.kind");
	cell_text(t, row, "series.class");
	cell_text(t, row, "series.actor");
	cell_text(t, row, "egress.initiation");
	cell_text(t, row, "series.destination");
	cell_number(t, row, "service.port");
	cell_number(t, row, "series.age_days");
	for (size_t h = 0; h < 8; h++) /* the horizons of DETECTION, shortest first */
		cell_element(t, row, "series.envelope_bytes", h);
}

static int print_series(const struct ctl *ctl, const struct rows *rows)
{
	_cleanup_(table_free) struct table t = {
		.column = { { "SERIES", false },
			    { "KIND", false },
			    { "CLASS", false },
			    { "ACTOR", false },
			    { "VIA", false },
			    { "DESTINATION", false },
			    { "PORT", true },
			    { "DAYS", true },
			    { "10s", true },
			    { "1m", true },
			    { "10m", true },
			    { "1h", true },
			    { "6h", true },
			    { "1d", true },
			    { "7d", true },
			    { "28d", true } },
		.columns = 16,
	};

	for (size_t i = 0; i < rows->count; i++)
		add_series(&t, rows->item[i]);
	if (t.error)
		return ctl_fail(CTL_NO, "out of memory");
	if (t.rows)
		table_print(ctl, &t);
	else
		puts("nothing learned yet");
	return CTL_OK;
}

int cmd_baseline_list(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;

	(void)args;
	request_begin(&request, "baseline.list");
	return ctl_answer(ctl, &request, print_series);
}

/* A client_line_fn: {"baseline.data":"<base64>"} lines, in order, are the state. */
static int collect_data(void *ctx, const char *line, size_t len)
{
	struct buf *state = ctx;
	struct json_object *o = json_tokener_parse(line), *v;
	int r = 0;

	(void)len;
	if (json_object_object_get_ex(o, "baseline.data", &v))
		r = base64_decode(json_object_get_string(v), state);
	json_object_put(o);
	if (r < 0)
		state->error = r;
	return r;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return fsync(fd) < 0 && errno != EINVAL && errno != EROFS ? -errno : 0;
}

int cmd_baseline_export(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT, state = BUF_INIT;
	_cleanup_close_ int fd = -1;
	const char *path = args->words[0];
	int status, r;

	request_begin(&request, "baseline.export");
	status = ctl_request(ctl, &request, collect_data, &state);
	if (status != CTL_OK)
		return status;
	if (state.error || state.len == 0)
		return ctl_fail(CTL_NO, "the daemon sent no baseline");
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return ctl_fail(CTL_NO, "%s: %s", path, strerror(errno));
	r = write_all(fd, state.data, state.len);
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
	request_begin(&request, "baseline.import");
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

	request_begin(&request, "baseline.reset");
	if (args->value[R_SERIES])
		jsonw_str(&request, "series", args->value[R_SERIES]);
	if (ctl->json)
		return ctl_pass_through(ctl, &request);
	status = ctl_request(ctl, &request, NULL, NULL);
	if (status == CTL_OK)
		puts("forgotten; learning begins anew");
	return status;
}
