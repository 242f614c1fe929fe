/* SPDX-License-Identifier: Apache-2.0
 *
 * Baselines and open incidents across restarts, in the two slots of the state
 * directory, written by an errand: a disk may take seconds when a database is dumped. In front of the engine's bytes stands what only the daemon knows: the
 * event time and the kernel total when it was written.
 */
#include "alert/state.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "alert/alert.h"
#include "base/log.h"
#include "config/config.h"
#include "daemon/manager.h"
#include "detect/engine.h"
#include "model/flowtab.h"
#include "model/words.h"
#include "store/slots.h"

enum { STATE_EVERY_S = 60 }; /* state on disk is at most this old */

static const char state_magic[8] = "EGRDMN1";

struct state_head {
	char magic[8];
	int64_t ts;           /* event time, Unix seconds */
	uint64_t total_bytes; /* kernel payload total of column EGRESS */
	uint64_t reserved;
};
_Static_assert(sizeof(struct state_head) == 32, "on disk");

int state_words(struct manager *m)
{
	struct words *fresh = NULL;
	int r = words_new(&fresh);

	if (r == 0)
		r = words_adopt(fresh, config_words(m->config), m->clock.now);
	if (r == 0)
		r = words_mark(fresh, m->names);
	if (r < 0) {
		words_free(fresh);
		return r;
	}
	words_free(m->words);
	m->words = fresh;
	return 0;
}

int state_engine(const struct manager *m, struct engine **ret)
{
	uint64_t key[2];
	int r = engine_new(&m->params->detect, m->names, ret);

	if (r < 0)
		return r;
	engine_set_words(*ret, m->words);
	/* Early at boot there may be no randomness yet: 0 then, as in a replay. */
	if (getrandom(key, sizeof(key), GRND_NONBLOCK) == (ssize_t)sizeof(key))
		engine_set_key(*ret, key);
	return 0;
}

int state_restore(struct manager *m)
{
	struct buf bytes _cleanup_buf_ = BUF_INIT;
	struct state_head head;
	int r = slots_read(m->slots, &bytes);

	if (r < 0 || bytes.len == 0) {
		if (r < 0)
			log_warning("baseline could not be read: %s; learning afresh",
				    strerror(-r));
		return r;
	}
	if (bytes.len >= sizeof(head))
		memcpy(&head, bytes.data, sizeof(head));
	if (bytes.len < sizeof(head) || memcmp(head.magic, state_magic, sizeof(state_magic)) != 0)
		r = -EBADMSG;
	else
		r = state_load(m->engine, m->alerts, m->words, m->names, bytes.data + sizeof(head),
			       bytes.len - sizeof(head));
	if (r < 0)
		return r;
	m->last_ts = head.ts;
	m->saved_total_bytes = head.total_bytes;
	return 0;
}

int state_clear(struct manager *m)
{
	struct engine *engine = NULL;
	struct alerts *alerts = NULL;
	int r = state_engine(m, &engine);

	if (r == 0)
		r = alerts_new(&m->params->alert, m->host, &alerts);
	if (r < 0) {
		engine_free(engine);
		return r;
	}
	alerts_set_words(alerts, m->words);
	engine_free(m->engine);
	alerts_free(m->alerts);
	m->engine = engine;
	m->alerts = alerts;
	return 0;
}

static int pack(struct manager *m, struct buf *bytes)
{
	struct state_head head = { .ts = m->clock.now };
	struct flowtab_totals totals;
	int r;

	flowtab_get_totals(m->flows, &totals);
	head.total_bytes = totals.total[EG_COLUMN_EGRESS].payload_bytes;
	memcpy(head.magic, state_magic, sizeof(state_magic));
	buf_add(bytes, &head, sizeof(head));
	r = state_save(m->engine, m->alerts, m->words, bytes);
	return r == 0 ? bytes->error : r;
}

static void write_down(void *ctx)
{
	struct keeper *k = ctx;

	k->result = slots_write(k->slots, k->bytes.data, k->bytes.len);
}

/* What was written is the loop's again. */
static int written(struct keeper *k)
{
	buf_free(&k->bytes);
	if (k->result < 0)
		log_warning("baseline could not be written: %s; trying again in a minute",
			    strerror(-k->result));
	return k->result;
}

void state_keep_aside(struct manager *m)
{
	struct keeper *k = &m->keeper;

	if (errand_ended(&k->errand))
		(void)written(k);
	if (k->errand.out || !m->slots || m->clock.now < m->saved_ts + STATE_EVERY_S)
		return;
	m->saved_ts = m->clock.now;
	k->slots = m->slots;
	k->result = pack(m, &k->bytes);
	if (k->result == 0 && errand_start(&k->errand, write_down, k) == 0)
		return;
	if (k->result == 0)
		write_down(k);
	(void)written(k);
}

int state_keep(struct manager *m)
{
	struct keeper *k = &m->keeper;

	if (errand_wait(&k->errand))
		(void)written(k);
	if (!m->slots)
		return -ENODEV;
	k->slots = m->slots;
	k->result = pack(m, &k->bytes);
	if (k->result == 0)
		write_down(k);
	return written(k);
}

void state_close(struct manager *m)
{
	errand_close(&m->keeper.errand);
	buf_free(&m->keeper.bytes);
}
