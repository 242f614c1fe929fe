/* SPDX-License-Identifier: Apache-2.0
 *
 * The collector's life: open (pins, facts, plan, apply, self-test), close.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "collect/private.h"
#include "collect/probe.h"

static struct collect *collect_alloc(const struct collect_options *options)
{
	struct collect *c = calloc(1, sizeof(*c));
	unsigned int flows = options->max_flows ? options->max_flows : EG_FLOWS_DEFAULT;

	if (!c)
		return NULL;
	c->lock_fd = -1;
	c->file.identify_fd = -1;
	(void)errand_open(&c->aside.errand); /* without it what it does is done at once */
	for (int i = 0; i < MAP_COUNT; i++)
		c->map_fd[i] = -1;
	c->ephemeral = options->ephemeral;
	c->force_rung = options->force_rung;
	if (options->devices) {
		c->residual_named = strdup(options->devices);
		c->residual.named = c->residual_named;
	}
	c->max_flows = (flows + SLOTS_PER_CHUNK - 1) / SLOTS_PER_CHUNK * SLOTS_PER_CHUNK;
	c->cpu_count = (unsigned int)libbpf_num_possible_cpus();
	return c;
}

/* Pins are a guarantee, not a need: without a bpffs we count on, unpinned. */
static int pins_try(struct collect *c, const char *pin_dir)
{
	int r;

	c->facts.bpffs = FACT_NO;
	if (!pin_dir)
		return 0;
	r = pins_open(c, pin_dir);
	if (r == -EBUSY || r == -EINVAL || r == -ENOMEM)
		return r;
	if (r < 0) {
		free(c->pin_dir);
		c->pin_dir = NULL;
		return 0;
	}
	c->facts.bpffs = FACT_YES;
	return 0;
}

static int adopt(struct collect *c)
{
	int r = maps_adopt(c);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	c->adopted = true;
	return 0;
}

/* Pins were there, but not all programs ran any more: somebody took them off. */
static void tamper_check(struct collect *c)
{
	if (!c->adopted || c->facts.egress_adopted)
		return;
	c->rungs[c->rung_count++] = (struct collect_rung){
		.group = "tamper",
		.rung = "detached",
		.detail =
			"the pinned egress program had been detached while no daemon ran: bytes of "
			"that gap are billed only for TCP connections that outlived it",
	};
}

static int open_steps(struct collect *c, const struct collect_options *options)
{
	const struct sample *first;
	bool replace;
	int r;

	facts_basic(&c->facts, options->cgroup_root);
	if (c->facts.privilege == FACT_NO)
		return -EPERM;
	r = pins_try(c, options->pin_dir);
	if (r < 0)
		return r;
	r = adopt(c);
	if (r < 0)
		return r;
	replace = upgrade_prepare(c);
	adopt_links(c);
	probe_facts(&c->facts, options->force_rung, &c->objects, c);
	plan_make(&c->facts, options->force_rung, &c->plan);
	if (c->plan.error)
		return c->plan.error;
	r = apply_plan(c);
	if (r < 0)
		return r;
	if (c->adopted) {
		r = drain_recover(c);
		if (r < 0)
			return r;
	}
	rungs_fill(c);
	tamper_check(c);
	r = upgrade_finish(c, replace);
	if (r < 0)
		return r;
	r = selftest_run(c);
	if (r < 0)
		return r;
	return collect_read(c, &first);
}

const char *collect_cgroup_root(const struct collect *c)
{
	return c->facts.cgroup_root;
}

int collect_open(const struct collect_options *options, struct collect **ret)
{
	struct collect *c = collect_alloc(options);
	int r;

	if (!c)
		return -ENOMEM;
	/* Refusals are answers, not errors. For good: threads load too. */
	(void)libbpf_set_print(NULL);
	r = open_steps(c, options);
	if (r < 0) {
		collect_close(c);
		return r;
	}
	*ret = c;
	return 0;
}

void collect_close(struct collect *c)
{
	if (!c)
		return;
	if (c->ephemeral && c->pin_dir)
		(void)collect_detach(c->pin_dir);
	file_aside_close(c);
	file_stop(c);
	apply_undo(c);
	maps_close(c);
	facts_close(&c->facts);
	if (c->lock_fd >= 0)
		close(c->lock_fd);
	for (size_t i = 0; i < ARRAY_SIZE(c->rung_text); i++)
		free(c->rung_text[i]);
	free(c->sample_rows);
	free(c->limbo);
	free(c->pin_dir);
	free(c->residual_named);
	free(c);
}

bool collect_adopted(const struct collect *c)
{
	return c->adopted;
}

uint64_t collect_made_ns(const struct collect *c)
{
	return c->ledger->boot_ns;
}

void collect_map_fill(const struct collect *c, uint64_t *ret_entries, uint64_t *ret_max)
{
	/* What was retired since the sample is in both. */
	*ret_entries = MIN(c->sample.row_count + c->limbo_count, c->max_flows);
	*ret_max = c->max_flows;
}
