/* SPDX-License-Identifier: Apache-2.0
 *
 * CSV rows of a trace: RFC 4180, with a short way for lines without quotes.
 */
#include <errno.h>
#include <string.h>

#include "replay/trace_int.h"

/* Unquotes one field that begins at p (a quote). Returns the byte behind the closing
 * quote, or NULL if the line ends before it. */
static const char *unquote(struct buf *out, const char *p, const char *end)
{
	for (p++; p < end; p++) {
		if (*p != '"') {
			buf_add_char(out, *p);
		} else if (p + 1 < end && p[1] == '"') {
			buf_add_char(out, '"');
			p++;
		} else {
			return p + 1;
		}
	}
	return NULL;
}

/* 0; -EAGAIN: a quoted field is still open at the end of the line. */
static int split_quoted(struct trace_reader *r, const char *line, size_t len, struct slice *fields,
			size_t *ret_count)
{
	const char *p = line, *end = line + len;
	size_t n = 0;

	buf_clear(&r->csv_scratch);
	/* unquoted text is never longer than the line: slices into it stay valid */
	if (buf_reserve(&r->csv_scratch, len + 1) < 0)
		return -ENOMEM;
	for (;;) {
		if (n == TRACE_CSV_FIELDS_MAX)
			return trace_fail(r, "more than %d fields", TRACE_CSV_FIELDS_MAX);
		if (p < end && *p == '"') {
			size_t start = r->csv_scratch.len;
			const char *behind = unquote(&r->csv_scratch, p, end);

			if (!behind)
				return -EAGAIN;
			if (behind < end && *behind != ',')
				return trace_fail(r,
						  "text behind a closing quote in field %zu; "
						  "double the quotes inside a quoted field",
						  n + 1);
			fields[n].p = r->csv_scratch.data + start;
			fields[n].len = r->csv_scratch.len - start;
			p = behind;
		} else {
			const char *comma = memchr(p, ',', (size_t)(end - p));

			fields[n].p = p;
			fields[n].len = (size_t)((comma ? comma : end) - p);
			p = comma ? comma : end;
		}
		n++;
		if (p == end)
			break;
		p++;
	}
	*ret_count = n;
	return 0;
}

/* The quoted way: takes further lines as long as a quote is open. */
static int split_joining(struct trace_reader *r, const char **line, size_t *len,
			 struct slice *fields, size_t *ret_count)
{
	int err;

	while ((err = split_quoted(r, *line, *len, fields, ret_count)) == -EAGAIN) {
		err = trace_input_join(r->input, line, len);
		if (err == 0)
			return trace_fail(r, "the file ends within a quoted field");
		if (err == -EMSGSIZE)
			return trace_fail(r, "a quoted field is not closed within %d bytes",
					  TRACE_LINE_MAX);
		if (err < 0)
			return err;
	}
	return err;
}

static int split_plain(struct trace_reader *r, const char *line, size_t len, struct slice *fields,
		       size_t *ret_count)
{
	const char *end = line + len, *comma;
	size_t n = 0;

	fields[0].p = line;
	while ((comma = memchr(fields[n].p, ',', (size_t)(end - fields[n].p)))) {
		fields[n].len = (size_t)(comma - fields[n].p);
		if (++n == TRACE_CSV_FIELDS_MAX)
			return trace_fail(r, "more than %d fields", TRACE_CSV_FIELDS_MAX);
		fields[n].p = comma + 1;
	}
	fields[n].len = (size_t)(end - fields[n].p);
	*ret_count = n + 1;
	return 0;
}

int trace_csv_split(struct trace_reader *r, const char *line, size_t len, struct slice *fields,
		    size_t *ret_count)
{
	int err;

	if (memchr(line, '"', len))
		err = split_joining(r, &line, &len, fields, ret_count);
	else
		err = split_plain(r, line, len, fields, ret_count);
	if (!err && memchr(line, '\0', len))
		return trace_fail(r, "a NUL byte: not text");
	return err;
}

int trace_csv_fields(struct trace_reader *r, const char *line, size_t len, struct trace_fields *ret)
{
	struct slice fields[TRACE_CSV_FIELDS_MAX];
	size_t count = 0;
	int err = trace_csv_split(r, line, len, fields, &count);

	if (err < 0)
		return err;
	if (count != r->csv_count)
		return trace_fail(r, "%zu fields where the header has %zu", count, r->csv_count);
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < count; i++) {
		int column = r->csv_column[i];

		if (column < 0)
			continue;
		ret->col[column] = fields[i];
		ret->filled |= (uint32_t)(fields[i].len > 0) << column;
	}
	return 0;
}
