/* SPDX-License-Identifier: Apache-2.0
 *
 * egressd: parse, configure, start, run, stop.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "collect/collect.h"
#include "config/config.h"
#include "daemon/manager.h"
#include "daemon/options.h"
#include "egress/version.h"

static int print_buf(const struct buf *b)
{
	if (b->len && fwrite(b->data, 1, b->len, stdout) != b->len)
		return 1;
	return fflush(stdout) == 0 ? 0 : 1;
}

static int load_config(struct manager *m, const struct daemon_options *o)
{
	struct buf error _cleanup_buf_ = BUF_INIT;
	enum log_level level;
	int r = config_load(o->config_path, &m->config, &error);

	for (size_t i = 0; r == 0 && i < o->override_count; i++)
		r = config_set(m->config, o->overrides[i].name, o->overrides[i].value, &error);
	if (r == 0) {
		m->params = config_params(m->config);
		r = log_parse_level(m->params->daemon.log_level, &level);
		if (r < 0)
			buf_addf(&error,
				 "daemon.log_level: '%s' is none of error, warning, info, debug",
				 m->params->daemon.log_level);
		else
			log_set_level(level);
	}
	if (r < 0)
		fprintf(stderr, "egressd: %s\n", error.data ? error.data : strerror(-r));
	return r;
}

static int show_support(const struct manager *m, const struct daemon_options *o)
{
	const struct params_daemon *p = &m->params->daemon;
	const struct collect_options options = {
		.cgroup_root = p->cgroup_root[0] ? p->cgroup_root : NULL,
		.max_flows = p->max_flows,
		.force_rung = o->force_rung,
	};
	struct buf out _cleanup_buf_ = BUF_INIT;
	int r = collect_support(&options, o->json, &out);

	(void)print_buf(&out);
	if (r == -EPERM || r == -EACCES)
		return 4;
	return r == -ENOENT ? 77 : r < 0 ? 1 : 0;
}

static int detach(const struct manager *m)
{
	const struct params_daemon *p = &m->params->daemon;
	char *pin_dir _cleanup_free_ = NULL;
	int lock _cleanup_close_ = -1;
	int r = daemon_lock(p->state_dir, &lock);

	if (r == -EBUSY) {
		fprintf(stderr, "egressd: a daemon runs on %s; use egressctl detach\n",
			p->state_dir);
		return 1;
	}
	r = daemon_pin_dir(p->bpffs, p->state_dir, &pin_dir);
	if (r == 0)
		r = collect_detach(pin_dir);
	if (r == -ENOENT) {
		printf("nothing is pinned for %s\n", p->state_dir);
		return 0;
	}
	if (r < 0)
		fprintf(stderr, "egressd: detach: %s\n", strerror(-r));
	else
		printf("counters removed; nothing is counted any more\n");
	return r == 0 ? 0 : r == -EPERM || r == -EACCES ? 4 : 1;
}

static int run(struct manager *m)
{
	int status;

	if (!daemon_may_load()) {
		fprintf(stderr,
			"egressd: not permitted: loading the counters needs root, or CAP_BPF, "
			"CAP_PERFMON and CAP_NET_ADMIN\n");
		return 4;
	}
	status = manager_start(m);
	if (status == 0)
		status = manager_run(m);
	return status;
}

int main(int argc, char *argv[])
{
	struct manager m = { .lock_fd = -1, .keeper = { .errand = { .fd = -1 } } };
	struct buf text _cleanup_buf_ = BUF_INIT;
	struct daemon_options options;
	int status;

	if (daemon_prepare() < 0)
		return 1;
	if (daemon_options_parse(argc, argv, &options, &text) < 0) {
		fprintf(stderr, "egressd: %s\n", text.data);
		return 2;
	}
	if (options.action == ACTION_HELP) {
		daemon_options_help(&text);
		return print_buf(&text);
	}
	if (options.action == ACTION_VERSION)
		return printf("egressd %s\n", EGRESS_VERSION) < 0;
	if (load_config(&m, &options) < 0) {
		config_free(m.config);
		return 2;
	}
	m.config_path = options.config_path;
	m.force_rung = options.force_rung;
	switch (options.action) {
	case ACTION_CHECK: status = printf("configuration is good\n") < 0; break;
	case ACTION_SUPPORT: status = show_support(&m, &options); break;
	case ACTION_DETACH: status = detach(&m); break;
	default: status = run(&m);
	}
	manager_stop(&m);
	return status;
}
