/* SPDX-License-Identifier: Apache-2.0
 *
 * The container and the operator's questions to it. The lifecycle is in
 * lifecycle.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alert/incident.h"

int alerts_new(const struct params_alert *params, const char *host, struct alerts **ret)
{
	struct alerts *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->params = *params;
	a->incidents_end = &a->incidents;
	a->host = strdup(host);
	a->pending = calloc(ALERT_PENDING_MAX, sizeof(*a->pending));
	a->pending_next = calloc(ALERT_PENDING_MAX, sizeof(*a->pending));
	if (!a->host || !a->pending || !a->pending_next) {
		alerts_free(a);
		return -ENOMEM;
	}
	*ret = a;
	return 0;
}

void alerts_free(struct alerts *a)
{
	if (!a)
		return;
	while (a->incidents)
		incident_free(a, a->incidents);
	outbox_clear(a);
	pending_clear(a);
	free(a->by_series);
	free(a->pending);
	free(a->pending_next);
	free(a->host);
	free(a);
}

void alerts_set_params(struct alerts *a, const struct params_alert *params)
{
	a->params = *params;
}

void alerts_set_words(struct alerts *a, struct words *words)
{
	a->words = words;
}

static int give_incident(const struct alerts *a, const struct incident *i, alert_event_fn fn,
			 void *ctx)
{
	_cleanup_buf_ struct buf subject = BUF_INIT, reason = BUF_INIT;
	const struct member *about = incident_headline(i);
	struct alert_event event;
	int err;

	if (!about)
		return 0;
	err = incident_event(a, i, about, &event, &subject, &reason);
	return err ? err : fn(ctx, &event);
}

int alerts_each(const struct alerts *a, alert_event_fn fn, void *ctx)
{
	_cleanup_free_ const struct incident **newest =
		calloc(a->incident_count + 1, sizeof(*newest));
	size_t n = a->incident_count;
	int rc = 0;

	if (!newest)
		return -ENOMEM;
	for (const struct incident *i = a->incidents; i; i = i->next)
		newest[--n] = i;
	for (n = 0; n < a->incident_count && rc >= 0; n++)
		rc = give_incident(a, newest[n], fn, ctx);
	return rc < 0 ? rc : 0;
}

size_t alerts_open_count(const struct alerts *a, enum eg_level level)
{
	size_t n = 0;

	for (const struct incident *i = a->incidents; i; i = i->next)
		n += !i->closed_ts && (level == EG_LEVEL_NONE || i->peak_level == level);
	return n;
}

static struct incident *find_incident(const struct alerts *a, const char *alert_id)
{
	for (struct incident *i = a->incidents; i; i = i->next)
		if (strcmp(i->id, alert_id) == 0)
			return i;
	return NULL;
}

int alerts_resolve(const struct alerts *a, const char *prefix, const char **ret_id)
{
	const struct incident *found = NULL;

	for (const struct incident *i = a->incidents; i; i = i->next) {
		if (strncmp(i->id, prefix, strlen(prefix)) != 0)
			continue;
		if (found)
			return -ENOTUNIQ;
		found = i;
	}
	if (!found)
		return -ENOENT;
	*ret_id = found->id;
	return 0;
}

int alerts_ack(struct alerts *a, const char *alert_id, const char *by)
{
	struct incident *i = find_incident(a, alert_id);

	if (!i)
		return -ENOENT;
	snprintf(i->acked_by, sizeof(i->acked_by), "%s", by[0] ? by : "?");
	return 0;
}

int alerts_silence(struct alerts *a, const char *alert_id, const struct alert_silence *silence)
{
	struct incident *i = find_incident(a, alert_id);

	if (!i)
		return -ENOENT;
	i->silence = (struct silence){ .until_ts = 0 };
	if (!silence->bytes)
		return 0;
	i->silence.until_ts = silence->until_ts;
	i->silence.bytes = silence->bytes;
	i->silence.from_bytes = i->sent_bytes;
	snprintf(i->silence.by, sizeof(i->silence.by), "%s", silence->by[0] ? silence->by : "?");
	return 0;
}

int alerts_each_series(const struct alerts *a, const char *alert_id, alert_series_fn fn, void *ctx)
{
	const struct incident *i = find_incident(a, alert_id);
	int rc = i ? 0 : -ENOENT;

	for (const struct member *m = i ? i->members : NULL; m && rc >= 0; m = m->next)
		rc = fn(ctx, m->series_id);
	return rc < 0 ? rc : 0;
}
