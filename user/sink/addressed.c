/* SPDX-License-Identifier: Apache-2.0
 *
 * Records for one sink; see addressed.h.
 */
#include "sink/addressed.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"

static const char head[] = "{\"sink.only\":\"";
static const char tail[] = "\",";
enum { HEAD = sizeof(head) - 1, TAIL = sizeof(tail) - 1 };

int addressed_add(struct buf *out, const char *sink, const char *line, size_t len)
{
	if (len < 2 || line[0] != '{')
		return -EINVAL;
	buf_add_str(out, head);
	buf_add_str(out, sink);
	buf_add_str(out, tail);
	buf_add(out, line + 1, len - 1);
	return out->error;
}

bool addressed_to(const char *line, size_t len, const char **ret_name, size_t *ret_len)
{
	const char *end;

	if (len < HEAD + TAIL || memcmp(line, head, HEAD) != 0)
		return false;
	end = memchr(line + HEAD, '"', len - HEAD - 1);
	if (!end || end[1] != ',')
		return false;
	*ret_name = line + HEAD;
	*ret_len = (size_t)(end - *ret_name);
	return true;
}

size_t addressed_strip(char *line, size_t len)
{
	const char *name;
	size_t n, from;

	if (!addressed_to(line, len, &name, &n))
		return len;
	from = (size_t)(name - line) + n + TAIL;
	memmove(line + 1, line + from, len - from);
	return len - from + 1;
}
