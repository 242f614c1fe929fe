/* SPDX-License-Identifier: Apache-2.0
 *
 * `baseline` (list, show, export) and `baseline_change` (import, reset): what was
 * learned, moved between hosts and forgotten on purpose.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "alert/alert.h"
#include "alert/state.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/vocab.h"
#include "daemon/manager.h"
#include "daemon/ops.h"
#include "detect/engine.h"
#include "store/store.h"

enum {
	EXPORT_CHUNK = 4096,    /* bytes of state in one exported line */
	IMPORT_MAX = 256 << 20, /* no baseline is larger: max_series x 1 KB, four times over */
};

static const char *const kind_names[SERIES_KINDS] = { "host", "actor", "read",
						      "pair", "novel", "fan" };
static const char *const class_names[] = { "any", "internal", "public" };

struct listing {
	struct buf *rows;
	const char *prefix; /* of the id; NULL = all */
	uint64_t actor;     /* only series of this workload; 0 = all */
	size_t found;
};

static void add_horizons(struct buf *b, const char *key, const uint64_t values[EG_HORIZONS])
{
	jsonw_key(b, key);
	jsonw_open(b, '{');
	for (size_t h = 0; h < EG_HORIZONS; h++)
		jsonw_u64(b, engine_horizon_names[h], values[h]);
	jsonw_close(b, '}');
}

static int add_series(void *ctx, const struct engine_series_info *info)
{
	struct listing *l = ctx;
	struct buf *b = l->rows;
	char id[17];

	snprintf(id, sizeof(id), "%016" PRIx64, info->id);
	if (l->prefix && strncmp(id, l->prefix, strlen(l->prefix)) != 0)
		return 0;
	if (l->actor && (!info->actor || info->actor->id != l->actor))
		return 0;
	l->found++;
	jsonw_open(b, '{');
	jsonw_str(b, "series.id", id);
	jsonw_str(b, "series.kind", kind_names[info->kind]);
	jsonw_str(b, "series.class", class_names[info->cls]);
	if (info->actor) {
		jsonw_str(b, "process.name",
			  info->actor->exe[0] ? info->actor->exe : info->actor->comm);
		jsonw_str(b, "user.name", info->actor->user);
		jsonw_str(b, "container.name", info->actor->container);
	}
	if (info->dest)
		jsonw_str(b, "destination.group", info->dest->group);
	jsonw_str(b, "egress.initiation", init_name(info->init));
	jsonw_u64(b, "service.port", info->port);
	jsonw_u64(b, "age_days", info->age_days);
	jsonw_u64(b, "warm_mask", info->warm_mask);
	jsonw_u64(b, "alert_days", (uint64_t)__builtin_popcount(info->alert_days));
	jsonw_u64(b, "database_bytes", info->db_bytes);
	add_horizons(b, "envelope_bytes", info->envelope_bytes);
	add_horizons(b, "value_bytes", info->value_bytes);
	add_horizons(b, "allowed_bytes", info->allowed_bytes);
	jsonw_close(b, '}');
	buf_add_char(b, '\n');
	return b->error;
}

static int export_lines(const struct manager *m, struct buf *rows)
{
	static const char hex[] = "0123456789abcdef";
	struct buf state _cleanup_buf_ = BUF_INIT;
	int r = state_save(m->engine, m->alerts, NULL, &state); /* what was said is no baseline */

	for (size_t at = 0; r == 0 && at < state.len; at += EXPORT_CHUNK) {
		size_t end = MIN(state.len, at + EXPORT_CHUNK);

		buf_add_str(rows, "{\"state.hex\":\"");
		for (size_t i = at; i < end; i++) {
			buf_add_char(rows, hex[(unsigned char)state.data[i] >> 4]);
			buf_add_char(rows, hex[(unsigned char)state.data[i] & 15]);
		}
		buf_add_str(rows, "\"}\n");
		r = rows->error;
	}
	return r;
}

