/* SPDX-License-Identifier: Apache-2.0
 *
 * Problems of a configuration file, each with its file and line.
 */
#include "config/internal.h"

/* Keys and values are whatever the file says; a problem stays one line. */
static void mask_control(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

void place_error(struct place *at, const char *format, ...)
{
	size_t begin;
	va_list ap;

	at->errors++;
	if (at->error->len)
		buf_add_char(at->error, '\n');
	begin = at->error->len;
	buf_addf(at->error, "%s:", at->file);
	if (at->line)
		buf_addf(at->error, "%d:", at->line);
	buf_add_char(at->error, ' ');
	va_start(ap, format);
	buf_addv(at->error, format, ap);
	va_end(ap);
	if (!at->error->error)
		mask_control(at->error->data + begin);
}
