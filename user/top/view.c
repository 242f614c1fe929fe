/* SPDX-License-Identifier: Apache-2.0
 *
 * Which flows are shown and which group each belongs to; see view.h. Order is
 * view_sort.c, the tree view_tree.c, sums view_sum.c.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "top/tally.h"
#include "top/view_internal.h"

/* A flow with its group's number. */
struct grouped {
	size_t group;
	const struct flow_row *row;
	struct flow_brief brief;
};

static uint64_t mix_text(const struct flow_row *row, enum text_field f, uint64_t h)
{
	return view_mix(h, texts_hash(row->text[f]));
}

/* As a tree of parents wants it: a process, or what the daemon has no process of. */
static uint64_t process_key(const struct flow_row *row, uint64_t h)
{
	if (row->text[T_ENTITY])
		return view_mix(h, row->process_hash);
	h = mix_text(row, row->text[T_WORKLOAD] ? T_WORKLOAD : T_PROCESS, view_mix(h, 1));
	return mix_text(row, T_USER, view_mix(h, row->process_hash));
}

static uint64_t group_key(const struct flow_row *row, enum group group, bool parents)
{
	uint64_t h;

	if (parents)
		return process_key(row, texts_hash(row->text[T_COLUMN]));
	h = mix_text(row, T_COLUMN, (uint64_t)group + (row->other ? 1000 : 0));
	switch (group) {
	case G_WORKLOAD:
		h = mix_text(row, row->text[T_WORKLOAD] ? T_WORKLOAD : T_PROCESS, h);
		h = mix_text(row, T_USER, h);
		h = mix_text(row, T_CONTAINER_ID, h);
		h = mix_text(row, T_CONTAINER, h);
		return mix_text(row, T_SESSION, h);
	case G_PROCESS: return mix_text(row, T_PROCESS, view_mix(h, row->process_hash));
	case G_USER: return mix_text(row, T_USER, h);
	case G_CONTAINER: return mix_text(row, T_CONTAINER, mix_text(row, T_CONTAINER_ID, h));
	case G_POD: return mix_text(row, T_POD, mix_text(row, T_NAMESPACE, h));
	case G_UNIT: return mix_text(row, T_UNIT, h);
	case G_DEST: return mix_text(row, T_DST, h);
	case G_DEST_GROUP: return mix_text(row, row->text[T_DST_GROUP] ? T_DST_GROUP : T_DST, h);
	case G_AS: return mix_text(row, T_AS, view_mix(h, row->num[N_ASN]));
	case G_SESSION: return mix_text(row, T_SESSION, h);
	default: return row->id;
	}
}

void view_host_history(const struct flow_table *t, float ret[HISTORY_SLOTS])
{
	struct flow_row *row, *next;

	memset(ret, 0, HISTORY_SLOTS * sizeof(*ret));
	HASH_ITER(hh, t->rows, row, next) {
		if (row->billing != FLOW_LEAVES)
			continue;
		for (size_t i = 0; i < HISTORY_SLOTS; i++)
			ret[i] += row->history[i];
	}
}

/* Facts stay true once seen: a column does not come and go. */
static void learn_facts(struct column_facts *facts, const struct flow_row *row)
{
	facts->ratio |= flow_knows(row, N_RATIO);
	facts->base |= flow_knows(row, N_BASE);
	facts->read |= flow_knows(row, N_READ);
	facts->container |= row->text[T_CONTAINER] || row->text[T_CONTAINER_ID];
	facts->as |= row->text[T_AS] || flow_knows(row, N_ASN);
}

static bool is_shown(const struct flow_row *row, const struct view_options *o)
{
	if (row->dismissed || (row->other && !row->num[N_PAYLOAD]))
		return false;
	if (o->all_scopes)
		return true;
	return row->billing == FLOW_LEAVES && (row->num[N_PAYLOAD] || !flow_knows(row, N_PAYLOAD));
}

static bool is_of_user(const struct flow_row *row, const char *user)
{
	return !user || !*user || (row->text[T_USER] && strcmp(row->text[T_USER], user) == 0);
}

