/* SPDX-License-Identifier: Apache-2.0
 *
 * One question to the daemon: connect, ask, hand the lines on, and turn every
 * failure into one line on stderr and an exit status.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <time.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "ctl/ctl.h"
#include "ctl/row.h"
#include "ctl/text.h"

#define ANSWER_TIMEOUT_MS 10000 /* a busy daemon answers in milliseconds */

/* Words may quote a file or a daemon: cleaned like all text from outside. */
static void say(const char *words)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	text_add(&text, words);
	fprintf(stderr, "%s\n", text.data ? text.data : "");
}

int ctl_fail(int status, const char *format, ...)
{
	_cleanup_buf_ struct buf words = BUF_INIT;
	va_list ap;

	buf_add_str(&words, "egressctl: ");
	va_start(ap, format);
	buf_addv(&words, format, ap);
	va_end(ap);
	say(words.error ? "egressctl: out of memory" : words.data);
	return status;
}

int ctl_status_of(int error)
{
	switch (error) {
	case -EACCES:
	case -EPERM: return CTL_NO_PERMISSION;
	case -EINVAL:
	case -ENOENT:
	case -EISDIR:
	case -ENOTDIR:
	case -EFBIG:
	case -EBADMSG: return CTL_USAGE;
	default: return CTL_NO;
	}
}

int ctl_fail_words(int error, struct buf *words, const char *file)
{
	char *rest = words->data;

	if (words->len == 0)
		return ctl_fail(ctl_status_of(error), "%s: %s", file, strerror(-error));
	for (char *line; (line = strsep(&rest, "\n"));)
		say(line);
	return ctl_status_of(error);
}

void request_begin(struct buf *request, const char *op)
{
	jsonw_open(request, '{');
	jsonw_str(request, "op", op);
}

static void client_closep(struct client **c)
{
	client_close(*c);
}

/* quiet: the daemon's no is not said. */
static int ask(const struct ctl *ctl, struct buf *request, client_line_fn fn, void *ctx, bool quiet)
{
	_cleanup_(client_closep) struct client *c = NULL;
	int r, status;

	jsonw_close(request, '}');
	if (request->error)
		return ctl_fail(CTL_NO, "out of memory");
	r = client_connect(ctl->socket, ANSWER_TIMEOUT_MS, &c);
	if (r < 0) {
		const char *words = client_connect_error(r, &status);

		return ctl_fail(status, "%s: %s", ctl->socket, words);
	}
	r = client_request(c, request->data, fn, ctx);
	if (r >= 0)
		return CTL_OK;
	status = client_error_status(c);
	return quiet ? status : ctl_fail(status, "%s", client_error(c));
}

int ctl_request(const struct ctl *ctl, struct buf *request, client_line_fn fn, void *ctx)
{
	return ask(ctl, request, fn, ctx, false);
}

static int print_row(void *ctx, const char *line, size_t len)
{
	(void)ctx;
	return fwrite(line, 1, len, stdout) != len || fputc('\n', stdout) == EOF;
}

int print_line(void *ctx, const char *line, size_t len)
{
	return print_row(ctx, line, len) != 0 || fflush(stdout) != 0;
}

int ctl_pass_through(const struct ctl *ctl, struct buf *request)
{
	return ctl_request(ctl, request, print_row, NULL);
}

void rows_free(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		json_object_put(rows->item[i]);
	free(rows->item);
	*rows = (struct rows){ 0 };
}

/* A client_line_fn. What is no object is passed over: a newer daemon may say more. */
static int collect_row(void *ctx, const char *line, size_t len)
{
	struct rows *rows = ctx;
	struct json_object *o = row_parse(line, len);

	if (!o)
		return 0;
	if (rows->count == rows->cap) {
		size_t cap = rows->cap ? rows->cap * 2 : 64;
		void *grown = reallocarray(rows->item, cap, sizeof(struct json_object *));

		if (!grown) {
			json_object_put(o);
			return -ENOMEM;
		}
		rows->item = grown;
		rows->cap = cap;
	}
	rows->item[rows->count++] = o;
	return 0;
}

int ctl_request_rows(const struct ctl *ctl, struct buf *request, struct rows *ret)
{
	return ctl_request(ctl, request, collect_row, ret);
}

int ctl_try_rows(const struct ctl *ctl, struct buf *request, struct rows *ret)
{
	int status = ask(ctl, request, collect_row, ret, true);

	if (status != CTL_OK)
		rows_free(ret);
	return status;
}

int ctl_answer(const struct ctl *ctl, struct buf *request,
	       int (*print)(const struct ctl *ctl, const struct rows *rows))
{
	_cleanup_rows_ struct rows rows = { 0 };
	int status;

	if (ctl->json)
		return ctl_pass_through(ctl, request);
	status = ctl_request_rows(ctl, request, &rows);
	return status == CTL_OK ? print(ctl, &rows) : status;
}

int ctl_parse_when(const char *option, const char *text, int64_t *ret)
{
	int r = parse_when(text, (int64_t)time(NULL), ret);

	if (r < 0)
		(void)ctl_fail(CTL_USAGE,
			       "--%s: \"%s\" is not a time; write 2026-05-01T02:13:40Z, "
			       "@1777601620, today, or how long ago: 10m, 2h, 7d",
			       option, text);
	return r;
}

int ctl_answer_table(const struct ctl *ctl, const struct table *t, const char *if_empty)
{
	if (t->error)
		return ctl_fail(CTL_NO, "out of memory");
	if (t->rows)
		table_print(ctl, t);
	else
		puts(if_empty);
	return CTL_OK;
}
