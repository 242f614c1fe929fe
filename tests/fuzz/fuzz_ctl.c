/* SPDX-License-Identifier: Apache-2.0
 *
 * A daemon's lines as egressctl takes them: values in words (nothing but printable
 * characters may come out) and the summing of traces.
 */
#include <locale.h>

#include "ctl/row.c"
#include "ctl/table.c"
#include "ctl/text.c"
#include "ctl/trace_sum.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count(void *ctx, const char *line, size_t len)
{
	(void)line;
	*(size_t *)ctx += len;
	return 0;
}

static void words(const char *line)
{
	struct json_object *o = json_tokener_parse(line);
	_cleanup_buf_ struct buf text = BUF_INIT;

	text_add_value(&text, "x_bytes", o);
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
			abort();
	(void)text_width(text.data ? text.data : "");
	json_object_put(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct trace_sum *sum;
	size_t bytes = 0;
	char *rest;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	buf_add(&text, data, size);
	if (!text.data || trace_sum_new(60, count, &bytes, &sum) < 0)
		return 0;
	rest = text.data;
	for (char *line; (line = strsep(&rest, "\n"));) {
		words(line);
		(void)trace_sum_add(sum, line, strlen(line));
	}
	(void)trace_sum_flush(sum);
	trace_sum_free(sum);
	return 0;
}
