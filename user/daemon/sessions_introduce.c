/* SPDX-License-Identifier: Apache-2.0
 *
 * What a child of sessions.c is told when it begins, and where its password comes from.
 */
#include <errno.h>
#include <event2/bufferevent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "daemon/sessions_private.h"

enum { SECRET_MAX = 4096 };

static void add_pair(struct buf *b, const char *key, const char *value)
{
	buf_add(b, key, strlen(key) + 1);
	buf_add(b, value, strlen(value) + 1);
}

/* An absolute path, or the name of a credential of the unit (systemd.exec(5)). */
static int read_password(const char *file, char out[SECRET_MAX])
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	_cleanup_close_ int fd = -1;
	char path[8192];
	ssize_t n;

	out[0] = '\0';
	if (!*file)
		return 0;
	if (*file != '/' && (!dir || strchr(file, '/')))
		return -ENOENT;
	(void)snprintf(path, sizeof(path), "%s%s%s", *file == '/' ? "" : dir,
		       *file == '/' ? "" : "/", file);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	n = read(fd, out, SECRET_MAX - 1);
	if (n < 0)
		return -errno;
	while (n > 0 && (out[n - 1] == '\n' || out[n - 1] == '\r'))
		n--;
	out[n] = '\0';
	return n == 0 || n == SECRET_MAX - 1 || strlen(out) != (size_t)n ? -EINVAL : 0;
}

/* The child's orders: key NUL value NUL ..., an empty key at the end. */
int sessions_introduce(struct server *v)
{
	const struct params_sessions *p = v->owner->params;
	struct buf pairs _cleanup_buf_ = BUF_INIT;
	char secret[SECRET_MAX], number[16];
	int r = read_password(v->password_file, secret);

	if (r < 0)
		return r;
	add_pair(&pairs, "kind", v->kind);
	add_pair(&pairs, "address", v->address);
	add_pair(&pairs, "user", v->user);
	add_pair(&pairs, "password", secret);
	(void)snprintf(number, sizeof(number), "%u", p->interval_ms);
	add_pair(&pairs, "interval_ms", number);
	(void)snprintf(number, sizeof(number), "%u", p->timeout_ms);
	add_pair(&pairs, "timeout_ms", number);
	buf_add_char(&pairs, '\0');
	r = pairs.error;
	if (r == 0 && bufferevent_write(v->link, pairs.data, pairs.len) < 0)
		r = -ENOMEM;
	explicit_bzero(secret, sizeof(secret));
	if (pairs.data)
		explicit_bzero(pairs.data, pairs.len);
	return r;
}
