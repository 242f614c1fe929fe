/* SPDX-License-Identifier: Apache-2.0
 *
 * See setup.h.
 */
#include "top/setup.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define SETUP_MAX 16384 /* bytes of a file that is read; ours has some hundred */
#define LINE_MAX_BYTES 512

const char *const theme_names[THEME_COUNT] = {
	[THEME_DEFAULT] = "default",
	[THEME_SAFE] = "colour-blind-safe",
	[THEME_LIGHT] = "light",
	[THEME_MONO] = "monochrome",
};

static int find(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static int take_bool(const char *value, bool *ret)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return -EINVAL;
	*ret = value[0] == 'y';
	return 0;
}

/* "pid wire": each known one into the mask. */
static int take_columns(char *value, uint32_t *ret)
{
	char *state = NULL;

	*ret = 0;
	for (char *w = strtok_r(value, " \t,", &state); w; w = strtok_r(NULL, " \t,", &state)) {
		int c = column_find(w);

		if (c <= C_SIGN) /* the sign is always shown */
			return -EINVAL;
		*ret |= 1u << c;
	}
	return 0;
}

static int take_choice(const char *const *names, int count, const char *value, int *ret)
{
	int v = find(names, count, value);

	if (v >= 0)
		*ret = v;
	return v < 0 ? -EINVAL : 0;
}

/* -ENOENT: an unknown key; -EINVAL: a value that it does not take. */
static int take_pair(struct setup *s, const char *key, char *value)
{
	int v = 0, r;

	if (strcmp(key, "theme") == 0) {
		r = take_choice(theme_names, THEME_COUNT, value, &v);
		if (r == 0)
			s->theme = (enum theme)v;
		return r;
	}
	if (strcmp(key, "group") == 0) {
		r = take_choice(group_names, G_COUNT, value, &v);
		if (r == 0)
			s->group = (enum group)v;
		return r;
	}
	if (strcmp(key, "sort") == 0) {
		r = take_choice(column_names, C_COUNT, value, &v);
		if (r == 0)
			s->sort = (enum column)v;
		return r;
	}
	if (strcmp(key, "invert") == 0)
		return take_bool(value, &s->invert);
	if (strcmp(key, "tree") == 0) {
		r = take_choice(tree_names, TREE_KINDS, value, &v);
		if (r == 0)
			s->tree = (enum tree)v;
		return r;
	}
	if (strcmp(key, "local") == 0)
		return take_bool(value, &s->local);
	if (strcmp(key, "columns.always") == 0)
		return take_columns(value, &s->columns.show);
	if (strcmp(key, "columns.never") == 0)
		return take_columns(value, &s->columns.hide);
	return -ENOENT;
}

static char *trim(char *p)
{
	size_t len;

	while (isspace((unsigned char)*p))
		p++;
	len = strlen(p);
	while (len && isspace((unsigned char)p[len - 1]))
		p[--len] = '\0';
	return p;
}

static void take_line(struct setup *s, char *line, unsigned int number, struct buf *problems)
{
	char *at = trim(line), *equals = strchr(at, '=');
	int r;

	if (!*at || *at == '#')
		return;
	if (!equals) {
		buf_addf(problems, "%u: expected \"key = value\"\n", number);
		return;
	}
	*equals = '\0';
	at = trim(at);
	r = take_pair(s, at, trim(equals + 1));
	if (r == -ENOENT)
		buf_addf(problems, "%u: there is no setting \"%.40s\"\n", number, at);
	else if (r < 0)
		buf_addf(problems, "%u: \"%.40s\" does not take this value\n", number, at);
}

void setup_parse(const char *text, size_t len, struct setup *s, struct buf *problems)
{
	unsigned int number = 0;

	while (len > 0) {
		const char *nl = memchr(text, '\n', len);
		size_t n = nl ? (size_t)(nl - text) : len;
		char line[LINE_MAX_BYTES];

		number++;
		if (n >= sizeof(line) || memchr(text, '\0', n)) {
			buf_addf(problems, "%u: no line of a setup\n", number);
		} else {
			memcpy(line, text, n);
			line[n] = '\0';
			take_line(s, line, number, problems);
		}
		n += nl != NULL;
		text += n;
		len -= n;
	}
	s->columns.hide &= ~s->columns.show;
}

static void write_columns(struct buf *out, const char *key, uint32_t mask)
{
	buf_addf(out, "%s =", key);
	for (int c = C_SIGN + 1; c < C_COUNT; c++)
		if (mask & (1u << c))
			buf_addf(out, " %s", column_names[c]);
	buf_add_char(out, '\n');
}

void setup_write(const struct setup *s, struct buf *out)
{
	buf_add_str(out, "# Written by egresstop (S, save); see egresstop(1).\n");
	buf_addf(out, "theme = %s\ngroup = %s\nsort = %s\n", theme_names[s->theme],
		 group_names[s->group], column_names[s->sort]);
	buf_addf(out, "invert = %s\ntree = %s\nlocal = %s\n", s->invert ? "yes" : "no",
		 tree_names[s->tree], s->local ? "yes" : "no");
	write_columns(out, "columns.always", s->columns.show);
	write_columns(out, "columns.never", s->columns.hide);
}

/* The directory the file is in, with its parent, where it may have to be made. */
static int find_path(char *dir, char *path, size_t size, bool make)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char parent[PATH_MAX];
	int n;

	if (config && config[0] == '/')
		n = snprintf(parent, sizeof(parent), "%s", config);
	else if (home && home[0] == '/')
		n = snprintf(parent, sizeof(parent), "%s/.config", home);
	else
		return -ENOENT;
	if (n < 0 || (size_t)n >= sizeof(parent) ||
	    (size_t)snprintf(dir, size, "%s/egresstop", parent) >= size ||
	    (size_t)snprintf(path, size, "%s/egresstop/egresstoprc", parent) >= size)
		return -ENAMETOOLONG;
	if (!make)
		return 0;
	if (mkdir(parent, 0700) < 0 && errno != EEXIST)
		return -errno;
	return mkdir(dir, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

int setup_load(struct setup *s, struct buf *problems)
{
	char dir[PATH_MAX], path[PATH_MAX], text[SETUP_MAX];
	_cleanup_close_ int fd = -1;
	ssize_t n;
	int r = find_path(dir, path, sizeof(path), false);

	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text));
	if (n < 0)
		return -errno;
	setup_parse(text, (size_t)n, s, problems);
	return 0;
}

static int write_all(int fd, const struct buf *b)
{
	for (size_t at = 0; at < b->len;) {
		ssize_t n = write(fd, b->data + at, b->len - at);

		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int setup_save(const struct setup *s, char *path, size_t size)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	_cleanup_close_ int fd = -1;
	char dir[PATH_MAX], temp[PATH_MAX];
	int r = find_path(dir, path, MIN(size, sizeof(dir)), true);

	if (r < 0)
		return r;
	setup_write(s, &text);
	if (text.error)
		return text.error;
	if ((size_t)snprintf(temp, sizeof(temp), "%s/.new-XXXXXX", dir) >= sizeof(temp))
		return -ENAMETOOLONG;
	fd = mkostemp(temp, O_CLOEXEC); /* 0600 */
	if (fd < 0)
		return -errno;
	r = write_all(fd, &text);
	if (r == 0 && rename(temp, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(temp);
	return r;
}