static void fill_brief(const struct flow_row *row, enum group group, struct flow_brief *b)
{
	b->process = row->process_hash;
	b->rate_10s = row->num[N_RATE_10S];
	b->rate_60s = row->num[N_RATE_60S];
	b->payload = row->num[N_PAYLOAD];
	b->level = row->level;
	b->ended = row->ended;
	if (flow_knows(row, N_RATIO))
		b->ratio = (uint32_t)MIN(row->num[N_RATIO], (uint64_t)UINT32_MAX - 1) + 1;
	if (group == G_POD)
		b->container = view_mix(texts_hash(row->text[T_CONTAINER_ID]),
					texts_hash(row->text[T_CONTAINER]));
}

void *view_lend(struct view *v, enum view_lot lot, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count + 1, size, &bytes))
		return NULL;
	if (bytes > v->lots[lot].bytes) {
		free(v->lots[lot].at);
		v->lots[lot].at = malloc(bytes);
		v->lots[lot].bytes = v->lots[lot].at ? bytes : 0;
	}
	return v->lots[lot].at;
}

/* What a pass over the flows fills. */
struct selection {
	struct view *v;
	const struct view_options *o;
	struct grouped *grouped; /* the flows to show */
	size_t count;
	struct tally places;       /* of groups, + 1, by key */
	struct view_adding *early; /* of the first VIEW_EARLY groups */
};

static void selection_free(struct selection *s)
{
	free(s->early);
	tally_free(&s->places);
}

static int selection_new(struct selection *s, size_t flows)
{
	enum group group = s->o->group;

	s->grouped = view_lend(s->v, LOT_GROUPED, flows, sizeof(*s->grouped));
	s->early = reallocarray(NULL, VIEW_EARLY, sizeof(*s->early));
	if (!s->grouped || !s->early)
		return -ENOMEM;
	if (s->v->parents || (group != G_FLOW && group != G_DEST))
		return 0;
	return tally_new(&s->places, flows); /* about as many groups as flows */
}

/* Adds the flow to its group; groups are numbered in the order in which they are met. What
 * they come to is summed while the flow is at hand, if they are few. */
static int select_flow(struct selection *s, const struct flow_row *row)
{
	struct view *v = s->v;
	uint64_t key = group_key(row, s->o->group, v->parents);
	uint64_t *place = tally_grown(&s->places, key);
	struct grouped *g = &s->grouped[s->count++];

	if (!place)
		return -ENOMEM;
	if (!*place) {
		v->groups[v->group_count] = (struct slice){ .id = key };
		if (v->group_count < VIEW_EARLY)
			view_adding_begin(&s->early[v->group_count], row);
		*place = ++v->group_count;
	}
	*g = (struct grouped){ .group = *place - 1, .row = row };
	fill_brief(row, s->o->group, &g->brief);
	v->groups[g->group].count++;
	if (g->group < VIEW_EARLY)
		view_adding_add(&s->early[g->group], row, true);
	return 0;
}

