// SPDX-License-Identifier: Apache-2.0
/*
 * The fan-out counters in the saved state: key, destinations on their way to 64 KiB,
 * counters that still say something.
 */
#include "base/buf.h"
#include "base/cleanup.h"
#include "detect/core.h"
#include "detect/wire.h"

static void save_fan(const struct fan *f, struct buf *out)
{
	wire_put(out, f->actor);
	wire_put(out, f->minute);
	wire_put(out, f->over_minute);
	for (unsigned int i = 0; i < FAN_EXACT; i++) {
		wire_put(out, f->exact[i].hash);
		wire_put(out, f->exact[i].minute);
	}
	for (unsigned int i = 0; i < FAN_SLOTS; i++)
		for (unsigned int k = 0; k < FAN_REGISTERS; k++)
			wire_put(out, f->rank[i][k]);
}

static bool is_live(const struct engine *e, const struct fan *f)
{
	return f->actor != ACTOR_NONE && !fan_is_idle(f, e->clock.index[2]);
}

void core_fans_save(const struct engine *e, struct buf *out)
{
	const struct fans *fans = &e->fans;
	uint32_t gates = 0, live = 0;

	for (uint32_t i = 0; i < FAN_GATES; i++)
		gates += fans->gates[i].key != 0;
	for (uint32_t i = 0; i < fans->used; i++)
		live += is_live(e, &fans->pool[i]);
	wire_put(out, fans->key.word[0]);
	wire_put(out, fans->key.word[1]);
	wire_put(out, gates);
	for (uint32_t i = 0; i < FAN_GATES; i++) {
		const struct fan_gate *g = &fans->gates[i];

		if (!g->key)
			continue;
		wire_put(out, i);
		wire_put(out, g->key);
		wire_put(out, g->since_s);
		wire_put(out, g->bytes);
	}
	wire_put(out, live);
	for (uint32_t i = 0; i < fans->used; i++)
		if (is_live(e, &fans->pool[i]))
			save_fan(&fans->pool[i], out);
}

static void load_gates(struct engine *e, struct wire_reader *r)
{
	uint64_t count = wire_get(r, FAN_GATES);

	for (uint64_t i = 0; i < count && !r->failed; i++) {
		struct fan_gate *g = &e->fans.gates[wire_get(r, FAN_GATES - 1)];

		if (g->key)
			r->failed = true;
		g->key = wire_get(r, UINT64_MAX);
		g->since_s = (uint32_t)wire_get(r, e->clock.index[0]);
		g->bytes = (uint32_t)wire_get(r, UINT32_MAX);
		if (!g->key)
			r->failed = true;
	}
}

/* One counter; returns the actor that saved it. */
static uint32_t load_fan(const struct engine *e, struct fan *f, struct wire_reader *r)
{
	uint32_t minute = e->clock.index[2];
	uint32_t saved = (uint32_t)wire_get(r, UINT32_MAX);

	f->minute = (uint32_t)wire_get(r, minute);
	f->over_minute = (uint32_t)wire_get(r, minute);
	for (unsigned int i = 0; i < FAN_EXACT; i++) {
		f->exact[i].hash = wire_get(r, UINT64_MAX);
		f->exact[i].minute = (uint32_t)wire_get(r, minute);
	}
	for (unsigned int i = 0; i < FAN_SLOTS; i++)
		for (unsigned int k = 0; k < FAN_REGISTERS; k++)
			f->rank[i][k] = (uint8_t)wire_get(r, UINT8_MAX);
	return saved;
}

void core_fans_load(struct engine *e, struct wire_reader *r, const uint32_t *record,
		    uint32_t record_count)
{
	struct fans *fans = &e->fans;
	uint64_t count;

	fans->key.word[0] = wire_get(r, UINT64_MAX);
	fans->key.word[1] = wire_get(r, UINT64_MAX);
	load_gates(e, r);
	count = wire_get(r, record_count);
	for (uint64_t i = 0; i < count && !r->failed; i++) {
		struct fan f = { .minute = 0 };
		uint32_t saved = load_fan(e, &f, r);

		if (r->failed || saved >= record_count || record[saved] == ACTOR_NONE) {
			r->failed = true;
			return;
		}
		f.actor = record[saved];
		/* In a smaller engine the first ones find room; twice is nonsense but for
		 * actors that fold into the overflow actor there. */
		if (e->actors[f.actor].fan != FAN_NONE) {
			r->failed |= f.actor != ACTOR_OVERFLOW;
			continue;
		}
		if (fans->used == fans->limit)
			continue;
		e->actors[f.actor].fan = fans->used;
		fans->pool[fans->used++] = f;
	}
}
