/* SPDX-License-Identifier: Apache-2.0
 *
 * What the daemon before left running, group by group: taken over, and noted in the facts,
 * so that nothing is loaded that counts already.
 */
#include "collect/calls.h"
#include "collect/private.h"

/* A running program is the best proof that its rung works: the facts say so. */
void adopt_links(struct collect *c)
{
	struct facts *f = &c->facts;
	enum plan_rung calls;

	if (!link_adopt(c, LINK_EGRESS)) {
		f->egress_adopted = true;
		f->egress_task_btf = FACT_YES;
		f->task_file_iter = FACT_YES; /* not needed: every socket has its storage */
		f->cgroup_attach = FACT_YES;
	}
	if (!link_adopt(c, LINK_INET_SEND_BTF))
		(void)link_adopt(c, LINK_INET_STATE_BTF);
	else if (!link_adopt(c, LINK_INET_SEND_CLASSIC))
		(void)link_adopt(c, LINK_INET_STATE_CLASSIC);
	if (!link_adopt(c, LINK_SEND_BTF)) {
		f->send_adopted = true;
		f->send_tp_btf = FACT_YES;
	} else if (!link_adopt(c, LINK_SEND_CLASSIC)) {
		f->send_adopted = true;
		f->send_tp_btf = FACT_NO;
		f->send_tracepoint = FACT_YES;
	} else {
		calls = calls_adopt(c);
		f->send_adopted = calls != RUNG_MISSING;
		f->send_fexit = calls == RUNG_FEXIT ? FACT_YES : FACT_UNKNOWN;
		f->send_kprobe = calls == RUNG_KPROBE ? FACT_YES : FACT_UNKNOWN;
	}
	if (!link_adopt(c, LINK_LIFE_EXEC_BTF) && !link_adopt(c, LINK_LIFE_EXIT_BTF)) {
		f->life_adopted = true;
		f->life_tp_btf = FACT_YES;
	} else if (!link_adopt(c, LINK_LIFE_EXEC_CLASSIC) &&
		   !link_adopt(c, LINK_LIFE_EXIT_CLASSIC)) {
		f->life_adopted = true;
		f->life_tp_btf = FACT_NO;
		f->life_tracepoint = FACT_YES;
	}
	file_adopt(c);
}
