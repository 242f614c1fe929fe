/* SPDX-License-Identifier: Apache-2.0
 *
 * Formats the JSON lines of standard input: format_lines FORMAT [cef-standard]
 * [cef-wide]. Binary documents are printed in hexadecimal. For tests that hold the
 * documents against other people's parsers.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "sink/format.h"

static void print_document(const struct buf *doc, bool text)
{
	for (size_t i = 0; !text && i < doc->len; i++)
		printf("%02x", (unsigned char)doc->data[i]);
	puts(text ? doc->data : "");
}

int main(int argc, char *argv[])
{
	const struct format *format = argc > 1 ? format_find(argv[1]) : NULL;
	struct format_options options = { 0 };
	char *line _cleanup_free_ = NULL;
	size_t room = 0;
	ssize_t n;

	for (int i = 2; i < argc; i++) {
		options.cef_standard |= strcmp(argv[i], "cef-standard") == 0;
		options.cef_wide_integers |= strcmp(argv[i], "cef-wide") == 0;
	}
	if (!format) {
		fprintf(stderr, "usage: format_lines FORMAT, one of: %s\n", format_names());
		return 2;
	}
	while ((n = getline(&line, &room, stdin)) > 0) {
		struct buf doc _cleanup_buf_ = BUF_INIT;
		struct record r _cleanup_record_ = { 0 };
		int result = record_parse(line, (size_t)n, &r);

		if (result == 0)
			result = format->fn(&r, &options, &doc);
		if (result < 0) {
			fprintf(stderr, "%s: %s", strerror(-result), line);
			if (result != -ENODATA)
				return 1;
			continue;
		}
		print_document(&doc, format->text);
	}
	return 0;
}
