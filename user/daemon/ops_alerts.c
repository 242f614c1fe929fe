/* SPDX-License-Identifier: Apache-2.0
 *
 * `alerts`, `show`, `ack`, and the end of a silence. History answers when it is kept,
 * the open incidents in memory otherwise.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "alert/alert.h"
#include "base/jsonw.h"
#include "daemon/manager.h"
#include "daemon/ops.h"
#include "store/store.h"

struct selection {
	const char *prefix; /* of the alert id; NULL = all */
	int64_t since;
	struct buf *rows;
	size_t found;
};

static int add_event(void *ctx, const struct alert_event *event)
{
	struct selection *s = ctx;

	if (event->ts < s->since ||
	    (s->prefix && strncmp(event->alert_id, s->prefix, strlen(s->prefix)) != 0))
		return 0;
	s->found++;
	return alert_event_json(event, s->rows);
}

int op_alerts(void *ctx, const struct serve_peer *peer, struct json_object *request,
	      struct buf *rows, struct buf *error, int *status)
{
	const struct manager *m = ctx;
	struct selection s = { .since = (int64_t)op_u64(request, "since", 0), .rows = rows };

	(void)peer;
	(void)error;
	(void)status;
	if (m->store && !op_bool(request, "open"))
		return store_alerts_json(m->store, s.since, op_u64(request, "limit", 10000), rows);
	return alerts_each(m->alerts, add_event, &s);
}

int op_show(void *ctx, const struct serve_peer *peer, struct json_object *request, struct buf *rows,
	    struct buf *error, int *status)
{
	const struct manager *m = ctx;
	struct selection s = { .prefix = op_string(request, "alert"), .rows = rows };
	int r;

	(void)peer;
	if (!s.prefix || !s.prefix[0]) {
		buf_add_str(error, "which alert? give its id or the beginning of it");
		*status = 2;
		return -EINVAL;
	}
	if (m->store) {
		r = store_alert_show(m->store, s.prefix, rows);
	} else {
		r = alerts_each(m->alerts, add_event, &s);
		if (r == 0)
			r = s.found == 0 ? -ENOENT : s.found > 1 ? -ENOTUNIQ : 0;
	}
	if (r == -ENOENT)
		buf_addf(error, "no alert begins with '%s'; see egressctl alerts", s.prefix);
	else if (r == -ENOTUNIQ)
		buf_addf(error, "more than one alert begins with '%s'; give more of the id",
			 s.prefix);
	return r;
}

int op_alert_id(struct manager *m, struct json_object *request, const char **ret_id,
		struct buf *error, int *status)
{
	const char *prefix = op_string(request, "alert");
	int r;

	if (!prefix || !prefix[0]) {
		buf_add_str(error, "which alert? give its id or the beginning of it");
		*status = 2;
		return -EINVAL;
	}
	r = alerts_resolve(m->alerts, prefix, ret_id);
	if (r == -ENOENT)
		buf_addf(error,
			 "no open or lately closed alert begins with '%s'; see egressctl alerts",
			 prefix);
	else if (r == -ENOTUNIQ)
		buf_addf(error, "more than one alert begins with '%s'; give more of the id",
			 prefix);
	return r;
}

/* One line that names the alert under what was done to it. */
static int answer(struct buf *rows, const char *done, const char *id)
{
	jsonw_open(rows, '{');
	jsonw_str(rows, done, id);
	jsonw_close(rows, '}');
	buf_add_char(rows, '\n');
	return rows->error;
}

int op_ack(void *ctx, const struct serve_peer *peer, struct json_object *request, struct buf *rows,
	   struct buf *error, int *status)
{
	struct manager *m = ctx;
	const char *id;
	char by[ALERT_WHO_MAX];
	int r = op_alert_id(m, request, &id, error, status);

	if (r < 0)
		return r;
	op_who(peer, by, sizeof(by));
	r = alerts_ack(m->alerts, id, by);
	if (r < 0)
		return r;
	op_audit(m, peer, "ack", "%s", id);
	return answer(rows, "acknowledged", id);
}

int op_lift_silence(struct manager *m, const struct serve_peer *peer, const char *id,
		    struct buf *rows)
{
	int r = alerts_silence(m->alerts, id, &(struct alert_silence){ .bytes = 0 });

	if (r < 0)
		return r;
	op_audit(m, peer, "silence remove", "%s", id);
	return answer(rows, "unsilenced", id);
}
