/* SPDX-License-Identifier: Apache-2.0
 *
 * Append only: a released migration is never edited, a change is a new one. Times are
 * Unix seconds; actor and dest ids are the 64-bit ids of model/names.h.
 */
#include "store/schema.h"

#include "base/cleanup.h"

static const char version_1[] =
	"CREATE TABLE series("
	"  id INTEGER PRIMARY KEY,"
	"  actor INTEGER NOT NULL, dest INTEGER NOT NULL,"
	"  init INTEGER NOT NULL, port INTEGER NOT NULL, proto INTEGER NOT NULL,"
	"  scope INTEGER NOT NULL, col INTEGER NOT NULL,"
	"  exe TEXT NOT NULL, comm TEXT NOT NULL, container TEXT NOT NULL, user TEXT NOT NULL,"
	"  dst TEXT NOT NULL, dst_group TEXT NOT NULL,"
	"  last_minute INTEGER NOT NULL,"
	"  UNIQUE(actor, dest, init, port, proto, scope, col)) STRICT;"
	"CREATE INDEX series_last ON series(last_minute);"
	"CREATE TABLE rollup("
	"  minute INTEGER NOT NULL, series INTEGER NOT NULL,"
	"  tx INTEGER NOT NULL, wire INTEGER NOT NULL,"
	"  PRIMARY KEY(minute, series)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE alert_event("
	"  id INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, alert_id TEXT NOT NULL,"
	"  ts INTEGER NOT NULL, kind INTEGER NOT NULL, level INTEGER NOT NULL,"
	"  json TEXT NOT NULL) STRICT;"
	"CREATE INDEX alert_event_alert ON alert_event(alert_id, id);"
	"CREATE INDEX alert_event_ts ON alert_event(ts);"
	"CREATE TABLE audit("
	"  id INTEGER PRIMARY KEY, ts INTEGER NOT NULL, uid INTEGER NOT NULL,"
	"  action TEXT NOT NULL, detail TEXT NOT NULL) STRICT;"
	"CREATE INDEX audit_ts ON audit(ts);";

/* Weeks in a chart: hours are few where minutes are too many to read. */
static const char version_2[] =
	"CREATE TABLE rollup_hour("
	"  hour INTEGER NOT NULL, series INTEGER NOT NULL,"
	"  tx INTEGER NOT NULL, wire INTEGER NOT NULL,"
	"  PRIMARY KEY(hour, series)) STRICT, WITHOUT ROWID;"
	"INSERT INTO rollup_hour SELECT minute / 3600 * 3600, series, sum(tx), sum(wire)"
	"  FROM rollup GROUP BY 1, 2;";

const char *const schema_migrations[] = { version_1, version_2 };
const unsigned int schema_version = ARRAY_SIZE(schema_migrations);
