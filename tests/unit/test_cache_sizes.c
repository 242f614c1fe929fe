/* SPDX-License-Identifier: Apache-2.0
 *
 * Every cache of names, filled beyond its limit: it keeps to the limit, and costs what
 * docs/identity.md says. With CACHE_TABLE=1 it prints the rows of that page's table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "collect/collect.h"
#include "collect/sample.h"
#include "enrich/cgroup_id.h"
#include "enrich/container.h"
#include "enrich/dbsession.h"
#include "enrich/enrich.h"
#include "enrich/peers.h"
#include "enrich/runtime.h"
#include "model/flowtab.h"
#include "model/names.h"
#include "model/tick.h"

#include "flowtab_fixture.h"
#include "scratch.h"

enum {
	PROCESSES = 32768,
	FEW = 1000, /* what a long line costs is the same for each */
	ARGS_TYPICAL = 120,
	ARGS_LONGEST = 16384,
	CGROUPS = 2000, /* of 8192: one walk visits no more */
	CONTAINERS = 4096,
	FLOWS = 65536,
	PEERS = 16384,
	ACTORS = 65536,
	DESTS = 65536, /* of 524288: /48s */
	ID_LEN = 64,
};

/* Bytes in use on the heap, the blocks that have a mapping of their own included. */
static size_t heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void told(const char *what, size_t count, size_t bytes, size_t each_max)
{
	size_t each = bytes / count;

	if (!heap())
		return; /* a sanitizer's allocator does not count */
	if (getenv("CACHE_TABLE"))
		print_message("| %s | %zu | %zu bytes | %.1f MB |\n", what, count, each,
			      (double)bytes / 1e6);
	if (each > each_max)
		print_error("%s: %zu bytes each\n", what, each);
	assert_true(each <= each_max);
	assert_true(each >= each_max / 4); /* else the table claims far too much */
}

static void processes(const char *what, size_t max, size_t args_len, size_t each_max)
{
	const struct enrich_options options = { .proc_root = "/nonexistent",
						.cgroup_root = "/nonexistent",
						.passwd_path = "/nonexistent",
						.max_processes = max };
	char *args _cleanup_free_ = malloc(args_len);
	struct collect_life event = { .kind = LIFE_EXEC,
				      .comm = "pg_dump",
				      .exe = "/usr/lib/postgresql/15/bin/pg_dump",
				      .start_ns = 1,
				      .args = args,
				      .args_len = args_len };
	struct enrich_stats stats;
	struct enrich *e;
	size_t before;

	assert_non_null(args);
	memset(args, 'x', args_len);
	memcpy(args, "pg_dump", sizeof("pg_dump"));
	assert_int_equal(enrich_new(&options, &e), 0);
	before = heap();
	for (uint32_t i = 1; i <= max + 100; i++) {
		event.tgid = i;
		enrich_life(e, &event);
	}
	enrich_get_stats(e, &stats);
	assert_int_equal(stats.processes, max);
	told(what, max, heap() - before, each_max);
	enrich_free(e);
}

static void of_processes(void **state)
{
	(void)state;
	processes("processes", PROCESSES, ARGS_TYPICAL, 1100);
	processes("processes with the longest command line", FEW, ARGS_LONGEST, 5600);
}

static void of_cgroups(void **state)
{
	char root[SCRATCH_MAX], path[256];
	struct cgroup_ids *c;
	struct stat st;
	size_t before;

	(void)state;
	assert_non_null(mkdtemp(scratch_name(root, "cgroups")));
	for (unsigned int i = 0; i < CGROUPS; i++) {
		snprintf(path, sizeof(path), "%s/docker-%064x.scope", root, i);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(cgroup_ids_new(root, "/nonexistent", &c), 0);
	before = heap();
	assert_non_null(cgroup_ids_path(c, st.st_ino));
	told("cgroup paths (of 8192)", CGROUPS, heap() - before, 200);
	cgroup_ids_free(c);
	for (unsigned int i = 0; i < CGROUPS; i++) {
		snprintf(path, sizeof(path), "%s/docker-%064x.scope", root, i);
		assert_int_equal(rmdir(path), 0);
	}
	assert_int_equal(rmdir(root), 0);
}

/* State as docker writes it. */
static void put_state(const char *dir, const char *id)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, id);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/%s/config.v2.json", dir, id);
	f = fopen(path, "we");
	assert_non_null(f);
	fprintf(f,
		"{\"Name\":\"/billing-%.8s\",\"Config\":{\"Image\":\"registry.example/billing:7\"}}",
		id);
	assert_int_equal(fclose(f), 0);
}

