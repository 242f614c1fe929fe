/* SPDX-License-Identifier: Apache-2.0
 *
 * Order of the view's rows, for view.c only.
 */
#ifndef TOP_VIEW_SORT_H
#define TOP_VIEW_SORT_H

#include "top/view.h"

/* Sorts the groups and remembers the order. 0 or -ENOMEM. */
int view_sort(struct view *v, const struct view_options *o);

#endif
