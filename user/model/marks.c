/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of declared prefixes; see marks.h.
 */
#include "model/marks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MARKS_MAX = 1024 };

struct mark {
	struct prefix prefix;
	struct mark *next;
};

int marks_add(struct marks *m, const struct prefix *prefix)
{
	struct mark *mark;

	for (mark = m->first; mark; mark = mark->next)
		if (memcmp(&mark->prefix, prefix, sizeof(*prefix)) == 0)
			return 0;
	if (m->count == MARKS_MAX)
		return -ENOSPC;
	mark = calloc(1, sizeof(*mark));
	if (!mark)
		return -ENOMEM;
	mark->prefix = *prefix;
	mark->next = m->first;
	m->first = mark;
	m->count++;
	return 1;
}

void marks_free(struct marks *m)
{
	while (m->first) {
		struct mark *mark = m->first;

		m->first = mark->next;
		free(mark);
	}
	m->count = 0;
}

const struct prefix *marks_find(const struct marks *m, const uint8_t addr[16])
{
	const struct prefix *best = NULL;

	for (const struct mark *mark = m->first; mark; mark = mark->next)
		if ((!best || mark->prefix.bits > best->bits) && prefix_has(&mark->prefix, addr))
			best = &mark->prefix;
	return best;
}