static void of_containers(void **state)
{
	static const char *const below[] = { "/var", "/var/lib", "/var/lib/docker",
					     "/var/lib/docker/containers" };
	struct cgroup_names names = { .runtime = RUNTIME_DOCKER };
	char root[SCRATCH_MAX], dir[256], path[512];
	struct runtime_options options = { .fs_root = root };
	struct container_info info;
	struct containers *c;
	size_t before, max;

	(void)state;
	assert_non_null(mkdtemp(scratch_name(root, "containers")));
	for (size_t i = 0; i < ARRAY_SIZE(below); i++) {
		snprintf(dir, sizeof(dir), "%s%s", root, below[i]);
		assert_int_equal(mkdir(dir, 0700), 0);
	}
	assert_int_equal(containers_new(&options, &c), 0);
	before = heap();
	for (unsigned int i = 0; i < CONTAINERS; i++) {
		snprintf(names.container_id, sizeof(names.container_id), "%0*x", ID_LEN, i);
		put_state(dir, names.container_id);
		containers_find(c, &names, &info);
		assert_string_equal(info.image, "registry.example/billing:7");
		snprintf(path, sizeof(path), "%s/%s/config.v2.json", dir, names.container_id);
		assert_int_equal(unlink(path), 0);
		*strrchr(path, '/') = '\0';
		assert_int_equal(rmdir(path), 0);
	}
	assert_int_equal(containers_count(c, &max), CONTAINERS);
	assert_int_equal(max, CONTAINERS);
	told("containers (labels, up to 3 kB each, not included)", CONTAINERS, heap() - before,
	     560);
	memset(names.container_id, 'f', ID_LEN);
	containers_find(c, &names, &info);
	assert_int_equal(containers_count(c, &max), 1);
	containers_free(c);
	for (size_t i = 0; i < ARRAY_SIZE(below); i++) {
		assert_int_equal(rmdir(dir), 0);
		*strrchr(dir, '/') = '\0';
	}
	assert_int_equal(rmdir(root), 0);
}

static void of_flows(void **state)
{
	struct sample_row *rows = calloc(FLOWS, sizeof(*rows));
	struct sample sample = { .boot_ns = 1, .rows = rows, .row_count = FLOWS };
	struct empty_host host;
	struct flowtab *table = empty_host_open(&host);
	struct tick tick;
	size_t before;

	(void)state;
	assert_non_null(rows);
	for (unsigned int i = 0; i < FLOWS; i++) {
		struct eg_flow_key *key = &rows[i].key;

		key->family = AF_INET;
		key->proto = 6;
		key->port = 443;
		key->init = EG_INIT_CONNECTED;
		memcpy(key->daddr, (const uint8_t[16]){ [10] = 0xff, 0xff, 203, 0, i >> 8, i }, 16);
	}
	before = heap();
	assert_int_equal(flowtab_update(table, &sample, &tick), 0);
	told("rows of flows listed", FLOWS, heap() - before, 800);
	empty_host_close(&host, table);
	free(rows);
}

