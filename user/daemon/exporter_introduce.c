/* SPDX-License-Identifier: Apache-2.0
 *
 * Telling the exporter its sinks: keys as the file has them, and the contents of secrets
 * and certificates, which only the daemon can read. See exporter.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/log.h"
#include "daemon/exporter_private.h"
#include "sink/spool.h"

enum { SECRET_MAX = 64 << 10 };

/* Key, NUL, value, NUL. */
static void add_pair(struct buf *b, const char *key, const char *value)
{
	buf_add(b, key, strlen(key) + 1);
	buf_add(b, value, strlen(value) + 1);
}

/* A file's contents as a value; its last line end is none of it. */
static int add_contents(struct buf *b, const char *key, const char *path)
{
	_cleanup_close_ int fd = -1;
	char text[SECRET_MAX];
	ssize_t n;

	if (!*path)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	if (n == sizeof(text) - 1 || memchr(text, '\0', (size_t)n))
		return -EINVAL;
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	text[n] = '\0';
	if (n == 0)
		return -ENODATA;
	add_pair(b, key, text);
	explicit_bzero(text, sizeof(text));
	return 0;
}

/* Where the contents come from, by the exporter's keys. */
static const struct {
	const char *key;
	size_t path; /* in params_sink */
} files[] = { { "token", offsetof(struct params_sink, token_file) },
	      { "secret", offsetof(struct params_sink, secret_file) },
	      { "ca", offsetof(struct params_sink, ca_file) },
	      { "cert", offsetof(struct params_sink, cert_file) },
	      { "key", offsetof(struct params_sink, key_file) } };

static const char *path_of(const struct params_sink *p, size_t i)
{
	const char *path;

	memcpy(&path, (const char *)p + files[i].path, sizeof(path));
	return path;
}

static int add_files(struct buf *b, const struct params_sink *p, const char **ret_path)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(files); i++) {
		*ret_path = path_of(p, i);
		r = add_contents(b, files[i].key, *ret_path);
	}
	return r;
}

uint64_t exporter_stamp(const struct exporter *e)
{
	uint64_t stamp = 0;

	for (size_t i = 0; i < e->o.sinks->count * ARRAY_SIZE(files); i++) {
		const char *path = path_of(&e->o.sinks->list[i / ARRAY_SIZE(files)].params,
					   i % ARRAY_SIZE(files));
		uint64_t facts[5] = { stamp };
		struct stat st;

		if (*path && stat(path, &st) == 0) {
			facts[1] = st.st_ino;
			facts[2] = (uint64_t)st.st_size;
			facts[3] = (uint64_t)st.st_mtim.tv_sec;
			facts[4] = (uint64_t)st.st_mtim.tv_nsec;
		}
		stamp = XXH3_64bits(facts, sizeof(facts));
	}
	return stamp;
}

/* A directory the child can write to, if it is not there. */
static void prepare_file(const struct exporter *e, const struct params_sink *p)
{
	char dir[4100];
	char *slash;

	(void)snprintf(dir, sizeof(dir), "%s", p->path);
	slash = strrchr(dir, '/');
	if (!slash || slash == dir)
		return;
	*slash = '\0';
	if (mkdir(dir, 0750) == 0 && lchown(dir, e->uid, e->gid) < 0)
		log_warning("sink %s: %s: %s", p->name, dir, strerror(errno));
}

static bool send_sink(struct exporter *e, const struct sink_config *c, unsigned int number)
{
	struct buf pairs _cleanup_buf_ = BUF_INIT;
	const char *path = "";
	int r;

	for (size_t i = 0; i < sink_option_count; i++)
		if (c->value[i])
			add_pair(&pairs, sink_options[i].name, c->value[i]);
	r = add_files(&pairs, &c->params, &path);
	if (r < 0)
		log_error("sink %s: %s: %s; it waits until this is mended and SIGHUP sent",
			  c->params.name, path, strerror(-r));
	else if (*c->params.path)
		prepare_file(e, &c->params);
	if (r == 0)
		r = pairs.error ? pairs.error
				: exporter_send(e, LINK_SINK, number, 0, pairs.data, pairs.len);
	if (pairs.data)
		explicit_bzero(pairs.data, pairs.len);
	return r == 0;
}

/* Everything from each sink's cursor on. */
void exporter_introduce(struct exporter *e)
{
	unsigned int number = 0;

	e->stamp = e->seen = exporter_stamp(e);
	e->count = e->o.sinks->count;
	for (size_t i = 0; i < e->count; i++) {
		const struct sink_config *c = &e->o.sinks->list[i];
		struct target *t = &e->targets[i];
		uint64_t cursor = 0;

		free(t->state);
		*t = (struct target){ .number = number, .rejected = t->rejected };
		t->promise = sink_promise(&c->params);
		(void)snprintf(t->name, sizeof(t->name), "%s", c->params.name);
		if (e->o.spool)
			(void)spool_cursor(e->o.spool, t->name, &cursor);
		t->acked = t->kept = cursor;
		t->next = cursor + 1;
		t->ready = send_sink(e, c, number);
		number += t->ready;
	}
	(void)exporter_send(e, LINK_START, 0, 0, e->o.host, strlen(e->o.host));
}
