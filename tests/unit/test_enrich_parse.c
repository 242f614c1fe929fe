/* SPDX-License-Identifier: Apache-2.0
 *
 * The pure parsers of enrich/: command lines, titles, cgroup paths, /proc texts.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "enrich/cgroup_path.h"
#include "enrich/datadir.h"
#include "enrich/mask.h"
#include "enrich/pgtitle.h"
#include "enrich/proc.h"
#include "enrich/script.h"

/* '|' stands between arguments. */
static size_t to_args(const char *text, char *out, size_t size)
{
	size_t len = strlen(text);

	assert_true(len < size);
	memcpy(out, text, len + 1);
	for (size_t i = 0; i < len; i++)
		if (out[i] == '|')
			out[i] = '\0';
	return len;
}

static void secrets_are_masked(void **state)
{
	static const char *const cases[][2] = {
		{ "psql|postgresql://app:hunter2@db:5432/x",
		  "psql postgresql://app:***@db:5432/x" },
		{ "x|https://u:p/w@h/", "x https://u:***@h/" },
		{ "x|https://host:443/a:b", "x https://host:443/a:b" },
		{ "x|ssh://git@host/p", "x ssh://git@host/p" },
		{ "pg_dump|--password=a b&c|db", "pg_dump --password=*** db" },
		{ "x|--db-password|s3cret|y", "x --db-password *** y" },
		{ "x|--password-file=/etc/pw|--no-password",
		  "x --password-file=/etc/pw --no-password" },
		{ "mysqldump|-uroot|-phunter2|shop", "mysqldump -uroot -p*** shop" },
		{ "mysql|-p|shop", "mysql -p shop" },
		{ "/usr/bin/mariadb-dump|-phunter2", "/usr/bin/mariadb-dump -p***" },
		{ "psql|-p5433|-h|db", "psql -p5433 -h db" },
		{ "ssh|-p2222|host", "ssh -p2222 host" },
		{ "env|PGPASSWORD=x y|psql", "env PGPASSWORD=*** psql" },
		{ "sh|-c|PGPASSWORD=hunter2 pg_dump -h db > x",
		  "sh -c PGPASSWORD=*** pg_dump -h db > x" },
		{ "sh|-c|mysqldump -phunter2 shop", "sh -c mysqldump -p*** shop" },
		{ "sh|-c|PGPASSWORD='a b' psql", "sh -c PGPASSWORD=*** psql" },
		{ "curl|-u|me:secret|https://h/", "curl -u *** https://h/" },
		{ "curl|-sume:secret", "curl -su***" },
		{ "curl|-su|me:secret", "curl -su ***" },
		{ "curl|-H|Authorization: Bearer abc.def", "curl -H Authorization: Bearer ***" },
		{ "curl|-H|X-Api-Key: abc", "curl -H X-Api-Key: ***" },
		{ "curl|https://h/?a=1&token=abc&b=2", "curl https://h/?a=1&token=***&b=2" },
		{ "psql|host=db password=hunter2 dbname=x", "psql host=db password=*** dbname=x" },
		{ "sshpass|-phunter2|ssh|h", "sshpass -p*** ssh h" },
		{ "redis-cli|-a|hunter2|info", "redis-cli -a *** info" },
		{ "mongodump|-u|a|-p|hunter2", "mongodump -u a -p ***" },
		{ "x|ghp_0123456789abcdef0123", "x ***" },
		/* clusters of short options, and options that only look like them */
		{ "mysql|-u|root|-pMyPassword1", "mysql -u root -p***" },
		{ "influx|-token|hunter2", "influx -t*** ***" },
		{ "mysql|-tphunter2", "mysql -tp***" },
		{ "curl|-sSfLo|/tmp/x|https://h/x", "curl -sSfLo /tmp/x https://h/x" },
		{ "snmpget|-v2c|-c|hunter2|h", "snmpget -v2c -c *** h" },
		/* blanks around the sign */
		{ "psql|user=u password = hunter2 host=h", "psql user=u password = *** host=h" },
		{ "python3|-c|x[\"password\"] = 'hunter2'", "python3 -c x[\"password\"] = ***" },
		/* headers whole; the command they stand in goes on */
		{ "curl|-H|Authorization: Token a b|x", "curl -H Authorization: Token *** x" },
		{ "curl|-H|Authorization:Token abc|x", "curl -H Authorization:*** x" },
		{ "curl|-H|Cookie: a=1; b=2|x", "curl -H Cookie: *** x" },
		{ "sh|-c|curl -H \"Authorization: Key a\" -d 'x y' h && tar c /etc",
		  "sh -c curl -H \"Authorization: ***\" -d 'x y' h && tar c /etc" },
		{ "curl|-b|sid=1|x", "curl -b *** x" },
		/* JSON, bare and in a shell's quotes */
		{ "curl|-d|{\"password\":\"a b\", \"x\":1}",
		  "curl -d {\"password\":***, \"x\":1}" },
		{ "curl|-d|{\\\"pass\\\":\\\"abc\\\"}", "curl -d {\\\"pass\\\":***}" },
		/* SQL that sets a password */
		{ "psql|-c|ALTER USER x PASSWORD 'a b'", "psql -c ALTER USER x PASSWORD ***" },
		{ "mysql|-e|CREATE USER a IDENTIFIED BY 'x'",
		  "mysql -e CREATE USER a IDENTIFIED BY ***" },
		{ "mysql|-e|SET PASSWORD FOR x = 'a'", "mysql -e SET PASSWORD FOR x = ***" },
		{ "mysql|-e|SELECT PASSWORD('a')", "mysql -e SELECT PASSWORD(***)" },
		/* words, and names with secrets beside them */
		{ "redis-cli|AUTH|me|hunter2", "redis-cli AUTH *** ***" },
		{ "sh|-c|redis-cli auth hunter2; redis-cli info",
		  "sh -c redis-cli auth *** redis-cli info" },
		{ "vault|login|abc", "vault login ***" },
		{ "rabbitmqctl|add_user|u|abc", "rabbitmqctl add_user *** ***" },
		{ "aws|configure|set|aws_secret_access_key|abc",
		  "aws configure set aws_secret_access_key ***" },
		{ "sqlplus|scott/tiger@orcl", "sqlplus scott/***@orcl" },
		{ "sqlplus|/|as|sysdba", "sqlplus / as sysdba" },
		{ "mysqlsh|--uri=root:hunter2@h:3306", "mysqlsh --uri=root:***@h:3306" },
		{ "docker|pull|postgres:15@sha256:01234567",
		  "docker pull postgres:15@sha256:01234567" },
		{ "git|clone|https://0123456789abcdef0123456789abcdef@h/x",
		  "git clone https://***@h/x" },
		{ "git|clone|ssh://git@h/x:y", "git clone ssh://git@h/x:y" },
		{ "psql|postgres://u:a@b@h/db", "psql postgres://u:***@h/db" },
		{ "python3|/opt/export_tokens.py|shop", "python3 /opt/export_tokens.py shop" },
		{ "systemctl|restart|token-service", "systemctl restart token-service" },
		{ "tar|czf|-|/var/lib/postgresql", "tar czf - /var/lib/postgresql" },
		{ "a\tb\x01|c", "a b  c" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buf b _cleanup_buf_ = BUF_INIT;
		char args[256];
		size_t len = to_args(cases[i][0], args, sizeof(args));

		mask_cmdline(&b, args, len, 4096);
		assert_string_equal(b.len ? b.data : "", cases[i][1]);
	}
}

static void long_command_lines_are_cut_between_characters(void **state)
{
	struct buf b _cleanup_buf_ = BUF_INIT;

	(void)state;
	mask_cmdline(&b, "ab\xc3\xa4\xc3\xa4", 6, 5);
	assert_string_equal(b.data, "ab\xc3\xa4");
}

static void backend_titles(void **state)
{
	static const struct {
		const char *title, *session, *client, *command;
	} cases[] = {
		{ "postgres: app orders 10.0.0.1(1234) COPY", "app@orders", "10.0.0.1", "COPY" },
		{ "postgres: 15/main: app orders [local] idle in transaction   ", "app@orders",
		  "local", "idle in transaction" },
		{ "postgres: prod cluster: a b ::1(5) SELECT", "a@b", "::1", "SELECT" },
		{ "postgres: walsender repl 10.0.0.2(55) streaming 0/3000060", "repl", "10.0.0.2",
		  "walsender streaming 0/3000060" },
		{ "postgres: 15/main: walsender repl orders 10.0.0.2(55) streaming 0/3",
		  "repl@orders", "10.0.0.2", "walsender streaming 0/3" },
		{ "postgres: checkpointer ", "", "", "checkpointer" },
		{ "postgres: 15/main: autovacuum worker orders", "", "",
		  "autovacuum worker orders" },
		/* Names with blanks: which word is whose cannot be told. */
		{ "postgres: my app orders 10.0.0.1(1) idle", "", "10.0.0.1", "idle" },
		/* A role's name cannot pose as another client. */
		{ "postgres: root x 10.9.9.9(1) db 203.0.113.7(2) COPY", "", "203.0.113.7",
		  "COPY" },
	};
	struct pgtitle t;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(pgtitle_parse(cases[i].title, strlen(cases[i].title), &t), 0);
		assert_string_equal(t.session, cases[i].session);
		assert_string_equal(t.client, cases[i].client);
		assert_string_equal(t.command, cases[i].command);
	}
	assert_int_equal(pgtitle_parse("/usr/bin/postgres -D x", 22, &t), -EINVAL);
	assert_int_equal(pgtitle_parse("postgres: ", 10, &t), -EINVAL);
}

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2 "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static void cgroup_paths(void **state)
{
	static const struct {
		const char *path;
		enum runtime runtime;
		const char *id, *unit;
	} cases[] = {
		{ "/", RUNTIME_NONE, "", "" },
		{ "/system.slice/postgresql@15-main.service", RUNTIME_NONE, "",
		  "postgresql@15-main.service" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/x.service", RUNTIME_NONE,
		  "", "x.service" },
		{ "/system.slice/docker-" ID ".scope", RUNTIME_DOCKER, ID, "" },
		{ "/docker/" ID, RUNTIME_DOCKER, ID, "" },
		{ "/docker/" ID "/init.scope", RUNTIME_DOCKER, ID, "init.scope" },
		{ "/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID ".scope",
		  RUNTIME_CONTAINERD, ID, "" },
		{ "/kubepods/burstable/pod1/" ID, RUNTIME_CONTAINERD, ID, "" },
		{ "/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:" ID,
		  RUNTIME_CONTAINERD, ID, "" },
		{ "/kubepods.slice/kubepods-pod1.slice/crio-" ID ".scope", RUNTIME_CRIO, ID, "" },
		{ "/kubepods.slice/kubepods-pod1.slice/crio-conmon-" ID ".scope", RUNTIME_NONE, "",
		  "crio-conmon-" ID ".scope" },
		{ "/machine.slice/libpod-" ID ".scope/container", RUNTIME_PODMAN, ID, "" },
		{ "/libpod_parent/libpod-" ID, RUNTIME_PODMAN, ID, "" },
		{ "/lxc.payload.web/system.slice/nginx.service", RUNTIME_LXC, "web",
		  "nginx.service" },
		{ "/lxc/web", RUNTIME_LXC, "web", "" },
		/* docker with the systemd driver, below a slice; rootless, in its user's manager */
		{ "/custom.slice/docker-" ID ".scope/x.service", RUNTIME_DOCKER, ID, "x.service" },
		{ "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID ".scope",
		  RUNTIME_DOCKER, ID, "" },
		{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
		  ".scope/container",
		  RUNTIME_PODMAN, ID, "" },
		/* the moby namespace of containerd, a pod in a nested cluster */
		{ "/actions_job/docker/" ID, RUNTIME_DOCKER, ID, "" },
		{ "/docker/" ID2 "/kubelet/kubepods/burstable/pod1/" ID, RUNTIME_CONTAINERD, ID,
		  "" },
		/* cri-o: the systemd and the cgroupfs driver */
		{ "/kubepods/besteffort/pod1/crio-" ID, RUNTIME_CRIO, ID, "" },
		{ "/system.slice/crio-" ID ".scope/container", RUNTIME_CRIO, ID, "" },
		/* LXD and Incus; LXC's own v1 layout; a container below a container */
		{ "/lxc.payload/web/init.scope", RUNTIME_LXC, "web", "init.scope" },
		{ "/lxc/web/docker/" ID, RUNTIME_DOCKER, ID, "" },
		{ "/machine.slice/machine-lxc\\x2d7\\x2dweb.scope", RUNTIME_NSPAWN, "lxc-7-web",
		  "" },
		/* a name like another's is not that other */
		{ "/docker/" ID "0", RUNTIME_NONE, "", "" },
		{ "/docker/g" ID, RUNTIME_NONE, "", "" },
		{ "/lxc.monitor.web", RUNTIME_NONE, "", "" },
		{ "/machine.slice/systemd-nspawn@db\\x2d7.service/payload", RUNTIME_NSPAWN, "db-7",
		  "" },
		{ "/machine.slice/machine-db.scope", RUNTIME_NSPAWN, "db", "" },
		{ "/x/abc" ID, RUNTIME_NONE, "", "" },
	};
	struct cgroup_names n;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cgroup_path_parse(cases[i].path, &n);
		assert_string_equal(n.container_id, cases[i].id);
		assert_string_equal(n.unit, cases[i].unit);
		assert_int_equal(n.runtime, cases[i].runtime);
	}
}

