/* SPDX-License-Identifier: Apache-2.0
 *
 * Alerts of the daemon; see alert_list.h.
 */
#include <errno.h>
#include <json-c/json.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "base/vocab.h"
#include "top/alert_list.h"
#include "top/json_read.h"
#include "top/texts.h"

#define ALERTS_MAX \
	4096 /* a flow's mark has room for them; more are not read by anyone; bounds a hostile answer */

void alert_list_clear(struct alert_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		json_object_put(l->rows[i].root);
	l->count = 0;
	memset(l->open, 0, sizeof(l->open));
}

void alert_list_free(struct alert_list *l)
{
	alert_list_clear(l);
	free(l->rows);
	*l = (struct alert_list){ 0 };
}

/* First of the keys that is a non-empty string. */
static const char *get_text(struct json_object *o, const char *const *keys)
{
	for (; *keys; keys++) {
		const char *text = json_member_text(o, *keys);

		if (text && *text)
			return text;
	}
	return NULL;
}

#define TEXT(o, ...) get_text(o, (const char *const[]){ __VA_ARGS__, NULL })

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

/* Unix seconds from a number or an RFC 3339 text. */
static int64_t get_time(struct json_object *o, const char *key)
{
	struct json_object *v;
	uint64_t n;
	int64_t t;
	char text[24];

	if (!json_object_object_get_ex(o, key, &v))
		return 0;
	if (json_get_u64(v, 1, &n))
		return n < INT64_MAX ? (int64_t)n : 0;
	if (!json_object_is_type(v, json_type_string))
		return 0;
	snprintf(text, sizeof(text), "%.19sZ", json_object_get_string(v));
	return parse_when(text, 0, &t) == 0 ? t : 0;
}

static bool get_flag(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) && json_object_get_boolean(v);
}

static void fill(struct alert_row *a)
{
	struct json_object *o = a->root, *v;
	const char *event = TEXT(o, "event", "event.action", "state");

	a->subject = or_empty(TEXT(o, "subject"));
	a->reason = or_empty(TEXT(o, "reason", "event.reason", "message"));
	a->rule = or_empty(TEXT(o, "rule", "rule.name"));
	a->technique = or_empty(TEXT(o, "threat.technique.id", "technique"));
	a->process = TEXT(o, "process.name");
	a->process_hash = a->process ? texts_hash_of(a->process) : 0;
	a->user = TEXT(o, "user.name");
	a->dst = TEXT(o, "destination.ip");
	a->dst_group = TEXT(o, "destination.group");
	(void)json_member_u64(o, "service.port", &a->port);
	(void)json_member_u64(o, "tx_total", &a->sent);
	a->baseline_known = json_member_u64(o, "baseline", &a->baseline);
	a->open = !event || strcmp(event, "close") != 0;
	a->acked = TEXT(o, "alert.acknowledged_by") != NULL;
	a->silenced = get_flag(o, "alert.silenced");
	a->asks = get_flag(o, "alert.adopt");
	a->ts = get_time(o, "ts");
	if (!a->ts)
		a->ts = get_time(o, "@timestamp");
	a->first_ts = get_time(o, "alert.first_ts");
	if (json_object_object_get_ex(o, "score", &v))
		a->score = json_object_get_double(v);
}

static struct alert_row *slot_for(struct alert_list *l, const char *id)
{
	for (size_t i = 0; i < l->count; i++) {
		if (strcmp(l->rows[i].id, id) == 0) {
			json_object_put(l->rows[i].root);
			return &l->rows[i];
		}
	}
	if (l->count == ALERTS_MAX)
		return NULL;
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 32;
		void *p = reallocarray(l->rows, room, sizeof(*l->rows));

		if (!p)
			return NULL;
		l->rows = p;
		l->room = room;
	}
	return &l->rows[l->count++];
}

int alert_list_line(struct alert_list *l, const char *line, size_t len)
{
	struct json_object *root = json_parse(line, len);
	const char *id, *level;
	struct alert_row a = { .root = root }, *slot;

	if (!json_object_is_type(root, json_type_object))
		goto bad;
	id = TEXT(root, "alert.id", "egressd.alert.id");
	level = TEXT(root, "level", "alert.level");
	if (!id || !level || level_parse(level, &a.level) < 0 || a.level >= EG_LEVEL_COUNT)
		goto bad;
	slot = slot_for(l, id);
	if (!slot) {
		json_object_put(root);
		return -ENOMEM;
	}
	a.id = id;
	fill(&a);
	*slot = a;
	return 0;
bad:
	json_object_put(root);
	return -EINVAL;
}

