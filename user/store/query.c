/* SPDX-License-Identifier: Apache-2.0
 *
 * What the store answers, as JSON lines.
 */
#include <errno.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/vocab.h"
#include "egress/abi.h"
#include "store/db.h"
#include "store/internal.h"

#define HISTORY_MAX (16u << 20) /* bytes of one answer: about 60,000 rows, 0.1 s */
/* A question is given up after WORK_STEP x HISTORY_WORK instructions of SQLite, about half
 * a second: the daemon counts in between. */
#define WORK_STEP 10000
#define HISTORY_WORK 3000

static void add_text(struct buf *out, const char *key, sqlite3_stmt *q, int column)
{
	const char *text = (const char *)sqlite3_column_text(q, column);

	jsonw_str(out, key, text ? text : "");
}

static void add_alert(sqlite3_stmt *q, struct buf *out)
{
	buf_add(out, sqlite3_column_text(q, 0), (size_t)sqlite3_column_bytes(q, 0));
}

static void add_audit(sqlite3_stmt *q, struct buf *out)
{
	jsonw_open(out, '{');
	jsonw_time(out, "@timestamp", sqlite3_column_int64(q, 0));
	jsonw_i64(out, "ts", sqlite3_column_int64(q, 0));
	jsonw_i64(out, "user.id", sqlite3_column_int64(q, 1));
	add_text(out, "event.action", q, 2);
	add_text(out, "message", q, 3);
	jsonw_close(out, '}');
}

/* A line a row, of a statement that asks for a time and a limit. */
static int list(struct store *s, sqlite3_stmt *q, int64_t since_ts, size_t limit,
		void (*add)(sqlite3_stmt *, struct buf *), struct buf *out)
{
	int code;

	if (!s->db)
		return -EIO;
	sqlite3_bind_int64(q, 1, since_ts);
	sqlite3_bind_int64(q, 2, limit > INT64_MAX ? INT64_MAX : (int64_t)limit);
	while ((code = sqlite3_step(q)) == SQLITE_ROW) {
		add(q, out);
		buf_add_char(out, '\n');
	}
	(void)sqlite3_reset(q);
	return code == SQLITE_DONE ? out->error : db_error(code);
}

int store_alerts_json(struct store *s, int64_t since_ts, size_t limit, struct buf *out)
{
	return list(s, store_statement(s, LIST_ALERTS), since_ts, limit, add_alert, out);
}

int store_audit_json(struct store *s, int64_t since_ts, size_t limit, struct buf *out)
{
	return list(s, store_statement(s, LIST_AUDIT), since_ts, limit, add_audit, out);
}

int store_alert_show(struct store *s, const char *alert_id, struct buf *out)
{
	sqlite3_stmt *q = store_statement(s, FIND_ALERT);
	struct buf end _cleanup_buf_ = BUF_INIT;
	size_t from = out->len;
	int code, found = 0;

	if (!s->db)
		return -EIO;
	if (!*alert_id || strspn(alert_id, "0123456789abcdef") != strlen(alert_id))
		return -ENOENT;
	buf_addf(&end, "%sg", alert_id); /* behind every continuation in hex */
	if (end.error)
		return end.error;
	sqlite3_bind_text(q, 1, alert_id, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 2, end.data, -1, SQLITE_STATIC);
	while ((code = sqlite3_step(q)) == SQLITE_ROW) {
		if (found++)
			continue;
		buf_add(out, sqlite3_column_text(q, 1), (size_t)sqlite3_column_bytes(q, 1));
		buf_add_char(out, '\n');
	}
	(void)sqlite3_reset(q);
	(void)sqlite3_clear_bindings(q);
	if (code != SQLITE_DONE)
		return db_error(code);
	if (found > 1 && out->len > from) {
		out->len = from;
		out->data[from] = '\0';
	}
	if (found != 1)
		return found ? -ENOTUNIQ : -ENOENT;
	return out->error;
}

