/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl check-config`: is a file good, and what could stand in one.
 */
#include <errno.h>
#include <string.h>

#include "base/jsonw.h"
#include "config/config.h"
#include "ctl/ctl.h"

enum { C_REFERENCE };

const struct cli_option check_config_options[] = {
	[C_REFERENCE] = { "reference", 0, "FORM", "print every key: markdown, man or yaml" },
	{ 0 },
};

static void config_freep(struct config **c)
{
	config_free(*c);
}

static int print_reference(const char *form)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	int r = config_reference(form, &out);

	if (r == -EINVAL)
		return ctl_fail(CTL_USAGE, "--reference: \"%s\" is none of markdown, man, yaml",
				form);
	if (r < 0)
		return ctl_fail(CTL_NO, "%s", strerror(-r));
	fwrite(out.data, 1, out.len, stdout);
	return CTL_OK;
}

static void print_json(const char *file, bool ok, struct buf *error)
{
	_cleanup_buf_ struct buf line = BUF_INIT;

	jsonw_open(&line, '{');
	jsonw_str(&line, "config.file", file);
	jsonw_bool(&line, "config.ok", ok);
	jsonw_key(&line, "config.errors");
	jsonw_open(&line, '[');
	for (char *rest = error->data, *one; rest && (one = strsep(&rest, "\n"));)
		jsonw_str(&line, NULL, one);
	jsonw_close(&line, ']');
	jsonw_close(&line, '}');
	puts(line.data ? line.data : "");
}

int cmd_check_config(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_(config_freep) struct config *config = NULL;
	_cleanup_buf_ struct buf error = BUF_INIT;
	const char *path = args->count ? args->words[0] : NULL;
	const char *shown = path ? path : config_default_path;
	int r;

	if (args->value[C_REFERENCE])
		return print_reference(args->value[C_REFERENCE]);
	r = config_load(path, &config, &error);
	if (ctl->json)
		print_json(shown, r == 0, &error);
	else if (r < 0)
		return ctl_fail_words(r, &error, shown);
	else if (!path && access(shown, F_OK) < 0)
		printf("%s: not there, defaults are used\n", shown);
	else
		printf("%s: ok\n", shown);
	return r < 0 ? ctl_status_of(r) : CTL_OK;
}