static int by_urgency(const void *pa, const void *pb)
{
	const struct alert_row *a = pa, *b = pb;

	if (a->open != b->open)
		return a->open ? -1 : 1;
	if (alert_is_loud(a) != alert_is_loud(b))
		return alert_is_loud(a) ? -1 : 1;
	if (a->open && a->level != b->level)
		return a->level > b->level ? -1 : 1;
	if (a->ts != b->ts)
		return a->ts > b->ts ? -1 : 1;
	return strcmp(a->id, b->id);
}

const char *alert_state(const struct alert_row *a)
{
	return !a->open      ? "closed"
	       : a->asks     ? "asks"
	       : a->silenced ? "silent"
	       : a->acked    ? "seen"
			     : "open";
}

void alert_list_end(struct alert_list *l)
{
	if (l->count)
		qsort(l->rows, l->count, sizeof(*l->rows), by_urgency);
	memset(l->open, 0, sizeof(l->open));
	for (size_t i = 0; i < l->count; i++)
		l->open[l->rows[i].level] += l->rows[i].open;
}

/* Detection names a process by its executable, the kernel by what it calls itself. */
static bool is_process(const char *name, const struct flow_row *row)
{
	const char *exe = row->text[T_EXE], *slash = exe ? strrchr(exe, '/') : NULL;
	const char *workload = row->text[T_WORKLOAD_NAME];

	if (workload && strcmp(name, workload) == 0)
		return true;

	if (row->text[T_PROCESS] && strcmp(name, row->text[T_PROCESS]) == 0)
		return true;
	return exe && strcmp(name, slash ? slash + 1 : exe) == 0;
}

/* Where the alert does not say, it does not restrict; one that names neither a
 * process nor a destination is about the host and marks no row. */
bool alert_names_flow(const struct alert_row *a, const struct flow_row *row)
{
	const char *user = row->text[T_USER];
	const char *dst = row->text[T_DST], *group = row->text[T_DST_GROUP];

	if (!a->process && !a->dst && !a->dst_group)
		return false;
	if (a->process && !is_process(a->process, row))
		return false;
	if (a->user && (!user || strcmp(a->user, user) != 0))
		return false;
	if (a->port && flow_knows(row, N_PORT) && a->port != row->num[N_PORT])
		return false;
	if (a->dst_group && group)
		return strcmp(a->dst_group, group) == 0;
	return !a->dst || (dst && strcmp(a->dst, dst) == 0);
}

/* The names is_process() looks at, as hashes: very many flows are asked about each alert. */
#define NAMES 3
static void hash_names(const struct flow_row *row, uint64_t ret[NAMES])
{
	const char *exe = row->text[T_EXE], *slash = exe ? strrchr(exe, '/') : NULL;

	ret[0] = texts_hash(row->text[T_WORKLOAD_NAME]);
	ret[1] = texts_hash(row->text[T_PROCESS]);
	ret[2] = exe ? texts_hash_of(slash ? slash + 1 : exe) : 0;
}

/* Open ones stand first, and of these the loud ones, the loudest first: the first that names
 * the flow says its level. */
void alert_list_mark_row(const struct alert_list *l, struct flow_row *row)
{
	uint64_t names[NAMES] = { 0 };

	row->level = EG_LEVEL_NONE;
	row->alert = 0;
	if (l->count)
		hash_names(row, names);
	for (size_t i = 0; i < l->count && l->rows[i].open; i++) {
		const struct alert_row *a = &l->rows[i];
		uint64_t process = a->process_hash;

		if (process && process != names[0] && process != names[1] && process != names[2])
			continue;
		if (!alert_names_flow(a, row))
			continue;
		row->alert = (uint16_t)(i + 1);
		row->level = alert_is_loud(a) ? (uint8_t)a->level : EG_LEVEL_NONE;
		return;
	}
}

void alert_list_mark(const struct alert_list *l, struct flow_table *table)
{
	struct flow_row *row, *next;

	HASH_ITER(hh, table->rows, row, next)
		alert_list_mark_row(l, row);
}
