/* SPDX-License-Identifier: Apache-2.0
 *
 * A finding as saved bytes and back. Actors and destinations are saved by name and
 * interned again, since their ids follow from their names.
 */
#include <string.h>

#include "alert/finding_pack.h"

enum { FINDING_HASH_VERSION = 7 }; /* of alerts_state.h: from then on with state_hash */

static void put_actor(struct buf *out, const struct actor *actor)
{
	pack_u8(out, actor != NULL);
	if (!actor)
		return;
	pack_str(out, actor->exe);
	pack_str(out, actor->comm);
	pack_str(out, actor->container);
	pack_str(out, actor->user);
}

static void put_dest(struct buf *out, const struct dest *dest)
{
	pack_u8(out, dest != NULL);
	if (!dest)
		return;
	pack_str(out, dest->example);
	pack_u8(out, (uint8_t)dest->scope);
}

void finding_put(struct buf *out, const struct finding *f)
{
	pack_u64(out, f->series_id);
	pack_u8(out, (uint8_t)f->kind);
	pack_u8(out, (uint8_t)f->cls);
	put_actor(out, f->actor);
	put_dest(out, f->dest);
	pack_u8(out, f->init);
	pack_u32(out, f->port);
	pack_u8(out, (uint8_t)f->evidence);
	pack_u8(out, f->horizon);
	pack_u32(out, (uint32_t)f->score_milli);
	pack_u32(out, (uint32_t)f->volume_milli);
	pack_u8(out, (uint8_t)f->level);
	pack_u8(out, f->capped);
	pack_u8(out, f->warm);
	pack_u64(out, f->value_bytes);
	pack_u64(out, f->allowed_bytes);
	pack_u64(out, f->baseline_bytes);
	pack_u64(out, f->floor_bytes);
	pack_u64(out, f->tx_bytes);
	pack_u64(out, f->day_bytes);
	pack_u64(out, f->read_bytes);
	pack_u64(out, f->db_bytes);
	pack_u32(out, f->profile_age_days);
	pack_u32(out, f->ratio_milli);
	pack_u8(out, (uint8_t)f->point_count);
	for (size_t i = 0; i < f->point_count; i++) {
		pack_u8(out, f->points[i].context);
		pack_u32(out, (uint32_t)f->points[i].points);
	}
	pack_u64(out, f->state_hash);
}

static const struct actor *get_actor(struct unpack *w, struct names *names)
{
	const char *part[4];
	const struct actor *actor;

	if (!unpack_u8(w))
		return NULL;
	for (size_t i = 0; i < 4; i++)
		part[i] = unpack_str(w);
	if (w->bad)
		return NULL;
	actor = names_actor(names, part[0], part[1], part[2], part[3]);
	w->bad = !actor;
	return actor;
}

static const struct dest *get_dest(struct unpack *w, struct names *names)
{
	const struct dest *dest;
	const char *example;
	uint8_t scope;

	if (!unpack_u8(w))
		return NULL;
	example = unpack_str(w);
	scope = unpack_u8(w);
	if (w->bad || scope >= EG_SCOPE_COUNT) {
		w->bad = true;
		return NULL;
	}
	dest = names_dest(names, example, (enum eg_scope)scope);
	w->bad = !dest;
	return dest;
}

static void get_points(struct unpack *w, struct finding *ret)
{
	ret->point_count = unpack_u8(w);
	if (ret->point_count > EG_CTX_COUNT) {
		w->bad = true;
		ret->point_count = 0;
	}
	for (size_t i = 0; i < ret->point_count; i++) {
		ret->points[i].context = unpack_u8(w);
		ret->points[i].points = (int32_t)unpack_u32(w);
		if (ret->points[i].context >= EG_CTX_COUNT)
			w->bad = true;
	}
}

void finding_get(struct unpack *w, struct names *names, struct finding *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->series_id = unpack_u64(w);
	ret->kind = (enum series_kind)unpack_u8(w);
	ret->cls = (enum series_class)unpack_u8(w);
	ret->actor = get_actor(w, names);
	ret->dest = get_dest(w, names);
	ret->init = unpack_u8(w);
	ret->port = (uint16_t)unpack_u32(w);
	ret->evidence = (enum finding_evidence)unpack_u8(w);
	ret->horizon = unpack_u8(w);
	ret->score_milli = (int32_t)unpack_u32(w);
	ret->volume_milli = (int32_t)unpack_u32(w);
	ret->level = (enum eg_level)unpack_u8(w);
	ret->capped = unpack_u8(w) != 0;
	ret->warm = unpack_u8(w) != 0;
	ret->value_bytes = unpack_u64(w);
	ret->allowed_bytes = unpack_u64(w);
	ret->baseline_bytes = unpack_u64(w);
	ret->floor_bytes = unpack_u64(w);
	ret->tx_bytes = unpack_u64(w);
	ret->day_bytes = unpack_u64(w);
	ret->read_bytes = unpack_u64(w);
	ret->db_bytes = unpack_u64(w);
	ret->profile_age_days = unpack_u32(w);
	ret->ratio_milli = unpack_u32(w);
	get_points(w, ret);
	if (w->version >= FINDING_HASH_VERSION)
		ret->state_hash = unpack_u64(w);
	if (ret->kind >= SERIES_KINDS || ret->cls > CLASS_PUBLIC || ret->init >= EG_INIT_COUNT ||
	    ret->evidence > EVIDENCE_DRIFT || ret->horizon >= EG_HORIZONS ||
	    ret->level >= EG_LEVEL_COUNT)
		w->bad = true;
}
