/* SPDX-License-Identifier: Apache-2.0
 *
 * The lists `expect:`, `role:` and `budget:` of the configuration; see declaration.h.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "config/declaration.h"
#include "config/internal.h"

int declarations_add(struct declarations *all, enum word_kind kind, struct place *at,
		     struct declaration **ret)
{
	struct declaration *list;

	*ret = NULL;
	if (all->count == DECLARATIONS_MAX) {
		place_error(at, "more than %d declarations; leave some out", DECLARATIONS_MAX);
		return 0;
	}
	list = reallocarray(all->list, all->count + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	all->list = list;
	*ret = &list[all->count++];
	declaration_init(*ret, kind);
	(*ret)->line = at->line;
	return 0;
}

void declarations_free(struct declarations *all)
{
	free(all->list);
	*all = (struct declarations){ NULL, 0 };
}

void declarations_check(const struct declarations *all, struct place *at)
{
	for (size_t i = 0; i < all->count; i++) {
		_cleanup_buf_ struct buf why = BUF_INIT;

		at->line = all->list[i].line;
		if (declaration_check(&all->list[i], true, &why) < 0)
			place_error(at, "%s", why.data ? why.data : "out of memory");
	}
}
