/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl replay`: the daemon's own detection over a trace. Needs neither daemon nor
 * root.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "ctl/ctl.h"
#include "ctl/text.h"
#include "replay/nab.h"
#include "replay/replay.h"

enum { R_CONFIG, R_SPEED, R_BASELINE, R_NAB };

const struct cli_option replay_options_table[] = {
	[R_CONFIG] = { "config", 'c', "FILE", "judge with the options of this configuration" },
	[R_SPEED] = { "speed", 0, "max", "as fast as it goes (the only speed)" },
	[R_BASELINE] = { "baseline-out", 0, "FILE", "save what was learned, for baseline import" },
	[R_NAB] = { "nab", 0, NULL, "score one metric (timestamp,value) as NAB expects" },
	{ 0 },
};

static void config_freep(struct config **c)
{
	config_free(*c);
}

/* Text for people goes through a stream that cleans it: names in a trace are foreign. */
struct cleaner {
	struct buf line;
};

static int clean_line(struct cleaner *c)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	text_add(&text, c->line.data ? c->line.data : "");
	buf_clear(&c->line);
	return text.error == 0 && puts(text.data ? text.data : "") >= 0 ? 0 : -1;
}

static ssize_t clean_write(void *cookie, const char *data, size_t len)
{
	struct cleaner *c = cookie;

	for (size_t i = 0; i < len; i++) {
		if (data[i] != '\n' && data[i] != '\0')
			buf_add_char(&c->line, data[i]);
		else if (data[i] == '\n' && clean_line(c) < 0)
			return 0;
	}
	return c->line.error ? 0 : (ssize_t)len;
}

static int clean_close(void *cookie)
{
	struct cleaner *c = cookie;
	int r = c->line.len ? clean_line(c) : 0;

	buf_free(&c->line);
	return r;
}

static int run_for_people(const struct replay_options *options, struct buf *error)
{
	const cookie_io_functions_t functions = { .write = clean_write, .close = clean_close };
	struct cleaner cleaner = { .line = BUF_INIT };
	FILE *out = fopencookie(&cleaner, "w", functions);
	int r;

	if (!out)
		return -ENOMEM;
	r = replay_run(options, out, error);
	if (fclose(out) != 0 && r == 0)
		r = errno ? -errno : -EIO;
	return r;
}

/* Without --config the defaults are used, never the host's own file: the same input
 * gives the same output everywhere. */
int cmd_replay(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_(config_freep) struct config *config = NULL;
	_cleanup_buf_ struct buf error = BUF_INIT;
	const char *file = args->value[R_CONFIG], *speed = args->value[R_SPEED];
	struct replay_options options = {
		.path = args->words[0],
		.json = ctl->json,
		.baseline_out = args->value[R_BASELINE],
	};
	int r;

	if (speed && strcmp(speed, "max") != 0)
		return ctl_fail(CTL_USAGE, "--speed: \"%s\" is unknown; the only speed is max",
				speed);
	if (args->value[R_NAB]) {
		if (file || options.baseline_out || ctl->json)
			return ctl_fail(CTL_USAGE, "--nab goes with none of --config, "
						   "--baseline-out, --json");
		r = nab_run(options.path, stdout, &error);
		if (r == -EPIPE)
			return CTL_OK;
		return r < 0 ? ctl_fail_words(r, &error, options.path) : CTL_OK;
	}
	r = file ? config_load(file, &config, &error)
		 : config_parse("defaults", "", 0, &config, &error);
	if (r < 0)
		return ctl_fail_words(r, &error, file ? file : "defaults");
	options.params = config_params(config);
	options.words = config_words(config);
	r = ctl->json ? replay_run(&options, stdout, &error) : run_for_people(&options, &error);
	if (r == -EPIPE)
		return CTL_OK;
	return r < 0 ? ctl_fail_words(r, &error, options.path) : CTL_OK;
}