static void rootless_containers_have_a_user(void **state)
{
	static const struct {
		const char *path;
		uint32_t uid;
	} cases[] = {
		{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope",
		  1000 },
		{ "/user.slice/user-0.slice/session-1.scope/libpod-" ID, 0 },
		{ "/machine.slice/libpod-" ID ".scope", 0 },
		{ "/user.slice/user-.slice/libpod-" ID ".scope", 0 },
		{ "/user.slice/user-99999999999999999999.slice/libpod-" ID ".scope", 0 },
		{ "/x/user.slice/user-7.slice/libpod-" ID ".scope", 0 },
		{ "/user.slice/user-1000.slice/x.service", 0 },
	};
	struct cgroup_names n;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cgroup_path_parse(cases[i].path, &n);
		assert_int_equal(n.uid, cases[i].uid);
	}
}

/* Whole /proc/PID/cgroup files as each kind of host has them. */
static void containers_on_every_kind_of_host(void **state)
{
	static const char *const cases[][2] = {
		/* v2 */
		{ "0::/system.slice/docker-" ID ".scope\n", ID },
		/* v1 */
		{ "4:memory:/docker/" ID "\n3:cpu,cpuacct:/docker/" ID
		  "\n1:name=systemd:/docker/" ID "\n",
		  ID },
		/* hybrid: runc before 1.1 leaves the v2 side in the engine's service */
		{ "4:memory:/docker/" ID "\n1:name=systemd:/docker/" ID
		  "\n0::/system.slice/containerd.service\n",
		  ID },
		/* hybrid: v2 empty, and name=systemd of the engine */
		{ "4:pids:/kubepods/pod1/" ID
		  "\n1:name=systemd:/system.slice/kubelet.service\n0::/\n",
		  ID },
		/* hybrid: both sides, the v2 one counts */
		{ "4:pids:/docker/" ID2 "\n0::/libpod_parent/libpod-" ID "\n", ID },
		{ "1:name=systemd:/lxc/web\n0::/lxc.payload.web\n", "web" },
		{ "1:name=systemd:/machine.slice/systemd-nspawn@db.service\n0::/\n", "db" },
		{ "0::/system.slice/ssh.service\n", "" },
	};
	struct cgroup_names n;
	char path[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		proc_parse_cgroup(cases[i][0], strlen(cases[i][0]), path, sizeof(path));
		cgroup_path_parse(path, &n);
		assert_string_equal(n.container_id, cases[i][1]);
	}
}

