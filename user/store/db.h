/* SPDX-License-Identifier: Apache-2.0
 *
 * SQLite underneath the store: opening with our settings, the schema's migrations,
 * statements, and its errors as negative errno. Knows no table but its own.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sqlite3;
struct sqlite3_stmt;

/* Opens or makes PATH (0600), locked for this process alone. Applies what is missing
 * of `count` migrations (SQL scripts; the schema's version is their number).
 * -EPROTO: a higher version, nothing was changed; -EUCLEAN: damaged, or a database of
 * somebody else; -EBUSY: open elsewhere; -ENOSPC, -EACCES, -errno. */
int db_open(const char *path, uint64_t max_bytes, const char *const *migrations, unsigned int count,
	    struct sqlite3 **ret);
/* Statements of it must be finalized. NULL is fine. */
void db_close(struct sqlite3 *db);

/* Renames a database that is closed, with its write-ahead log. */
int db_set_aside(const char *path, char **ret_aside);

/* Negative errno of an SQLite result code (0 for OK, ROW, DONE). -ENOSPC: the disk or
 * max_bytes; -EUCLEAN: damaged. */
int db_error(int code);

int db_exec(struct sqlite3 *db, const char *sql);
/* First column of the first row, 0 if there is none. */
int db_number(struct sqlite3 *db, const char *sql, int64_t *ret);

/* Pages in use as a share of max_page_count, in per mille. */
int db_fill_permille(struct sqlite3 *db, unsigned int *ret);

#endif