static void of_sessions(void **state)
{
	struct db_session s = { .client = "203.0.113.7" };
	struct enrich_options options = { .passwd_path = "/nonexistent" };
	struct buf list _cleanup_buf_ = BUF_INIT;
	char reason[256];
	struct enrich *e;
	size_t before;

	(void)state;
	assert_int_equal(enrich_new(&options, &e), 0);
	db_write_begin(&list, DB_MARIADB, 42);
	for (unsigned int i = 0; i < DB_SESSIONS_MAX + 100; i++)
		db_write_session(&list, &s);
	db_write_end(&list);
	assert_int_equal(list.error, 0);
	before = heap();
	for (unsigned int turn = 0; turn < 2; turn++)
		for (unsigned int server = 0; server < ENRICH_DB_SERVERS; server++) {
			const char *line;
			size_t at = 0, len;

			while (buf_next_line(&list, &at, &line, &len))
				assert_true(enrich_db_line(e, server, line, len, reason) >= 0);
			assert_int_equal(enrich_db_sessions(e, server), DB_SESSIONS_MAX);
		}
	told("sessions of databases, twice while a list comes in",
	     (size_t)ENRICH_DB_SERVERS * DB_SESSIONS_MAX, heap() - before, 1300);
	enrich_free(e);
}

/* The answer to "hNNNNN.backup.example A?". */
static size_t put_answer(uint8_t msg[128], unsigned int i)
{
	static const uint8_t head[] = { 0, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 6 };
	static const uint8_t zone[] = "\6backup\7example\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4";
	const uint8_t addr[4] = { 203, 0, (uint8_t)(i >> 8), (uint8_t)i };
	size_t len = sizeof(head);

	memcpy(msg, head, len);
	len += (size_t)snprintf((char *)msg + len, 8, "h%05u", i);
	memcpy(msg + len, zone, sizeof(zone) - 1);
	len += sizeof(zone) - 1;
	memcpy(msg + len, addr, sizeof(addr));
	return len + sizeof(addr);
}

static void of_peers(void **state)
{
	struct peers_stats stats;
	uint8_t msg[128];
	struct peers *p;
	size_t before;

	(void)state;
	assert_int_equal(peers_new(&p), 0);
	before = heap();
	for (unsigned int i = 0; i < PEERS + 100; i++)
		peers_hear(p, 1, msg, put_answer(msg, i));
	peers_get_stats(p, &stats);
	assert_int_equal(stats.names, PEERS);
	told("names of peers", PEERS, heap() - before, 240);
	peers_free(p);
}

static void of_actors(void **state)
{
	char exe[64];
	struct names *n;
	size_t before;

	(void)state;
	assert_int_equal(names_new(&n), 0);
	before = heap();
	for (unsigned int i = 0; i < ACTORS; i++) {
		snprintf(exe, sizeof(exe), "/opt/billing/bin/job%c%c%c%c", 'a' + i % 26,
			 'a' + i / 26 % 26, 'a' + i / 676 % 26, 'a' + i / 17576);
		assert_non_null(names_actor(n, exe, "job", "registry.example/billing", "billing"));
	}
	assert_int_equal(names_count(n), ACTORS);
	assert_non_null(names_actor(n, "/one/more", "more", "", ""));
	assert_int_equal(names_count(n), ACTORS + 1); /* "other" */
	assert_non_null(names_actor(n, "/yet/another", "another", "", ""));
	assert_int_equal(names_count(n), ACTORS + 1);
	told("actors", ACTORS, heap() - before, 220);
	names_free(n);
}

static void of_destinations(void **state)
{
	struct names *n;
	size_t before;

	(void)state;
	assert_int_equal(names_new(&n), 0);
	before = heap();
	for (unsigned int i = 0; i < DESTS; i++) {
		const uint8_t addr[16] = { 0x20, 1, 0xd, 0xb8, (uint8_t)(i >> 8), (uint8_t)i };

		assert_non_null(names_dest_addr(n, addr, EG_SCOPE_PUBLIC));
	}
	assert_int_equal(names_count(n), DESTS);
	told("destinations (of 524288)", DESTS, heap() - before, 480);
	names_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_processes),  cmocka_unit_test(of_cgroups),
		cmocka_unit_test(of_containers), cmocka_unit_test(of_flows),
		cmocka_unit_test(of_sessions),   cmocka_unit_test(of_peers),
		cmocka_unit_test(of_actors),     cmocka_unit_test(of_destinations),
	};

	return cmocka_run_group_tests_name("cache_sizes", tests, NULL, NULL);
}
