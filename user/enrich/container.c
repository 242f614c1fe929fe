/* SPDX-License-Identifier: Apache-2.0
 *
 * The cache of containers by id; see container.h. A failure to read state files is
 * believed after some questions only, because a runtime may write its file after the
 * first packet; the runtime's socket is asked once, and what it says fills the gaps.
 */
#include "enrich/container.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "enrich/container_files.h"
#include "enrich/runtime.h"

#define CACHE_MAX 4096u /* containers kept */
#define RETRIES 8u      /* questions before a failure is believed */
#define SHORT_ID 12     /* hex digits people are used to */

/* A user may call a cgroup of theirs by any id: whose it is tells them apart. */
struct entry_key {
	char id[128];
	uint32_t uid; /* 0 = root's */
};

struct entry {
	struct entry_key key;
	char short_id[SHORT_ID + 1];
	struct runtime_facts facts;
	enum runtime runtime;
	unsigned int tries;
	bool unasked; /* the queue was full: once more */
	bool news;    /* answered in the last poll */
	UT_hash_handle hh;
};

struct containers {
	char *fs_root;
	struct entry *table;
	struct runtimes *runtimes;
	size_t unasked;
};

int containers_new(const struct runtime_options *options, struct containers **ret)
{
	struct containers *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->fs_root = strdup(options->fs_root ? options->fs_root : "");
	r = c->fs_root ? runtimes_new(options, &c->runtimes) : -ENOMEM;
	if (r < 0) {
		containers_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

static void forget_all(struct containers *c)
{
	struct entry *e, *next;

	HASH_ITER(hh, c->table, e, next) {
		HASH_DELETE(hh, c->table, e);
		runtime_facts_clear(&e->facts);
		free(e);
	}
	c->unasked = 0;
}

void containers_free(struct containers *c)
{
	if (!c)
		return;
	runtimes_free(c->runtimes);
	forget_all(c);
	free(c->fs_root);
	free(c);
}

static void ask(struct containers *c, struct entry *e)
{
	bool busy = runtimes_ask(c->runtimes, e->runtime, e->key.id, e->key.uid) == -EBUSY;

	if (busy != e->unasked)
		c->unasked += busy ? 1 : (size_t)-1;
	e->unasked = busy;
}

static struct entry *find_known(const struct containers *c, const char *id, uint32_t uid)
{
	struct entry_key key = { .uid = uid };
	struct entry *e;

	snprintf(key.id, sizeof(key.id), "%s", id);
	HASH_FIND(hh, c->table, &key, sizeof(key), e);
	return e;
}

static struct entry *find(struct containers *c, const struct cgroup_names *names)
{
	struct entry *e = find_known(c, names->container_id, names->uid);

	if (e)
		return e;
	if (HASH_COUNT(c->table) >= CACHE_MAX)
		forget_all(c);
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	snprintf(e->key.id, sizeof(e->key.id), "%s", names->container_id);
	snprintf(e->short_id, sizeof(e->short_id), "%.*s", SHORT_ID, e->key.id);
	e->runtime = names->runtime;
	e->key.uid = names->uid;
	HASH_ADD(hh, c->table, key, sizeof(e->key), e);
	if (!TABLE_ADDED(e)) {
		free(e);
		return NULL;
	}
	ask(c, e);
	return e;
}

static void fill(const struct entry *e, struct container_info *ret)
{
	const struct runtime_facts *f = &e->facts;

	ret->name = f->name ? f->name : e->short_id;
	ret->image = f->image ? f->image : "";
	ret->pod = f->pod ? f->pod : "";
	ret->pod_namespace = f->pod_namespace ? f->pod_namespace : "";
	ret->labels = f->labels ? f->labels : "";
}

void containers_find(struct containers *c, const struct cgroup_names *names,
		     struct container_info *ret)
{
	struct entry *e = names->container_id[0] ? find(c, names) : NULL;

	*ret = (struct container_info){ "", "", "", "", "" };
	if (!e)
		return;
	if (!e->facts.name && !e->key.uid && e->tries < RETRIES) {
		e->tries++;
		(void)container_files_read(c->fs_root, names->runtime, e->key.id, &e->facts);
	}
	fill(e, ret);
}

/* What state files said stays: a name must not change by who was quicker. */
static void adopt(char **into, char **from)
{
	if (*into)
		return;
	*into = TAKE_PTR(*from);
}

static void take(struct containers *c, struct runtime_answer *a)
{
	struct entry *e = find_known(c, a->id, a->uid);

	if (e) {
		adopt(&e->facts.name, &a->facts.name);
		adopt(&e->facts.image, &a->facts.image);
		adopt(&e->facts.pod, &a->facts.pod);
		adopt(&e->facts.pod_namespace, &a->facts.pod_namespace);
		adopt(&e->facts.labels, &a->facts.labels);
		e->news = true;
	}
	runtime_facts_clear(&a->facts);
}

bool containers_poll(struct containers *c)
{
	struct runtime_answer answer;
	struct entry *e;
	bool any = false;

	while (runtimes_take(c->runtimes, &answer)) {
		for (e = any ? NULL : c->table; e; e = e->hh.next)
			e->news = false;
		take(c, &answer);
		any = true;
	}
	for (e = c->unasked ? c->table : NULL; e; e = e->hh.next)
		if (e->unasked)
			ask(c, e);
	return any;
}

bool containers_news(struct containers *c, const char *id, uint32_t uid, struct container_info *ret)
{
	const struct entry *e = find_known(c, id, uid);

	if (!e || !e->news)
		return false;
	fill(e, ret);
	return true;
}

size_t containers_count(const struct containers *c, size_t *ret_max)
{
	*ret_max = CACHE_MAX;
	return HASH_COUNT(c->table);
}

void containers_get_stats(struct containers *c, struct runtime_stats *ret)
{
	runtimes_get_stats(c->runtimes, ret);
}