int op_baseline(void *ctx, const struct serve_peer *peer, struct json_object *request,
		struct buf *rows, struct buf *error, int *status)
{
	const struct manager *m = ctx;
	const char *action = op_string(request, "do");
	struct listing l = { .rows = rows, .prefix = op_string(request, "series") };
	int r;

	(void)peer;
	if (action && strcmp(action, "export") == 0)
		return export_lines(m, rows);
	if (action && strcmp(action, "report") == 0)
		return engine_each_talker(m->engine, add_series, &l);
	if (action && strcmp(action, "list") != 0 && strcmp(action, "show") != 0) {
		buf_addf(error,
			 "baseline cannot '%s'; it can list, show, report, export, import, reset",
			 action);
		*status = 2;
		return -EINVAL;
	}
	if (op_workload(request, &l.actor) < 0) {
		buf_add_str(error, "workload is the id that flows give");
		*status = 2;
		return -EINVAL;
	}
	r = engine_each_series(m->engine, add_series, &l);
	if (r == 0 && l.prefix && l.found == 0) {
		buf_addf(error, "no series begins with '%s'; see egressctl baseline list",
			 l.prefix);
		r = -ENOENT;
	}
	return r;
}

static int read_file(const char *path, struct buf *out)
{
	int fd _cleanup_close_ = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > IMPORT_MAX)
		return -EFBIG;
	if (buf_reserve(out, (size_t)st.st_size + 1) < 0)
		return -ENOMEM;
	for (;;) {
		ssize_t n = read(fd, out->data + out->len, out->cap - out->len - 1);

		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		out->len += (size_t)n;
		if (buf_reserve(out, EXPORT_CHUNK) < 0)
			return -ENOMEM;
	}
}

/* A fresh engine takes the state (or nothing) and replaces the old one, so that a
 * bad file changes nothing. */
static int replace_engine(struct manager *m, const struct buf *state)
{
	struct engine *engine = NULL;
	struct alerts *alerts = NULL;
	int r = state_engine(m, &engine);

	if (r == 0)
		r = alerts_new(&m->params->alert, m->host, &alerts);
	if (r == 0 && state)
		r = state_load(engine, alerts, NULL, m->names, state->data, state->len);
	alerts_free(alerts);
	if (r < 0) {
		engine_free(engine);
		return r;
	}
	engine_free(m->engine);
	m->engine = engine;
	return 0;
}

int op_baseline_change(void *ctx, const struct serve_peer *peer, struct json_object *request,
		       struct buf *rows, struct buf *error, int *status)
{
	struct buf state _cleanup_buf_ = BUF_INIT;
	struct manager *m = ctx;
	const char *action = op_string(request, "do");
	const char *path = op_string(request, "path");
	bool import = action && strcmp(action, "import") == 0;
	int r;

	if (!action || (!import && strcmp(action, "reset") != 0) ||
	    (import && (!path || path[0] != '/'))) {
		buf_add_str(
			error,
			"baseline_change wants \"do\":\"reset\", or \"import\" with an absolute \"path\"");
		*status = 2;
		return -EINVAL;
	}
	r = import ? read_file(path, &state) : 0;
	if (r == 0)
		r = replace_engine(m, import ? &state : NULL);
	if (r < 0) {
		bool bad_input = r == -EBADMSG || r == -EINVAL || r == -EFBIG || r == -ENOENT;

		buf_addf(error, "%s: %s; the baseline in use is unchanged", import ? path : "reset",
			 r == -EBADMSG  ? "not a baseline of this version, or damaged"
			 : r == -EINVAL ? "not a regular file"
					: strerror(-r));
		*status = import && bad_input ? 2 : 1;
		return r;
	}
	op_audit(m, peer, import ? "baseline import" : "baseline reset", "%s", import ? path : "");
	(void)state_keep(m);
	jsonw_open(rows, '{');
	jsonw_str(rows, "baseline", import ? "imported" : "reset");
	jsonw_u64(rows, "series", engine_series_count(m->engine));
	jsonw_close(rows, '}');
	buf_add_char(rows, '\n');
	return rows->error;
}
