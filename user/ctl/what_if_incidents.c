/* SPDX-License-Identifier: Apache-2.0
 *
 * Incidents of a replay and the differences between two sets of them. An incident's id
 * depends on when it opened, and so on the configuration: the same story is recognised
 * by host, rule, subject and time.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/vocab.h"
#include "ctl/row.h"
#include "ctl/what_if.h"

#define NEAR_S 3600 /* another allowance opens an incident sooner or later */

static void incident_clear(struct incident *i)
{
	free(i->id);
	free(i->host);
	free(i->rule);
	free(i->subject);
	free(i->reason);
}

void incidents_free(struct incidents *list)
{
	for (size_t i = 0; i < list->count; i++)
		incident_clear(&list->item[i]);
	free(list->item);
	*list = (struct incidents){ 0 };
}

static struct incident *incident_find(struct incidents *list, const char *id)
{
	for (size_t i = list->count; i-- > 0;)
		if (!strcmp(list->item[i].id, id))
			return &list->item[i];
	return NULL;
}

static struct incident *incident_new(struct incidents *list, const char *id)
{
	struct incident *i;

	if (list->count == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 32;
		struct incident *grown = reallocarray(list->item, cap, sizeof(*grown));

		if (!grown)
			return NULL;
		list->item = grown;
		list->cap = cap;
	}
	i = &list->item[list->count];
	*i = (struct incident){ .id = strdup(id) };
	if (!i->id)
		return NULL;
	list->count++;
	return i;
}

static int replace(char **at, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	free(*at);
	*at = copy;
	return 0;
}

static int incident_update(struct incident *i, struct json_object *row)
{
	uint64_t ts = 0, first = 0;
	enum eg_level level;

	(void)row_u64(row, "ts", &ts);
	(void)row_u64(row, "alert.first_ts", &first);
	if (!i->first_ts)
		i->first_ts = (int64_t)(first ? first : ts);
	i->last_ts = (int64_t)ts;
	if (level_parse(row_text(row, "level"), &level) == 0 && level > i->level)
		i->level = level;
	(void)row_u64(row, "tx_total", &i->tx_total);
	if (replace(&i->host, row_text(row, "host")) < 0 ||
	    replace(&i->rule, row_text(row, "rule")) < 0 ||
	    replace(&i->subject, row_text(row, "subject")) < 0)
		return -ENOMEM;
	return *row_text(row, "reason") || !i->reason ? replace(&i->reason, row_text(row, "reason"))
						      : 0;
}

int incidents_add_line(struct incidents *list, const char *line, size_t len)
{
	struct json_object *row = row_parse(line, len), *summary;
	struct incident *i;
	int r = 0;

	if (!row)
		return -EBADMSG;
	if (json_object_object_get_ex(row, "summary", &summary)) {
		(void)row_u64(summary, "rows", &list->rows);
	} else if (*row_text(row, "alert.id")) {
		i = incident_find(list, row_text(row, "alert.id"));
		if (!i)
			i = incident_new(list, row_text(row, "alert.id"));
		r = i ? incident_update(i, row) : -ENOMEM;
	}
	json_object_put(row);
	return r;
}

static bool same_story(const struct incident *a, const struct incident *b)
{
	return !strcmp(a->host, b->host) && !strcmp(a->rule, b->rule) &&
	       !strcmp(a->subject, b->subject) && a->first_ts <= b->last_ts + NEAR_S &&
	       b->first_ts <= a->last_ts + NEAR_S;
}

static int by_time(const void *a, const void *b)
{
	const struct difference *x = a, *y = b;
	int64_t s = (x->now ? x->now : x->then)->first_ts,
		t = (y->now ? y->now : y->then)->first_ts;

	return (s > t) - (s < t);
}

/* The first of `list` that tells the same story and is not taken yet. */
static const struct incident *partner(const struct incidents *list, bool *taken,
				      const struct incident *of)
{
	for (size_t i = 0; i < list->count; i++) {
		if (taken[i] || !same_story(&list->item[i], of))
			continue;
		taken[i] = true;
		return &list->item[i];
	}
	return NULL;
}

static size_t pair_up(const struct incidents *now, const struct incidents *then, bool *taken,
		      struct difference *d)
{
	size_t count = 0;

	for (size_t i = 0; i < now->count; i++, count++) {
		d[count].now = &now->item[i];
		d[count].then = partner(then, taken, d[count].now);
		d[count].kind = !d[count].then                                ? DIFFERENCE_GOES
				: d[count].then->level != d[count].now->level ? DIFFERENCE_LEVEL
									      : DIFFERENCE_NONE;
	}
	for (size_t i = 0; i < then->count; i++)
		if (!taken[i])
			d[count++] = (struct difference){ DIFFERENCE_COMES, NULL, &then->item[i] };
	return count;
}

int incidents_compare(const struct incidents *now, const struct incidents *then, difference_fn fn,
		      void *ctx)
{
	_cleanup_free_ struct difference *d = calloc(now->count + then->count + 1, sizeof(*d));
	_cleanup_free_ bool *taken = calloc(then->count + 1, sizeof(*taken));
	size_t count;
	int r = 0;

	if (!d || !taken)
		return -ENOMEM;
	count = pair_up(now, then, taken, d);
	qsort(d, count, sizeof(*d), by_time);
	for (size_t i = 0; i < count && r == 0; i++)
		r = fn(ctx, &d[i]);
	return r;
}
