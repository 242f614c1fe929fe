/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of database sessions as lines of text; see dbsession.h.
 */
#include "enrich/dbsession.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"

enum { FIELDS_MAX = 13 };

struct field {
	const char *s;
	size_t len;
};

static const char *const systems[DB_SYSTEMS] = { "", "postgresql", "mariadb", "mysql", "redis" };

const char *db_system_name(enum db_system system)
{
	return system < DB_SYSTEMS ? systems[system] : "";
}

void db_text(char *out, size_t size, const char *text, size_t len)
{
	struct buf b _cleanup_buf_ = BUF_INIT;
	size_t n;

	utf8_add_plain(&b, text, MIN(len, size * 4));
	n = MIN(b.len, size - 1);
	while (n < b.len && n > 0 && ((unsigned char)b.data[n] & 0xc0) == 0x80)
		n--; /* not in the middle of a character */
	if (n)
		memcpy(out, b.data, n);
	out[n] = '\0';
}

void db_write_begin(struct buf *out, enum db_system system, uint32_t server_pid)
{
	buf_addf(out, "S\t%s\t%u\n", db_system_name(system), server_pid);
}

static void add_field(struct buf *out, const char *text, size_t size)
{
	char clean[256];

	db_text(clean, MIN(size, sizeof(clean)), text, strnlen(text, size));
	buf_add_char(out, '\t');
	buf_add_str(out, clean);
}

void db_write_session(struct buf *out, const struct db_session *s)
{
	buf_addf(out, "R\t%u\t%u\t%u\t%u\t%d", s->thread, s->fd, s->port, s->age_s, s->busy);
	add_field(out, s->client, sizeof(s->client));
	add_field(out, s->user, sizeof(s->user));
	add_field(out, s->database, sizeof(s->database));
	add_field(out, s->application, sizeof(s->application));
	add_field(out, s->command, sizeof(s->command));
	add_field(out, s->query, sizeof(s->query));
	buf_add_char(out, '\n');
}

void db_write_end(struct buf *out)
{
	buf_add_str(out, "E\n");
}

void db_write_failure(struct buf *out, const char *reason)
{
	buf_add_char(out, 'F');
	add_field(out, reason, 256);
	buf_add_char(out, '\n');
}

static size_t split(const char *line, size_t len, struct field f[FIELDS_MAX])
{
	size_t n = 0;

	for (const char *p = line, *end = line + len; n < FIELDS_MAX;) {
		const char *tab = memchr(p, '\t', (size_t)(end - p));

		f[n++] = (struct field){ p, (size_t)((tab ? tab : end) - p) };
		if (!tab)
			return n;
		p = tab + 1;
	}
	return FIELDS_MAX + 1;
}

static bool number(const struct field *f, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (f->len == 0 || f->len > 10)
		return false;
	for (size_t i = 0; i < f->len; i++) {
		if (f->s[i] < '0' || f->s[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(f->s[i] - '0');
	}
	*ret = v;
	return v <= max;
}

static int begin(struct db_list *l, const struct field *f, size_t n)
{
	uint64_t pid;

	if (n != 3 || !number(&f[2], UINT32_MAX, &pid))
		return -EBADMSG;
	for (int i = DB_NONE + 1; i < DB_SYSTEMS; i++) {
		if (strlen(systems[i]) != f[1].len || memcmp(systems[i], f[1].s, f[1].len) != 0)
			continue;
		if (!l->new_rows)
			l->new_rows = calloc(DB_SESSIONS_MAX, sizeof(*l->new_rows));
		if (!l->new_rows)
			return -ENOMEM;
		l->new_system = (enum db_system)i;
		l->new_server_pid = (uint32_t)pid;
		l->new_count = 0;
		l->open = true;
		return 0;
	}
	return -EBADMSG;
}

static int add(struct db_list *l, const struct field *f, size_t n)
{
	uint64_t thread, fd, port, age, busy;
	struct db_session *s;

	if (!l->open || n != 12 || !number(&f[1], UINT32_MAX, &thread) ||
	    !number(&f[2], UINT32_MAX, &fd) || !number(&f[3], UINT16_MAX, &port) ||
	    !number(&f[4], UINT32_MAX, &age) || !number(&f[5], 1, &busy))
		return -EBADMSG;
	if (l->new_count == DB_SESSIONS_MAX)
		return 0;
	s = &l->new_rows[l->new_count++];
	*s = (struct db_session){ .thread = (uint32_t)thread,
				  .fd = (uint32_t)fd,
				  .port = (uint16_t)port,
				  .age_s = (uint32_t)age,
				  .busy = busy };
	db_text(s->client, sizeof(s->client), f[6].s, f[6].len);
	db_text(s->user, sizeof(s->user), f[7].s, f[7].len);
	db_text(s->database, sizeof(s->database), f[8].s, f[8].len);
	db_text(s->application, sizeof(s->application), f[9].s, f[9].len);
	db_text(s->command, sizeof(s->command), f[10].s, f[10].len);
	db_text(s->query, sizeof(s->query), f[11].s, f[11].len);
	return 0;
}

static int by_thread(const void *a, const void *b)
{
	const struct db_session *x = a, *y = b;

	return x->thread < y->thread ? -1 : x->thread > y->thread;
}

/* What was known of a thread's time stays known. */
static int finish(struct db_list *l, uint64_t now_ns)
{
	struct db_session *old = l->rows;

	if (!l->open)
		return -EBADMSG;
	if (l->new_count)
		qsort(l->new_rows, l->new_count, sizeof(*l->new_rows), by_thread);
	for (size_t i = 0; old && i < l->new_count; i++) {
		const struct db_session *before =
			bsearch(&l->new_rows[i], old, l->count, sizeof(*old), by_thread);

		if (before && strcmp(before->user, l->new_rows[i].user) == 0)
			l->new_rows[i].cpu_ns = before->cpu_ns;
	}
	l->rows = l->new_rows;
	l->new_rows = old;
	l->count = l->new_count;
	l->system = l->new_system;
	l->server_pid = l->new_server_pid;
	l->open = false;
	l->before_ns = l->at_ns;
	l->at_ns = now_ns;
	return 1;
}

int db_list_line(struct db_list *l, const char *line, size_t len, uint64_t now_ns, char reason[256])
{
	struct field f[FIELDS_MAX];
	size_t n = split(line, len, f);

	reason[0] = '\0';
	if (len == 0 || len > DB_LINE_MAX || n > FIELDS_MAX || f[0].len != 1)
		return -EBADMSG;
	switch (line[0]) {
	case 'S': return begin(l, f, n);
	case 'R': return add(l, f, n);
	case 'E': return n == 1 ? finish(l, now_ns) : -EBADMSG;
	case 'F':
		if (n != 2)
			return -EBADMSG;
		db_text(reason, 256, f[1].s, f[1].len);
		return 2;
	default: return -EBADMSG;
	}
}

void db_list_clear(struct db_list *l)
{
	free(l->rows);
	free(l->new_rows);
	*l = (struct db_list){ .open = false };
}
