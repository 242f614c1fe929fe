/* SPDX-License-Identifier: Apache-2.0
 *
 * See lineage.h. An ancestor is kept by those who hold it and by its children; each is
 * read from /proc once, for whichever child comes first.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/jsonw.h"
#include "base/table.h"
#include "enrich/lineage.h"
#include "enrich/proc.h"

#define DEPTH_MAX 64 /* of a line that is read; bounds what a deep tree costs */

struct node_key {
	uint64_t start_ticks; /* as /proc has it: what the kernel tells is cut to it */
	uint64_t pid;
};

struct node {
	struct ancestor a; /* first: callers hold this */
	struct node_key key;
	struct node *parent;
	uint32_t refs;
	UT_hash_handle hh;
};

struct lineage {
	char *proc_root;
	long ticks_per_s;
	size_t max;
	uint64_t boot; /* hash of the boot's id */
	struct node *table;
};

int lineage_new(const char *proc_root, long ticks_per_s, size_t max, struct lineage **ret)
{
	struct lineage *l = calloc(1, sizeof(*l));
	int fd _cleanup_close_ = -1;
	char id[64];
	int n;

	if (!l)
		return -ENOMEM;
	l->proc_root = strdup(proc_root);
	if (!l->proc_root) {
		free(l);
		return -ENOMEM;
	}
	l->ticks_per_s = MAX(ticks_per_s, 1L);
	l->max = max;
	fd = open(proc_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	n = fd < 0 ? fd : proc_read(fd, "sys/kernel/random/boot_id", id, sizeof(id));
	l->boot = XXH3_64bits(id, n > 0 ? (size_t)n : 0);
	*ret = l;
	return 0;
}

void lineage_free(struct lineage *l)
{
	struct node *n, *next;

	if (!l)
		return;
	HASH_ITER(hh, l->table, n, next) {
		HASH_DELETE(hh, l->table, n);
		free(n);
	}
	free(l->proc_root);
	free(l);
}

static struct node_key key_of(const struct lineage *l, uint32_t pid, uint64_t start_ns)
{
	return (struct node_key){ start_ns / (1000000000ull / (uint64_t)l->ticks_per_s), pid };
}

static uint64_t entity_of(const struct lineage *l, const struct node_key *key)
{
	uint64_t hash = XXH3_64bits_withSeed(key, sizeof(*key), l->boot);

	return hash ? hash : 1;
}

uint64_t lineage_entity(const struct lineage *l, uint32_t pid, uint64_t start_ns)
{
	struct node_key key = key_of(l, pid, start_ns);

	return entity_of(l, &key);
}

static struct node *find(const struct lineage *l, const struct node_key *key)
{
	struct node *n;

	HASH_FIND(hh, l->table, key, sizeof(*key), n);
	return n;
}

static void set_comm(struct node *n, const char *comm)
{
	struct buf b _cleanup_buf_ = BUF_INIT;

	utf8_add(&b, comm, strlen(comm));
	for (size_t i = 0; i < b.len; i++)
		if ((unsigned char)b.data[i] < 0x20 || b.data[i] == 0x7f)
			b.data[i] = ' ';
	snprintf(n->a.comm, sizeof(n->a.comm), "%s", b.len ? b.data : "");
}

/* A new one, held by the caller; NULL: no room, no memory. */
static struct node *add(struct lineage *l, const struct node_key *key, const char *comm)
{
	struct node *n = HASH_COUNT(l->table) < l->max ? calloc(1, sizeof(*n)) : NULL;

	if (!n)
		return NULL;
	n->key = *key;
	n->a.pid = (uint32_t)key->pid;
	n->a.entity = entity_of(l, key);
	n->refs = 1;
	set_comm(n, comm);
	HASH_ADD(hh, l->table, key, sizeof(n->key), n);
	if (!TABLE_ADDED(n)) {
		free(n);
		return NULL;
	}
	return n;
}

/* Takes the caller's hold of the parent over. */
static void set_parent(struct node *n, struct node *parent)
{
	n->parent = parent;
	n->a.parent = parent ? &parent->a : NULL;
}

/* The process that has the number now, held; *ret_ppid is 0 where all above it is known
 * already. */
static struct node *read_one(struct lineage *l, uint32_t pid, uint64_t start_ns, uint32_t *ret_ppid)
{
	int fd _cleanup_close_ = proc_open(l->proc_root, pid);
	struct proc_stat st;
	struct node_key key;
	struct node *n;
	char text[1024];
	int len = fd < 0 ? fd : proc_read(fd, "stat", text, sizeof(text));

	*ret_ppid = 0;
	if (len <= 0 || proc_parse_stat(text, (size_t)len, &st) < 0 ||
	    (start_ns && !proc_same_start(start_ns, st.start_ticks, l->ticks_per_s)))
		return NULL;
	key = (struct node_key){ st.start_ticks, pid };
	n = find(l, &key);
	if (n) {
		n->refs++;
		return n;
	}
	*ret_ppid = st.ppid;
	return add(l, &key, st.comm);
}

const struct ancestor *lineage_get(struct lineage *l, uint32_t pid, uint64_t start_ns)
{
	struct node *first = NULL, *last = NULL;

	if (pid && start_ns) { /* known: nothing to read */
		struct node_key key = key_of(l, pid, start_ns);

		first = find(l, &key);
		if (first) {
			first->refs++;
			return &first->a;
		}
	}
	for (unsigned int depth = 0; pid && depth < DEPTH_MAX; depth++, start_ns = 0) {
		struct node *n = read_one(l, pid, start_ns, &pid);

		if (n && last && n->key.start_ticks > last->key.start_ticks) {
			lineage_put(l, &n->a); /* the number is another's by now */
			break;
		}
		if (!n)
			break;
		if (last)
			set_parent(last, n);
		else
			first = n;
		last = n;
	}
	return first ? &first->a : NULL;
}

const struct ancestor *lineage_add(struct lineage *l, uint32_t pid, uint64_t start_ns,
				   const char *comm, const struct ancestor *parent)
{
	struct node_key key = key_of(l, pid, start_ns);
	struct node *n = find(l, &key);

	if (n) {
		n->refs++;
		return &n->a;
	}
	n = add(l, &key, comm);
	if (n && parent) {
		struct node *above = (struct node *)(uintptr_t)parent;

		above->refs++;
		set_parent(n, above);
	}
	return n ? &n->a : NULL;
}

void lineage_put(struct lineage *l, const struct ancestor *a)
{
	struct node *n = (struct node *)(uintptr_t)a;

	while (n && --n->refs == 0) {
		struct node *parent = n->parent;

		HASH_DELETE(hh, l->table, n);
		free(n);
		n = parent;
	}
}

void lineage_exec(struct lineage *l, uint32_t pid, uint64_t start_ns, const char *comm)
{
	struct node_key key = key_of(l, pid, start_ns);
	struct node *n = find(l, &key);

	if (n)
		set_comm(n, comm);
}

void lineage_exit(struct lineage *l, uint32_t pid, uint64_t start_ns)
{
	struct node_key key = key_of(l, pid, start_ns);
	struct node *n = find(l, &key);

	if (n)
		n->a.exited = true;
}

size_t lineage_count(const struct lineage *l)
{
	return HASH_COUNT(l->table);
}
