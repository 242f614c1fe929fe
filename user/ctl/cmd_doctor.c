/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl doctor`: looks at host, configuration and daemon for what reduces or
 * stops the sensor, and says the remedy. Exit 1 if something failed.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/jsonw.h"
#include "config/config.h"
#include "ctl/ctl.h"
#include "ctl/row.h"
#include "ctl/text.h"
#include "egress/version.h"

enum verdict { OK, WARN, FAIL };

struct doctor {
	const struct ctl *ctl;
	unsigned int failed;
};

_printf_(4, 5) static void tell(struct doctor *d, enum verdict v, const char *check,
				const char *format, ...)
{
	static const char *const words[] = { "ok", "warn", "FAIL" };
	_cleanup_buf_ struct buf detail = BUF_INIT, line = BUF_INIT;
	va_list ap;

	va_start(ap, format);
	buf_addv(&detail, format, ap);
	va_end(ap);
	d->failed += v == FAIL;
	if (d->ctl->json) {
		jsonw_open(&line, '{');
		jsonw_str(&line, "doctor.check", check);
		jsonw_str(&line, "doctor.verdict", v == OK ? "ok" : v == WARN ? "warn" : "fail");
		jsonw_str(&line, "doctor.detail", detail.data);
		jsonw_close(&line, '}');
	} else {
		buf_addf(&line, "%-4s  %-10s  ", words[v], check);
		text_add(&line, detail.data ? detail.data : "");
	}
	puts(line.data ? line.data : "");
}

static bool is_mounted(const char *path, unsigned int magic)
{
	struct statfs st;

	return statfs(path, &st) == 0 && (unsigned int)st.f_type == magic;
}

static void check_host(struct doctor *d)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK) == 0)
		tell(d, OK, "btf", "the kernel describes its types");
	else
		tell(d, FAIL, "btf",
		     "no /sys/kernel/btf/vmlinux: egressd cannot run; use a kernel "
		     "built with CONFIG_DEBUG_INFO_BTF");
	if (is_mounted("/sys/fs/cgroup", CGROUP2_SUPER_MAGIC) ||
	    is_mounted("/sys/fs/cgroup/unified", CGROUP2_SUPER_MAGIC))
		tell(d, OK, "cgroup2", "mounted");
	else
		tell(d, WARN, "cgroup2",
		     "not mounted where it usually is; without it less is counted: "
		     "mount -t cgroup2 none /sys/fs/cgroup");
	if (is_mounted("/sys/fs/bpf", BPF_FS_MAGIC))
		tell(d, OK, "bpffs", "mounted");
	else
		tell(d, WARN, "bpffs",
		     "not mounted: counting stops with the daemon; mount -t bpf bpf /sys/fs/bpf");
}

static void check_config(struct doctor *d)
{
	_cleanup_buf_ struct buf error = BUF_INIT;
	struct config *config = NULL;
	int r = config_load(NULL, &config, &error);

	config_free(config);
	if (r == 0)
		tell(d, OK, "config", "%s: %s", config_default_path,
		     access(config_default_path, F_OK) == 0 ? "valid"
							    : "not there, defaults are used");
	else if (r == -EACCES)
		tell(d, WARN, "config", "%s", error.data);
	else
		tell(d, FAIL, "config", "%s", error.data);
}

/* Each is a sentence of the daemon that says what is reduced and why. */
static void check_reductions(struct doctor *d, struct json_object *o)
{
	struct json_object *list;

	if (!json_object_object_get_ex(o, "reductions", &list) ||
	    !json_object_is_type(list, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(list); i++)
		tell(d, WARN, "reduced", "%s",
		     json_object_get_string(json_object_array_get_idx(list, i)));
}

static void check_counting(struct doctor *d, struct json_object *o)
{
	struct json_object *lost;
	uint64_t entries, max, sum = 0;

	if (row_bool(o, "counting.exact"))
		tell(d, OK, "counting", "exact");
	else
		tell(d, WARN, "counting",
		     "reduced; egressctl support tells what is missing and why");
	if (!row_bool(o, "invariant_ok"))
		tell(d, FAIL, "sums", "rows and kernel total differ; please report this");
	else
		tell(d, OK, "sums", "rows add up to the kernel's total");
	if (row_u64(o, "flows.entries", &entries) && row_u64(o, "flows.max_entries", &max) &&
	    entries > max / 10 * 9)
		tell(d, WARN, "flows",
		     "the flow map is nearly full (%" PRIu64 " of %" PRIu64
		     "); raise daemon.max_flows",
		     entries, max);
	if (!json_object_object_get_ex(o, "lost", &lost) ||
	    !json_object_is_type(lost, json_type_object))
		return;
	json_object_object_foreach(lost, key, value)
	{
		(void)key;
		sum += json_object_get_uint64(value);
	}
	if (sum)
		tell(d, WARN, "losses", "%" PRIu64 " in all; see lost in egressctl status", sum);
	else
		tell(d, OK, "losses", "none");
}

static void check_memory(struct doctor *d, struct json_object *o)
{
	uint64_t dropped, days, of;

	if (row_u64(o, "spool.dropped", &dropped) && dropped)
		tell(d, WARN, "spool", "%" PRIu64 " alerts were given up; raise daemon.spool_bytes",
		     dropped);
	if (row_u64(o, "alerts.not_on_disk", &dropped) && dropped)
		tell(d, WARN, "alerts", "%" PRIu64 " could not be written to disk; see the log",
		     dropped);
	if (strncmp(row_text(o, "store.state"), "paused", strlen("paused")) == 0)
		tell(d, WARN, "store",
		     "history is paused: the disk or the store is full; free "
		     "space or raise daemon.store_max_bytes");
	if (row_u64(o, "learning.days", &days) && row_u64(o, "learning.of", &of) && days < of)
		tell(d, WARN, "learning",
		     "%" PRIu64 " of %" PRIu64 " days; until then most alerts "
		     "stay at ticket",
		     days, of);
}

static int check_daemon(struct doctor *d)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	_cleanup_rows_ struct rows rows = { 0 };
	const char *version;
	int status;

	request_begin(&request, "status");
	status = ctl_request_rows(d->ctl, &request, &rows);
	if (status == CTL_NO_PERMISSION) {
		tell(d, FAIL, "daemon", "%s: not for you; be root or join daemon.socket_group",
		     d->ctl->socket);
		return status;
	}
	if (status != CTL_OK || rows.count == 0) {
		tell(d, FAIL, "daemon", "no answer on %s; start egressd, or give --socket",
		     d->ctl->socket);
		return status ? status : CTL_NO;
	}
	version = row_text(rows.item[0], "egressd.version");
	if (strcmp(version, EGRESS_VERSION) == 0)
		tell(d, OK, "daemon", "egressd %s answers", version);
	else
		tell(d, WARN, "daemon",
		     "egressd %s answers an egressctl " EGRESS_VERSION "; restart the daemon",
		     version);
	check_reductions(d, rows.item[0]);
	check_counting(d, rows.item[0]);
	check_memory(d, rows.item[0]);
	return CTL_OK;
}

int cmd_doctor(struct ctl *ctl, const struct cli_args *args)
{
	struct doctor d = { .ctl = ctl };
	int status;

	(void)args;
	check_host(&d);
	check_config(&d);
	status = check_daemon(&d);
	return status != CTL_OK ? status : d.failed ? CTL_NO : CTL_OK;
}
