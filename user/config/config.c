/* SPDX-License-Identifier: Apache-2.0
 *
 * A configuration as a whole: defaults, then the file, then what the command line
 * overrides, then the rules between options. Owns the strings of struct params.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "config/internal.h"
#include "config/networks.h"
#include "config/runtimes.h"

#define FILE_MAX (1u << 20) /* the whole reference with comments is below 16 KiB */

void config_free(struct config *c)
{
	if (!c)
		return;
	sinks_free(&c->sinks);
	declarations_free(&c->words);
	for (size_t i = 0; c->text && i < config_option_count; i++)
		free(c->text[i]);
	free(c->text);
	free(c->line);
	free(c);
}

static void config_freep(struct config **c)
{
	config_free(*c);
}
#define _cleanup_config_ _cleanup_(config_freep)

/* A default the table's own rules refuse is a bug, caught by a test. */
static int set_defaults(struct config *c)
{
	for (size_t i = 0; i < config_option_count; i++) {
		_cleanup_buf_ struct buf why = BUF_INIT;
		int r = option_set(c, &config_options[i], config_options[i].def, &why);

		if (r < 0)
			return r;
	}
	return 0;
}

static int config_new(struct config **ret)
{
	struct config *c = calloc(1, sizeof(*c));
	int r = -ENOMEM;

	if (!c)
		return r;
	c->text = calloc(config_option_count, sizeof(*c->text));
	c->line = calloc(config_option_count, sizeof(*c->line));
	if (c->text && c->line)
		r = set_defaults(c);
	if (r == 0)
		*ret = c;
	else
		config_free(c);
	return r;
}

/* `low` must not lie above `high`; the error is laid on the one the file sets. */
static void check_order(const struct config *c, struct place *at, const char *low, const char *high,
			int64_t low_value, int64_t high_value)
{
	size_t l = (size_t)(config_find(low) - config_options);
	size_t h = (size_t)(config_find(high) - config_options);

	if (low_value <= high_value)
		return;
	at->line = MAX(c->line[l], c->line[h]);
	place_error(at, "%s is above %s; lower the one or raise the other", low, high);
}

static void check_networks(const struct config *c, struct place *at)
{
	_cleanup_buf_ struct buf why = BUF_INIT;
	struct networks *n = NULL;

	at->line = c->line[config_find("networks.names") - config_options];
	if (networks_parse(c->params.networks.names, &n, &why) < 0)
		place_error(at, "networks.names: %s", why.data ? why.data : "out of memory");
	networks_free(n);
}

static void check_runtimes(const struct config *c, struct place *at)
{
	_cleanup_buf_ struct buf why = BUF_INIT;
	struct runtime_socket sockets[RUNTIME_SOCKETS_MAX];
	size_t count;

	at->line = c->line[config_find("containers.sockets") - config_options];
	if (runtime_sockets_parse(c->params.containers.sockets, sockets, &count, &why) < 0)
		place_error(at, "containers.sockets: %s", why.data ? why.data : "out of memory");
}

void config_check(const struct config *c, struct place *at)
{
	const struct params_detect *d = &c->params.detect;
	const struct params_alert *a = &c->params.alert;

	check_order(c, at, "detect.score.notice", "detect.score.ticket", d->notice_score,
		    d->ticket_score);
	check_order(c, at, "detect.score.ticket", "detect.score.page", d->ticket_score,
		    d->page_score);
	sinks_check(&c->sinks, at);
	declarations_check(&c->words, at);
	check_networks(c, at);
	check_runtimes(c, at);
	check_order(c, at, "alert.clear_min", "alert.clear_max", a->clear_min_s, a->clear_max_s);
}

int config_parse(const char *name, const char *text, size_t len, struct config **ret,
		 struct buf *error)
{
	struct place at = { .file = name, .error = error };
	_cleanup_config_ struct config *c = NULL;
	int r = config_new(&c);

	if (r == 0)
		r = yaml_read(c, text, len, &at);
	if (r == 0) {
		config_check(c, &at);
		r = at.errors ? -EINVAL : 0;
	}
	if (r == -ENOMEM)
		buf_addf(error, "%s: out of memory", name);
	if (r == 0)
		*ret = TAKE_PTR(c);
	return r;
}

static int read_file(const char *path, struct buf *text)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char chunk[4096];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0)
			return -errno;
		if (n == 0)
			return text->error;
		if (text->len + (size_t)n > FILE_MAX)
			return -EFBIG;
		buf_add(text, chunk, (size_t)n);
	}
}

static void open_error(const char *path, int r, struct buf *error)
{
	const char *remedy = "give the path of a readable file";

	if (r == -EACCES)
		remedy = "run as a user who may read it";
	else if (r == -EFBIG)
		remedy = "a configuration is at most 1 MiB";
	else if (r == -EINVAL || r == -EISDIR)
		remedy = "it must be a regular file";
	buf_addf(error, "%s: cannot read it: %s; %s", path, strerror(-r), remedy);
}

int config_load(const char *path, struct config **ret, struct buf *error)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	const char *file = path ? path : config_default_path;
	int r = read_file(file, &text);

	if (r == -ENOENT && !path)
		r = 0;
	if (r < 0) {
		open_error(file, r, error);
		return r == -ELOOP || r == -ENAMETOOLONG ? -EINVAL : r;
	}
	return config_parse(file, text.data ? text.data : "", text.len, ret, error);
}

const struct sinks *config_sinks(const struct config *c)
{
	return &c->sinks;
}

const struct declarations *config_words(const struct config *c)
{
	return &c->words;
}

void config_swap_lists(struct config *into, struct config *from)
{
	struct sinks sinks = into->sinks;
	struct declarations words = into->words;

	into->sinks = from->sinks;
	into->words = from->words;
	from->sinks = sinks;
	from->words = words;
}

void config_adopt(struct config *into, const struct config *from)
{
	into->params.detect = from->params.detect;
	into->params.alert = from->params.alert;
}

const struct params *config_params(const struct config *c)
{
	return &c->params;
}

int config_set(struct config *c, const char *name, const char *value, struct buf *error)
{
	const struct option_def *option = config_find(name);
	const char *near;
	int r;

	if (option) {
		r = option_set(c, option, value, error);
		if (r == -ENOMEM)
			buf_add_str(error, "out of memory");
		return r;
	}
	near = option_suggest(name);
	buf_addf(error, "unknown option \"%.80s\"%s%s%s", name, near ? "; did you mean \"" : "",
		 near ? near : "", near ? "\"?" : "");
	return -EINVAL;
}