static int select_flows(struct selection *s, const struct flow_table *table)
{
	const struct view_options *o = s->o;
	struct view *v = s->v;

	memset(v->scope_rate, 0, sizeof(v->scope_rate));
	v->hidden = v->shown_rate = 0;
	for (size_t i = 0; i < table->listed; i++) {
		const struct flow_row *row = table->list[i];

		if (i + FLOW_AHEAD < table->listed)
			flow_fetch(table->list[i + FLOW_AHEAD]);
		if (row->billing == FLOW_SHADOW)
			continue;
		v->scope_rate[row->scope] += row->num[v->facts.minutes ? N_RATE_60S : N_RATE_1S];
		if (!is_shown(row, o))
			continue;
		if (!filter_match(o->filter, row) || !is_of_user(row, o->user)) {
			v->hidden++;
			continue;
		}
		learn_facts(&v->facts, row);
		if (!row->ended)
			v->shown_rate += row->num[N_RATE_10S];
		if (select_flow(s, row) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void keep_early_sums(struct selection *s)
{
	for (size_t i = 0; i < MIN(s->v->group_count, (size_t)VIEW_EARLY); i++) {
		view_adding_own(&s->early[i]);
		view_adding_end(&s->early[i]);
		view_keep_sums(s->v, s->v->groups[i].id, &s->early[i].row);
	}
}

/* Each group's flows side by side in v->flows. */
static void gather(struct view *v, const struct selection *s)
{
	size_t first = 0;

	for (size_t i = 0; i < v->group_count; i++) {
		v->groups[i].first = first;
		first += v->groups[i].count;
		v->groups[i].count = 0;
	}
	for (size_t i = 0; i < s->count; i++) {
		struct slice *g = &v->groups[s->grouped[i].group];

		v->briefs[g->first + g->count] = s->grouped[i].brief;
		v->flows[g->first + g->count++] = s->grouped[i].row;
	}
	v->flow_count = s->count;
}

static int reserve_flows(struct view *v, size_t flows)
{
	void *p;

	if (flows <= v->flow_room)
		return 0;
	p = reallocarray(v->flows, flows, sizeof(*v->flows));
	if (p)
		v->flows = p;
	p = p ? reallocarray(v->laid, flows, sizeof(*v->laid)) : NULL;
	if (p)
		v->laid = p;
	p = p ? reallocarray(v->briefs, flows, sizeof(*v->briefs)) : NULL;
	if (p)
		v->briefs = p;
	p = p ? reallocarray(v->groups, flows, sizeof(*v->groups)) : NULL;
	if (!p)
		return -ENOMEM;
	v->groups = p;
	v->flow_room = flows;
	return 0;
}

/* A trace and the past know no parents. */
static bool knows_parents(const struct flow_table *table)
{
	for (size_t i = 0; i < table->listed; i++)
		if (table->list[i]->parent_hash)
			return true;
	return false;
}

int view_build(struct view *v, const struct flow_table *table, const struct view_options *o)
{
	_cleanup_(selection_free) struct selection s = { .v = v, .o = o };
	int r;

	v->count = v->flow_count = v->group_count = 0;
	v->parents = o->tree == TREE_PARENTS && knows_parents(table);
	if (!v->sums)
		v->sums = calloc(VIEW_SUMS, sizeof(*v->sums));
	if (!v->trends)
		v->trends = calloc(VIEW_TRENDS, sizeof(*v->trends));
	if (!v->sums || !v->trends || reserve_flows(v, table->listed + 1) < 0 ||
	    selection_new(&s, table->listed) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < VIEW_SUMS; i++)
		v->sums[i].summed = false;
	for (size_t i = 0; i < VIEW_TRENDS; i++)
		v->trends[i].flow_count = 0;
	r = select_flows(&s, table);
	keep_early_sums(&s);
	if (r < 0) {
		v->group_count = 0;
		return r;
	}
	gather(v, &s);
	return view_arrange(v, table, o);
}

static int arrange_groups(struct view *v, const struct view_options *o)
{
	struct slice *groups = view_lend(v, LOT_GROUPS, v->group_count, sizeof(*groups));
	int r;

	if (!groups)
		return -ENOMEM;
	if (v->group_count)
		memcpy(groups, v->groups, v->group_count * sizeof(*groups));
	r = view_sort(v, o, groups, v->group_count);
	return r < 0 ? r : view_place(v, o, groups, v->group_count);
}

int view_arrange(struct view *v, const struct flow_table *table, const struct view_options *o)
{
	int r;

	v->count = 0;
	v->facts.group = v->parents ? G_PROCESS : o->group;
	v->facts.tree = v->parents;
	v->facts.show = o->columns.show;
	v->facts.hide = o->columns.hide;
	r = v->parents ? view_place_parents(v, table, o) : arrange_groups(v, o);
	if (r < 0)
		v->count = 0;
	return r;
}

void view_free(struct view *v)
{
	free(v->rows);
	free(v->flows);
	free(v->laid);
	free(v->briefs);
	free(v->groups);
	free(v->order);
	free(v->sums);
	free(v->trends);
	for (size_t i = 0; i < LOTS; i++)
		free(v->lots[i].at);
	*v = (struct view){ 0 };
}