static void stat_lines(void **state)
{
	static const char good[] =
		"42 (a) b) (c) S 7 1 1 0 -1 2129984 1 2 3 4 5 6 7 8 20 0 1 0 987 1 1\n";
	struct proc_stat st;

	(void)state;
	assert_int_equal(proc_parse_stat(good, sizeof(good) - 1, &st), 0);
	assert_int_equal(st.pid, 42);
	assert_int_equal(st.ppid, 7);
	assert_int_equal(st.start_ticks, 987);
	assert_string_equal(st.comm, "a) b) (c");
	assert_true(st.kernel_thread);
	for (size_t len = 0; len < sizeof(good) - 8; len++)
		if (proc_parse_stat(good, len, &st) == 0)
			fail_msg("cut at %zu was taken", len);
	assert_int_equal(proc_parse_stat("x (y) S 1", 9, &st), -EINVAL);
	assert_int_equal(proc_parse_stat("99999999999999999999 (y) S 1", 28, &st), -EINVAL);
}

static void start_times(void **state)
{
	(void)state;
	assert_true(proc_same_start(1009999999, 100, 100));
	assert_false(proc_same_start(1010000000, 100, 100));
	assert_false(proc_same_start(999999999, 100, 100));
}

static void cgroup_files(void **state)
{
	char out[64];

	(void)state;
	proc_parse_cgroup("1:name=systemd:/a\n0::/b\n", 23, out, sizeof(out));
	assert_string_equal(out, "/b");
	proc_parse_cgroup("2:cpu:/longer/than\n1:name=systemd:/a\n0::/\n", 42, out, sizeof(out));
	assert_string_equal(out, "/a");
	proc_parse_cgroup("2:cpu:/x\n3:mem:/longer\n0::/", 27, out, sizeof(out));
	assert_string_equal(out, "/longer");
	proc_parse_cgroup("garbage\n::\n", 11, out, sizeof(out));
	assert_string_equal(out, "");
}