static void add_proto(struct buf *out, unsigned int proto)
{
	char decimal[12];

	snprintf(decimal, sizeof(decimal), "%u", proto);
	if (proto == 0)
		jsonw_null(out, "proto");
	else
		jsonw_str(out, "proto", *proto_name(proto) ? proto_name(proto) : decimal);
}

/* The keys of a trace row, and what a trace has not got. */
static void add_history_row(struct buf *out, sqlite3_stmt *q)
{
	char workload[17];

	jsonw_open(out, '{');
	jsonw_i64(out, "ts", sqlite3_column_int64(q, 0));
	add_text(out, "exe", q, 1);
	add_text(out, "comm", q, 2);
	add_text(out, "container", q, 3);
	add_text(out, "user", q, 4);
	add_text(out, "dst", q, 5);
	add_text(out, "group", q, 6);
	jsonw_i64(out, "port", sqlite3_column_int64(q, 7));
	add_proto(out, (unsigned int)sqlite3_column_int(q, 8));
	jsonw_str(out, "init", init_name((unsigned int)sqlite3_column_int(q, 9)));
	jsonw_str(out, "scope", scope_name((unsigned int)sqlite3_column_int(q, 10)));
	jsonw_str(out, "column",
		  sqlite3_column_int(q, 11) == EG_COLUMN_EGRESS ? "egress" : "handoff");
	jsonw_i64(out, "tx", sqlite3_column_int64(q, 12));
	jsonw_i64(out, "wire", sqlite3_column_int64(q, 13));
	snprintf(workload, sizeof(workload), "%016llx",
		 (unsigned long long)sqlite3_column_int64(q, 14));
	jsonw_str(out, "workload", workload);
	jsonw_close(out, '}');
	buf_add_char(out, '\n');
}

static void add_sum_row(struct buf *out, sqlite3_stmt *q)
{
	jsonw_open(out, '{');
	jsonw_i64(out, "ts", sqlite3_column_int64(q, 0));
	jsonw_i64(out, "tx", sqlite3_column_int64(q, 1));
	jsonw_i64(out, "wire", sqlite3_column_int64(q, 2));
	jsonw_close(out, '}');
	buf_add_char(out, '\n');
}

static sqlite3_stmt *bind_query(struct store *s, const struct store_query *query)
{
	uint32_t step = query->step_s ? query->step_s : 60;
	bool hours = step >= 3600;
	sqlite3_stmt *q = store_statement(s, query->sum ? (hours ? SUM_HOURS : SUM_MINUTES)
							: (hours ? LIST_HOURS : LIST_MINUTES));

	sqlite3_bind_int64(q, 1, query->since);
	sqlite3_bind_int64(q, 2, query->until);
	sqlite3_bind_int64(q, 3, step);
	sqlite3_bind_int64(q, 4, (int64_t)query->actor);
	if (query->group)
		sqlite3_bind_text(q, 5, query->group, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(q, 5);
	sqlite3_bind_int(q, 6, (int)query->cls);
	return q;
}

/* Asked by SQLite every WORK_STEP instructions: ends what takes too long. */
static int work_done(void *ctx)
{
	unsigned int *left = ctx;

	return *left == 0 || --*left == 0;
}

int store_history_json(struct store *s, const struct store_query *query, struct buf *out)
{
	unsigned int work = HISTORY_WORK;
	size_t from = out->len;
	sqlite3_stmt *q;
	int code;

	if (!s->db)
		return -EIO;
	q = bind_query(s, query);
	sqlite3_progress_handler(s->db, WORK_STEP, work_done, &work);
	while ((code = sqlite3_step(q)) == SQLITE_ROW && out->len - from < HISTORY_MAX)
		query->sum ? add_sum_row(out, q) : add_history_row(out, q);
	sqlite3_progress_handler(s->db, 0, NULL, NULL);
	(void)sqlite3_reset(q);
	(void)sqlite3_clear_bindings(q);
	if (code == SQLITE_ROW || code == SQLITE_INTERRUPT)
		return -EFBIG;
	return code == SQLITE_DONE ? out->error : db_error(code);
}
