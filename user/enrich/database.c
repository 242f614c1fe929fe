/* SPDX-License-Identifier: Apache-2.0
 *
 * Which executables are database servers; a JVM goes by its main class. Pure.
 */
#include <string.h>

#include "base/cleanup.h"
#include "enrich/internal.h"

static const char *const servers[] = {
	"aerospike",
	"arangod",
	"asd",
	"clickhouse",
	"clickhouse-server",
	"cockroach",
	"couchdb",
	"db2sysc",
	"dragonfly",
	"duckdb",
	"edb-postgres",
	"etcd",
	"fbserver",
	"firebird",
	"hana",
	"hdbindexserver",
	"influxd",
	"keydb-server",
	"mariadbd",
	"memcached",
	"meilisearch",
	"mongod",
	"mongos",
	"mysqld",
	"ns-slapd",
	"ora_",
	"oracle",
	"postgres",
	"postmaster",
	"prometheus",
	"qdrant",
	"questdb",
	"redis-check-rdb", /* what Debian's redis-server is a link to */
	"redis-server",
	"rethinkdb",
	"scylla",
	"slapd",
	"sqlservr",
	"surreal",
	"tarantool",
	"tidb-server",
	"tikv-server",
	"typesense-server",
	"valkey-server",
	"victoria-metrics",
	"weaviate",
	"ydbd",
	"yb-master",
	"yb-tserver",
};

static const char *const main_classes[] = {
	"org.apache.cassandra.service.CassandraDaemon",
	"org.elasticsearch.bootstrap.Elasticsearch",
	"org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch",
	"org.opensearch.bootstrap.OpenSearch",
	"org.apache.solr",
	"org.apache.hadoop.hbase.regionserver.HRegionServer",
	"org.neo4j.server",
	"com.neo4j.server",
	"io.questdb.ServerMain",
	"io.questdb/io.questdb.ServerMain",
	"org.apache.druid.cli.Main",
	"org.apache.ignite",
};

bool database_is_server(const char *exe_base, const char *script)
{
	for (size_t i = 0; i < ARRAY_SIZE(servers); i++)
		if (strcmp(exe_base, servers[i]) == 0)
			return true;
	if (strncmp(exe_base, "java", 4) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(main_classes); i++)
		if (strncmp(script, main_classes[i], strlen(main_classes[i])) == 0)
			return true;
	return false;
}
