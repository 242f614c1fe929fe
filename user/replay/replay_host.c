/* SPDX-License-Identifier: Apache-2.0
 *
 * One host of a replay; see replay_host.h.
 */
#include "replay/replay_host.h"

#include <errno.h>
#include <stdlib.h>

#include "config/declaration.h"
#include "model/words.h"
#include "replay/replay.h"

/* Every host has its own budgets. */
static int take_words(struct replay_host *h, const struct declarations *said)
{
	int err;

	if (!said || !said->count)
		return 0;
	err = words_new(&h->words);
	if (!err)
		err = words_adopt(h->words, said, 0);
	engine_set_words(h->engine, h->words);
	alerts_set_words(h->alerts, h->words);
	return err;
}

int replay_host_new(const struct replay_options *options, struct names *names, const char *name,
		    struct replay_host **ret)
{
	struct replay_host *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return -ENOMEM;
	h->name = name;
	err = engine_new(&options->params->detect, names, &h->engine);
	if (!err)
		err = alerts_new(&options->params->alert, name, &h->alerts);
	if (!err)
		err = take_words(h, options->words);
	if (err) {
		replay_host_free(h);
		return err;
	}
	*ret = h;
	return 0;
}

void replay_host_free(struct replay_host *h)
{
	if (!h)
		return;
	if (h->alerts)
		alerts_free(h->alerts);
	if (h->engine)
		engine_free(h->engine);
	words_free(h->words);
	free(h);
}

static int feed_one(struct replay_host *h, const struct tick *tick, alert_event_fn fn, void *ctx)
{
	const struct finding *findings = NULL;
	size_t count = 0;
	int err = engine_feed(h->engine, tick, &findings, &count);

	if (err)
		return err;
	h->end_ts = tick->ts + (int64_t)tick->interval_s;
	return alerts_feed(h->alerts, h->engine, tick, findings, count, fn, ctx);
}

/* Silent intervals up to the tick, as zeros. */
static int feed_silence(struct replay_host *h, const struct tick *tick, alert_event_fn fn,
			void *ctx)
{
	struct tick silence = { .host = tick->host,
				.interval_s = tick->interval_s,
				.db_bytes = tick->db_bytes };
	int err = 0;

	while (!err && h->end_ts + (int64_t)tick->interval_s <= tick->ts &&
	       alerts_open_count(h->alerts, EG_LEVEL_NONE)) {
		silence.ts = h->end_ts;
		err = feed_one(h, &silence, fn, ctx);
	}
	return err;
}

int replay_host_feed(struct replay_host *h, const struct tick *tick, alert_event_fn fn, void *ctx)
{
	int err = h->end_ts && h->end_ts < tick->ts ? feed_silence(h, tick, fn, ctx) : 0;

	return err ? err : feed_one(h, tick, fn, ctx);
}
