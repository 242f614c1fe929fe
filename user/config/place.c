/* SPDX-License-Identifier: Apache-2.0
 *
 * Problems of a configuration file, each with its file and line.
 */
#include "config/internal.h"

void place_error(struct place *at, const char *format, ...)
{
	va_list ap;

	at->errors++;
	if (at->error->len)
		buf_add_char(at->error, '\n');
	buf_addf(at->error, "%s:", at->file);
	if (at->line)
		buf_addf(at->error, "%d:", at->line);
	buf_add_char(at->error, ' ');
	va_start(ap, format);
	buf_addv(at->error, format, ap);
	va_end(ap);
}
