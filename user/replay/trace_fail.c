/* SPDX-License-Identifier: Apache-2.0
 *
 * What is wrong with a trace, and in which line.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>

#include "replay/trace_int.h"

int trace_fail(struct trace_reader *r, const char *format, ...)
{
	va_list ap;

	buf_clear(&r->error);
	buf_addf(&r->error, "%s:%" PRIu64 ": ", r->path, trace_input_number(r->input));
	va_start(ap, format);
	buf_addv(&r->error, format, ap);
	va_end(ap);
	return -EINVAL;
}
