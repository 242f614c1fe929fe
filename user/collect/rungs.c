/* SPDX-License-Identifier: Apache-2.0
 *
 * What the collector does, in words: a rung for each group, as the plan has it.
 */
#include "base/cleanup.h"
#include "collect/private.h"

void rungs_fill(struct collect *c)
{
	c->rung_count = MAX(c->rung_count, (size_t)PLAN_GROUPS);
	for (int g = 0; g < PLAN_GROUPS; g++)
		c->rungs[g] = (struct collect_rung){
			.group = plan_group_name(g),
			.rung = plan_rung_name(g, c->plan.rung[g]),
			.detail = c->plan.detail[g],
		};
}

size_t collect_rungs(const struct collect *c, const struct collect_rung **ret)
{
	*ret = c->rungs;
	return c->rung_count;
}