static void scripts(void **state)
{
	static const char *const cases[][3] = {
		{ "python3.11", "python3|-W|ignore|/opt/a.py|x", "/opt/a.py" },
		{ "python3", "python3|-m|http.server", "http.server" },
		{ "python3", "python3|-c|import os|x", "" },
		{ "python3", "python3", "" },
		{ "python3", "python3|-|x", "" },
		{ "perl", "perl|-e|print|x", "" },
		{ "perl", "perl|-I|lib|/opt/x.pl", "/opt/x.pl" },
		{ "bash", "bash|-eu|/opt/backup.sh", "/opt/backup.sh" },
		{ "bash", "bash|-c|x", "" },
		/* clusters: what follows is a command, with secrets perhaps, and no script */
		{ "bash", "bash|-lc|PGPASSWORD=hunter2 pg_dump", "" },
		{ "sh", "sh|-ec|PGPASSWORD=hunter2 pg_dump", "" },
		{ "bash", "bash|-euo|pipefail|-c|PGPASSWORD=hunter2 pg_dump", "" },
		{ "bash", "bash|-euo|pipefail|/opt/backup.sh", "/opt/backup.sh" },
		{ "bash", "bash|--norc|/opt/backup.sh", "/opt/backup.sh" },
		{ "python3", "python3|-uc|x|hunter2", "" },
		{ "python3", "python3|-cimport x|hunter2", "" },
		{ "python3", "python3|-uW|ignore|/opt/x.py", "/opt/x.py" },
		{ "python3", "python3|-Im|backup.run", "backup.run" },
		{ "perl", "perl|-wne|print|x", "" },
		{ "java", "java|-Xshare:dump|org.x.Main", "org.x.Main" },
		{ "node", "node|--max-old-space-size=1|srv.js", "srv.js" },
		{ "java", "java|-Xmx1g|-cp|a.jar:b.jar|org.x.Main|arg", "org.x.Main" },
		{ "java", "java|-Dx=y|-jar|/opt/app.jar", "/opt/app.jar" },
		{ "postgres", "postgres|-D|/x", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char args[128], out[64];
		size_t len = to_args(cases[i][1], args, sizeof(args));

		script_find(cases[i][0], args, len, out, sizeof(out));
		assert_string_equal(out, cases[i][2]);
	}
}

static void data_directories(void **state)
{
	struct datadirs d = { .count = 0 };
	char args[64], out[64];
	size_t len;

	(void)state;
	datadirs_add(&d, "/srv/pg/base/1", 1, 7);
	datadirs_add(&d, "/srv/pg/base/2", 1, 7);
	datadirs_add(&d, "/srv/pg", 1, 7);
	datadirs_add(&d, "/srv/pg/pg_wal", 1, 7);
	datadirs_add(&d, "/srv/pgother", 1, 7);
	datadirs_add(&d, "/usr/lib/x", 1, 7);
	datadirs_add(&d, "/", 1, 7);
	datadirs_add(&d, "/home/x", 1, 7);
	datadirs_add(&d, "relative", 1, 7);
	assert_int_equal(d.count, 2);
	assert_string_equal(d.path[0], "/srv/pg");
	assert_string_equal(d.path[1], "/srv/pgother");
	datadirs_add(&d, "/var/tmp/pg", 1, 7); /* guessed: no */
	assert_int_equal(d.count, 2);
	datadirs_add_told(&d, "/var/tmp/pg", 1, 7); /* the server was told so: yes */
	assert_int_equal(d.count, 3);
	datadirs_add_told(&d, "/", 1, 7);
	assert_int_equal(d.count, 3);
	datadirs_add(&d, "/srv/pg/base", 2, 8); /* another container's: neither above nor below */
	datadirs_add_told(&d, "/srv", 3, 9);
	assert_int_equal(d.count, 5);
	datadirs_add_told(&d, "/srv", 4, 7);
	assert_int_equal(d.count, 4);
	assert_string_equal(d.path[0], "/var/tmp/pg");
	assert_string_equal(d.path[1], "/srv/pg/base");
	assert_int_equal(d.pid[1], 2);
	datadirs_clear(&d);
	assert_int_equal(d.count, 0);
	len = to_args("mysqld|--datadir=/data/my|x", args, sizeof(args));
	assert_true(datadir_from_args(args, len, out, sizeof(out)));
	assert_string_equal(out, "/data/my");
	len = to_args("postgres|-D|/data/pg", args, sizeof(args));
	assert_true(datadir_from_args(args, len, out, sizeof(out)));
	assert_string_equal(out, "/data/pg");
	len = to_args("postgres|-D|rel", args, sizeof(args));
	assert_false(datadir_from_args(args, len, out, sizeof(out)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_are_masked),
		cmocka_unit_test(long_command_lines_are_cut_between_characters),
		cmocka_unit_test(backend_titles),
		cmocka_unit_test(cgroup_paths),
		cmocka_unit_test(rootless_containers_have_a_user),
		cmocka_unit_test(containers_on_every_kind_of_host),
		cmocka_unit_test(stat_lines),
		cmocka_unit_test(start_times),
		cmocka_unit_test(cgroup_files),
		cmocka_unit_test(scripts),
		cmocka_unit_test(data_directories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
