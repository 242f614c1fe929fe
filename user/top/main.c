/* SPDX-License-Identifier: Apache-2.0
 *
 * egresstop: the interactive view. The saved setup and the command line, then app.h or
 * batch.h; everything else is elsewhere in this directory.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>

#include "base/log.h"
#include "top/app.h"
#include "top/batch.h"
#include "top/setup.h"

/* What was saved, where the command line says nothing. Scripts get none of it. */
static void apply_setup(struct ui *ui, const struct options *o)
{
	struct setup s = { .sort = C_SIGN };
	_cleanup_buf_ struct buf problems = BUF_INIT;
	int r = setup_load(&s, &problems);

	if (r < 0 && r != -ENOENT)
		ui_say(ui, "the saved setup cannot be read: %s", strerrordesc_np(-r));
	if (r < 0)
		return;
	if (problems.len)
		ui_say(ui, "saved setup, line %.*s; the rest is used",
		       (int)strcspn(problems.data, "\n"), problems.data);
	if (!(o->given & GIVEN_GROUP))
		ui->options.group = s.group;
	if (!(o->given & GIVEN_SORT))
		ui->options.sort = s.sort;
	if (!(o->given & GIVEN_INVERT))
		ui->options.invert = s.invert;
	if (!(o->given & GIVEN_TREE))
		ui->options.tree = s.tree;
	if (!(o->given & GIVEN_ALL))
		ui->options.all_scopes = s.local;
	if (!(o->given & GIVEN_THEME))
		ui->theme = s.theme;
	ui->options.columns = s.columns;
}

static int apply_options(struct ui *ui, const struct options *o)
{
	ui->options.group = o->group;
	ui->options.sort = o->sort;
	ui->options.invert = o->invert;
	ui->options.tree = o->tree;
	ui->options.all_scopes = o->all_scopes;
	ui->theme = o->theme;
	if (!o->batch)
		apply_setup(ui, o);
	if (!o->filter || ui_set_filter(ui, o->filter) == 0)
		return 0;
	log_error("--filter: at \"%.40s\": %s", o->filter + ui->filter_error.offset,
		  ui->filter_error.text);
	return -EINVAL;
}

int main(int argc, char **argv)
{
	struct app app = { .signal_fd = -1, .timer_fd = -1 };
	struct options options;
	int status = STATUS_USAGE, r;

	setlocale(LC_CTYPE, "");
	r = options_parse(argc, argv, &options);
	if (r)
		return r < 0 ? STATUS_USAGE : 0;
	options.ascii |= strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	ui_init(&app.ui);
	if (apply_options(&app.ui, &options) == 0)
		status = options.batch ? batch_run(&app.ui, &options) : app_run(&app, &options);
	app_close(&app);
	return status;
}
