/* SPDX-License-Identifier: Apache-2.0
 *
 * What comes from database servers and the process that asks them: lists of sessions,
 * queries, Redis' client lines.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "enrich/dbsession.h"
#include "enrich/proc.h"
#include "enrich/redisclients.h"
#include "enrich/sqltext.h"

static void lines(const char *text, size_t size)
{
	struct db_list l = { .open = false };
	char reason[256];

	while (size) {
		const char *eol = memchr(text, '\n', size);
		size_t len = eol ? (size_t)(eol - text) : size;

		if (db_list_line(&l, text, len, 1, reason) < 0)
			break;
		if (l.count > DB_SESSIONS_MAX || strlen(reason) >= sizeof(reason))
			abort();
		text += len + (eol != NULL);
		size -= len + (eol != NULL);
	}
	db_list_clear(&l);
}

/* Without quoted names no quote may come through. */
static void query(const char *text, size_t size, bool mysql)
{
	char out[64];

	sql_strip(text, size, mysql, out, sizeof(out));
	if (strlen(out) >= sizeof(out))
		abort();
	if (!memchr(text, '"', size) && !memchr(text, '`', size) && strchr(out, '\''))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct buf out _cleanup_buf_ = BUF_INIT;
	struct db_list l = { .open = false };
	struct db_session s;
	char reason[256];

	lines(text, size);
	query(text, size, false);
	query(text, size, true);
	(void)proc_parse_ns_pid(text, size);
	(void)redis_info_pid(text, size);
	/* What one side writes the other takes. */
	if (redis_client_parse(text, size, &s) == 0) {
		db_write_session(&out, &s);
		if (out.error || out.len < 1 ||
		    memchr(out.data, '\n', out.len) != out.data + out.len - 1)
			abort();
		if (db_list_line(&l, "S\tredis\t1", 9, 1, reason) ||
		    db_list_line(&l, out.data, out.len - 1, 1, reason))
			abort();
		db_list_clear(&l);
	}
	return 0;
}
