/* SPDX-License-Identifier: Apache-2.0
 *
 * A finding as saved bytes and back. Actors and destinations are saved by name and
 * interned again, since their ids follow from their names.
 */
#include <string.h>

#include "alert/finding_wire.h"

static void put_actor(struct buf *out, const struct actor *actor)
{
	wire_put_u8(out, actor != NULL);
	if (!actor)
		return;
	wire_put_str(out, actor->exe);
	wire_put_str(out, actor->comm);
	wire_put_str(out, actor->container);
	wire_put_str(out, actor->user);
}

static void put_dest(struct buf *out, const struct dest *dest)
{
	wire_put_u8(out, dest != NULL);
	if (!dest)
		return;
	wire_put_str(out, dest->example);
	wire_put_u8(out, (uint8_t)dest->scope);
}

void finding_put(struct buf *out, const struct finding *f)
{
	wire_put_u64(out, f->series_id);
	wire_put_u8(out, (uint8_t)f->kind);
	wire_put_u8(out, (uint8_t)f->cls);
	put_actor(out, f->actor);
	put_dest(out, f->dest);
	wire_put_u8(out, f->init);
	wire_put_u32(out, f->port);
	wire_put_u8(out, f->horizon);
	wire_put_u32(out, (uint32_t)f->score_milli);
	wire_put_u32(out, (uint32_t)f->volume_milli);
	wire_put_u8(out, (uint8_t)f->level);
	wire_put_u8(out, f->capped);
	wire_put_u8(out, f->warm);
	wire_put_u64(out, f->value_bytes);
	wire_put_u64(out, f->allowed_bytes);
	wire_put_u64(out, f->baseline_bytes);
	wire_put_u64(out, f->floor_bytes);
	wire_put_u64(out, f->tx_bytes);
	wire_put_u64(out, f->day_bytes);
	wire_put_u64(out, f->read_bytes);
	wire_put_u64(out, f->db_bytes);
	wire_put_u32(out, f->profile_age_days);
	wire_put_u32(out, f->ratio_milli);
	wire_put_u8(out, (uint8_t)f->point_count);
	for (size_t i = 0; i < f->point_count; i++) {
		wire_put_u8(out, f->points[i].context);
		wire_put_u32(out, (uint32_t)f->points[i].points);
	}
}

static const struct actor *get_actor(struct wire *w, struct names *names)
{
	const char *part[4];
	const struct actor *actor;

	if (!wire_u8(w))
		return NULL;
	for (size_t i = 0; i < 4; i++)
		part[i] = wire_str(w);
	if (w->bad)
		return NULL;
	actor = names_actor(names, part[0], part[1], part[2], part[3]);
	w->bad = !actor;
	return actor;
}

static const struct dest *get_dest(struct wire *w, struct names *names)
{
	const struct dest *dest;
	const char *example;
	uint8_t scope;

	if (!wire_u8(w))
		return NULL;
	example = wire_str(w);
	scope = wire_u8(w);
	if (w->bad || scope >= EG_SCOPE_COUNT) {
		w->bad = true;
		return NULL;
	}
	dest = names_dest(names, example, (enum eg_scope)scope);
	w->bad = !dest;
	return dest;
}

static void get_points(struct wire *w, struct finding *ret)
{
	ret->point_count = wire_u8(w);
	if (ret->point_count > EG_CTX_COUNT) {
		w->bad = true;
		ret->point_count = 0;
	}
	for (size_t i = 0; i < ret->point_count; i++) {
		ret->points[i].context = wire_u8(w);
		ret->points[i].points = (int32_t)wire_u32(w);
		if (ret->points[i].context >= EG_CTX_COUNT)
			w->bad = true;
	}
}

void finding_get(struct wire *w, struct names *names, struct finding *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->series_id = wire_u64(w);
	ret->kind = (enum series_kind)wire_u8(w);
	ret->cls = (enum series_class)wire_u8(w);
	ret->actor = get_actor(w, names);
	ret->dest = get_dest(w, names);
	ret->init = wire_u8(w);
	ret->port = (uint16_t)wire_u32(w);
	ret->horizon = wire_u8(w);
	ret->score_milli = (int32_t)wire_u32(w);
	ret->volume_milli = (int32_t)wire_u32(w);
	ret->level = (enum eg_level)wire_u8(w);
	ret->capped = wire_u8(w) != 0;
	ret->warm = wire_u8(w) != 0;
	ret->value_bytes = wire_u64(w);
	ret->allowed_bytes = wire_u64(w);
	ret->baseline_bytes = wire_u64(w);
	ret->floor_bytes = wire_u64(w);
	ret->tx_bytes = wire_u64(w);
	ret->day_bytes = wire_u64(w);
	ret->read_bytes = wire_u64(w);
	ret->db_bytes = wire_u64(w);
	ret->profile_age_days = wire_u32(w);
	ret->ratio_milli = wire_u32(w);
	get_points(w, ret);
	if (ret->kind >= SERIES_KINDS || ret->cls > CLASS_PUBLIC || ret->init >= EG_INIT_COUNT ||
	    ret->horizon >= EG_HORIZONS || ret->level >= EG_LEVEL_COUNT)
		w->bad = true;
}
