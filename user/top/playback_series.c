/* SPDX-License-Identifier: Apache-2.0
 *
 * See playback_series.h. Rates are the mean of the ticks that fill 1, 10 and 60 s;
 * a trace with longer intervals has the same rate in all three.
 */
#include <errno.h>
#include <uthash.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/vocab.h"
#include "top/playback_series.h"

#define RECENT_SLOTS 60 /* a minute of 1 s ticks */

struct series_key {
	uint64_t actor, dest;
	uint16_t port;
	uint8_t proto, init;
	uint32_t scope;
};

struct series {
	struct series_key key;
	const struct actor *actor;
	const struct dest *dest;
	uint64_t sent, read, unknown;
	uint64_t recent[RECENT_SLOTS]; /* bytes by tick, ring */
	uint64_t last_tick;
	UT_hash_handle hh;
};

struct series_table {
	struct series *all;
	uint64_t ticks, total;
	uint32_t interval_s;
};

int series_table_new(struct series_table **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void series_table_free(struct series_table *t)
{
	struct series *s, *next;

	if (!t)
		return;
	HASH_ITER(hh, t->all, s, next) {
		HASH_DEL(t->all, s);
		free(s);
	}
	free(t);
}

static struct series *get(struct series_table *t, const struct tick_row *row)
{
	struct series_key key = {
		.actor = row->actor ? row->actor->id : 0,
		.dest = row->dest ? row->dest->id : 0,
		.port = row->port,
		.proto = row->proto,
		.init = row->init,
		.scope = row->scope,
	};
	struct series *s;

	HASH_FIND(hh, t->all, &key, sizeof(key), s);
	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->key = key;
	s->actor = row->actor;
	s->dest = row->dest;
	HASH_ADD(hh, t->all, key, sizeof(s->key), s);
	return s;
}

/* Ticks in which the series was silent are zeros. */
static void advance(const struct series_table *t, struct series *s)
{
	uint64_t silent = t->ticks - s->last_tick;

	for (uint64_t i = 0; i < silent && i < RECENT_SLOTS; i++)
		s->recent[(t->ticks - i) % RECENT_SLOTS] = 0;
	s->last_tick = t->ticks;
}

int series_table_add(struct series_table *t, const struct tick *tick)
{
	struct series *s, *next;

	t->ticks++;
	t->interval_s = tick->interval_s;
	HASH_ITER(hh, t->all, s, next)
		advance(t, s);
	for (size_t i = 0; i < tick->row_count; i++) {
		const struct tick_row *row = &tick->rows[i];

		s = get(t, row);
		if (!s)
			return -ENOMEM;
		advance(t, s);
		s->unknown += row->tx_unknown;
		if (!row->tx_unknown) {
			s->sent += row->tx_bytes;
			t->total += row->tx_bytes;
			s->recent[t->ticks % RECENT_SLOTS] += row->tx_bytes;
		}
		s->read += row->rd_bytes;
	}
	return 0;
}

static uint64_t rate(const struct series_table *t, const struct series *s, uint32_t seconds)
{
	uint64_t ticks = seconds / t->interval_s, sum = 0;

	if (ticks < 1)
		ticks = 1;
	if (ticks > t->ticks)
		ticks = t->ticks;
	for (uint64_t i = 0; i < ticks; i++)
		sum += s->recent[(t->ticks - i) % RECENT_SLOTS];
	return sum / (ticks * t->interval_s);
}

static void write_text(struct buf *out, const char *key, const char *text)
{
	if (text && *text)
		jsonw_str(out, key, text);
}

static void write_series(const struct series_table *t, const struct series *s, struct buf *out)
{
	const struct actor *a = s->actor;

	jsonw_open(out, '{');
	jsonw_str(out, "process.name", !a ? "whole host" : a->exe[0] ? a->exe : a->comm);
	if (a) {
		write_text(out, "user.name", a->user);
		write_text(out, "container.name", a->container);
	}
	write_text(out, "network.transport", proto_name(s->key.proto));
	jsonw_str(out, "egress.initiation", init_name(s->key.init));
	jsonw_str(out, "egress.scope",
		  scope_name(s->key.scope || !s->dest ? s->key.scope : (uint32_t)s->dest->scope));
	if (s->key.port)
		jsonw_u64(out, "service.port", s->key.port);
	if (s->dest) {
		write_text(out, "destination.ip", s->dest->example);
		write_text(out, "destination.group", s->dest->group);
	}
	jsonw_u64(out, "egress.payload_bytes", s->sent);
	jsonw_u64(out, "file.read_bytes", s->read);
	jsonw_u64(out, "egress.rate_1s", rate(t, s, 1));
	jsonw_u64(out, "egress.rate_10s", rate(t, s, 10));
	jsonw_u64(out, "egress.rate_60s", rate(t, s, 60));
	jsonw_close(out, '}');
	buf_add_char(out, '\n');
}

void series_table_write(const struct series_table *t, struct buf *out)
{
	struct series *s, *next;

	HASH_ITER(hh, t->all, s, next)
		write_series(t, s, out);
	jsonw_open(out, '{');
	jsonw_key(out, "total");
	jsonw_open(out, '{');
	jsonw_u64(out, "payload_bytes", t->total);
	jsonw_u64(out, "attributed_bytes", t->total);
	jsonw_u64(out, "unattributed_bytes", 0);
	jsonw_close(out, '}');
	jsonw_close(out, '}');
	buf_add_char(out, '\n');
}
