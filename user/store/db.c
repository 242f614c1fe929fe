/* SPDX-License-Identifier: Apache-2.0
 *
 * SQLite with the settings of a sensor: bounded, private, no shared memory file (it
 * is mapped, and a full disk would end the process), no wait for anybody.
 */
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/files.h"
#include "egress/version.h"

#define APPLICATION_ID 0x45475231 /* "EGR1": `file` shows it; another's database is left alone */
#define PAGE_BYTES 4096u
#define MAX_BYTES_LEAST (1u << 20) /* below this not even the tables are of use */
/* A whole check reads every page; above this size start-up would be felt, and damage is
 * found when the page is read. */
#define CHECK_BYTES_MAX (32u << 20)

int db_error(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE: return 0;
	case SQLITE_FULL: return -ENOSPC;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: return -EUCLEAN;
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return -EBUSY;
	case SQLITE_NOMEM: return -ENOMEM;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH: return -EACCES;
	case SQLITE_READONLY: return -EROFS;
	case SQLITE_IOERR: return -EIO;
	default: return -EINVAL;
	}
}

int db_exec(struct sqlite3 *db, const char *sql)
{
	return db_error(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

int db_number(struct sqlite3 *db, const char *sql, int64_t *ret)
{
	sqlite3_stmt *q = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &q, NULL);

	*ret = 0;
	if (code == SQLITE_OK)
		code = sqlite3_step(q);
	if (code == SQLITE_ROW)
		*ret = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return db_error(code);
}

static int db_execf(struct sqlite3 *db, const char *format, unsigned long long n)
{
	struct buf sql _cleanup_buf_ = BUF_INIT;

	buf_add_str(&sql, format);
	buf_add_u64(&sql, n);
	return sql.error ? sql.error : db_exec(db, sql.data);
}

/* Ours, and not from the future? Reads only. A new file has neither id nor version. */
static int check_origin(struct sqlite3 *db, unsigned int our_version, int64_t *ret_version)
{
	int64_t id = 0, objects = 0;
	int r = db_number(db, "PRAGMA application_id", &id);

	if (r == 0)
		r = db_number(db, "PRAGMA user_version", ret_version);
	if (r == 0)
		r = db_number(db, "SELECT count(*) FROM sqlite_schema", &objects);
	if (r < 0)
		return r;
	if (id != APPLICATION_ID && (id != 0 || objects > 0))
		return -EUCLEAN;
	if (*ret_version < 0 || (id == 0 && *ret_version != 0))
		return -EUCLEAN;
	return *ret_version > our_version ? -EPROTO : 0;
}

static int configure(struct sqlite3 *db, uint64_t max_bytes)
{
	int r = db_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
			    "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-2048; PRAGMA mmap_size=0;"
			    "PRAGMA secure_delete=FAST; PRAGMA trusted_schema=OFF;"
			    "PRAGMA wal_autocheckpoint=256; PRAGMA journal_size_limit=1048576;");

	if (r < 0)
		return r;
	return db_execf(db, "PRAGMA max_page_count=",
			(max_bytes > MAX_BYTES_LEAST ? max_bytes : MAX_BYTES_LEAST) / PAGE_BYTES);
}

static int migrate_to(struct sqlite3 *db, unsigned int version, const char *sql)
{
	struct buf note _cleanup_buf_ = BUF_INIT;
	int r;

	buf_addf(&note,
		 "INSERT INTO migration VALUES(%u, %lld, '" EGRESS_VERSION "');"
		 "PRAGMA application_id=%d; PRAGMA user_version=%u; COMMIT;",
		 version, (long long)time(NULL), APPLICATION_ID, version);
	r = note.error
		    ? note.error
		    : db_exec(db,
			      "BEGIN IMMEDIATE;"
			      "CREATE TABLE IF NOT EXISTS migration"
			      "(version INTEGER PRIMARY KEY, applied_at INTEGER, release TEXT) STRICT;");
	if (r == 0)
		r = db_exec(db, sql);
	if (r == 0)
		r = db_exec(db, note.data);
	if (r < 0 && !sqlite3_get_autocommit(db))
		(void)db_exec(db, "ROLLBACK");
	return r;
}

static int check_whole(struct sqlite3 *db, const char *path)
{
	sqlite3_stmt *q = NULL;
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return -errno;
	if (st.st_size > CHECK_BYTES_MAX)
		return 0;
	r = db_error(sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &q, NULL));
	if (r == 0)
		r = db_error(sqlite3_step(q));
	if (r == 0 && strcmp((const char *)sqlite3_column_text(q, 0), "ok") != 0)
		r = -EUCLEAN;
	sqlite3_finalize(q);
	return r;
}

static int prepare(struct sqlite3 *db, const char *path, uint64_t max_bytes,
		   const char *const *migrations, unsigned int count)
{
	int64_t version = 0;
	int r = db_exec(db, "PRAGMA locking_mode=EXCLUSIVE");

	if (r == 0)
		r = check_origin(db, count, &version);
	if (r == -EPROTO) /* leave its log as it is, too */
		(void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (r == 0)
		r = check_whole(db, path);
	if (r == 0)
		r = configure(db, max_bytes);
	for (unsigned int v = (unsigned int)version; r == 0 && v < count; v++)
		r = migrate_to(db, v + 1, migrations[v]);
	return r;
}

int db_open(const char *path, uint64_t max_bytes, const char *const *migrations, unsigned int count,
	    struct sqlite3 **ret)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct sqlite3 *db = NULL;
	int r;

	/* SQLite gives its log the mode of the database. */
	if (fd < 0 || fchmod(fd, 0600) < 0)
		return -errno;
	r = db_error(sqlite3_open_v2(path, &db,
				     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
					     SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
				     NULL));
	if (r == 0)
		r = prepare(db, path, max_bytes, migrations, count);
	if (r < 0) {
		db_close(db);
		return r;
	}
	*ret = db;
	return 0;
}

void db_close(struct sqlite3 *db)
{
	(void)sqlite3_close(db);
}

int db_set_aside(const char *path, char **ret_aside)
{
	static const char *const companions[] = { "-wal", "-shm", "-journal" };
	int r = files_set_aside(path, time(NULL), ret_aside);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(companions); i++) {
		struct buf from _cleanup_buf_ = BUF_INIT;
		struct buf to _cleanup_buf_ = BUF_INIT;

		buf_addf(&from, "%s%s", path, companions[i]);
		buf_addf(&to, "%s%s", *ret_aside, companions[i]);
		if (from.error || to.error)
			return -ENOMEM;
		if (rename(from.data, to.data) < 0 && errno != ENOENT)
			r = -errno;
	}
	return r;
}

int db_fill_permille(struct sqlite3 *db, unsigned int *ret)
{
	int64_t pages = 0, free_pages = 0, max = 0;
	int r = db_number(db, "PRAGMA page_count", &pages);

	if (r == 0)
		r = db_number(db, "PRAGMA freelist_count", &free_pages);
	if (r == 0)
		r = db_number(db, "PRAGMA max_page_count", &max);
	*ret = max > 0 ? (unsigned int)((pages - free_pages) * 1000 / max) : 0;
	return r;
}
