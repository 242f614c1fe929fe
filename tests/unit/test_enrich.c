/* SPDX-License-Identifier: Apache-2.0
 *
 * Processes named from a /proc tree made here: start times, parents, containers,
 * database sessions, life events, the cache's bounds, data directories.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "collect/collect.h"
#include "enrich/enrich.h"
#include "scratch.h"

#define TICK_NS 10000000ull /* USER_HZ is 100 on every architecture Debian has */
#define DOCKER_ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct fixture {
	char dir[SCRATCH_MAX];
	struct enrich *e;
};

static const char *path_of(const struct fixture *f, const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	return path;
}

/* Every directory above `name`, below the fixture's own. */
static void make_dirs(const struct fixture *f, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	for (char *p = path + strlen(f->dir) + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		(void)mkdir(path, 0755);
		*p = '/';
	}
}

static void put_data(const struct fixture *f, const char *name, const char *data, size_t len)
{
	FILE *out;

	make_dirs(f, name);
	out = fopen(path_of(f, name), "we");
	assert_non_null(out);
	assert_int_equal(fwrite(data, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

static void put(const struct fixture *f, const char *name, const char *text)
{
	put_data(f, name, text, strlen(text));
}

static void put_link(const struct fixture *f, const char *name, const char *target)
{
	make_dirs(f, name);
	(void)unlink(path_of(f, name));
	assert_int_equal(symlink(target, path_of(f, name)), 0);
}

/* args with '|' between arguments. */
static void put_args(const struct fixture *f, unsigned int pid, const char *args)
{
	char name[64], text[512];
	size_t len = strlen(args) + 1;

	assert_true(len <= sizeof(text));
	memcpy(text, args, len);
	for (char *p = text; *p; p++)
		if (*p == '|')
			*p = '\0';
	snprintf(name, sizeof(name), "proc/%u/cmdline", pid);
	put_data(f, name, text, len);
}

static void put_process(const struct fixture *f, unsigned int pid, unsigned int ppid,
			const char *comm, const char *exe, const char *args, const char *cgroup)
{
	char name[64], text[512];

	snprintf(name, sizeof(name), "proc/%u/stat", pid);
	snprintf(text, sizeof(text),
		 "%u (%s) S %u 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 %u 1000 100 0\n", pid,
		 comm, ppid, pid * 10);
	put(f, name, text);
	snprintf(name, sizeof(name), "proc/%u/status", pid);
	put(f, name, "Name:\tx\nUid:\t26\t26\t26\t26\nGid:\t26\t26\t26\t26\n");
	snprintf(name, sizeof(name), "proc/%u/loginuid", pid);
	put(f, name, "4294967295");
	snprintf(name, sizeof(name), "proc/%u/cgroup", pid);
	snprintf(text, sizeof(text), "1:name=systemd:/wrong\n0::%s\n", cgroup);
	put(f, name, text);
	snprintf(name, sizeof(name), "proc/%u/exe", pid);
	put_link(f, name, exe);
	put_args(f, pid, args);
}

static struct eg_flow_key key_of(unsigned int pid)
{
	/* stat says pid * 10 ticks; the kernel's value has nanoseconds to spare. */
	return (struct eg_flow_key){
		.tgid = pid, .start_ns = pid * 10 * TICK_NS + 123, .uid = 26, .family = AF_INET
	};
}

static const struct ident *ask(const struct fixture *f, unsigned int pid)
{
	struct eg_flow_key key = key_of(pid);

	return enrich_process(f->e, &key);
}

static int setup(void **state)
{
	static struct fixture f;
	char proc[96], cgroup[96], passwd[96];
	struct enrich_options o = { .proc_root = proc,
				    .cgroup_root = cgroup,
				    .passwd_path = passwd,
				    .fs_root = f.dir,
				    .max_processes = 8 };

	assert_non_null(mkdtemp(scratch_name(f.dir, "enrich")));
	snprintf(proc, sizeof(proc), "%s/proc", f.dir);
	snprintf(cgroup, sizeof(cgroup), "%s/cgroup", f.dir);
	snprintf(passwd, sizeof(passwd), "%s/passwd", f.dir);
	put(&f, "passwd", "root:x:0:0::/root:/bin/sh\npostgres:x:26:26::/:/bin/sh\nbad line\n");
	make_dirs(&f, "cgroup/system.slice/docker-" DOCKER_ID ".scope/x");
	make_dirs(&f, "proc/x");
	put_process(&f, 10, 1, "postgres", "/usr/lib/postgresql/15/bin/postgres",
		    "/usr/lib/postgresql/15/bin/postgres|-D|/srv/pg", "/system.slice/pg.service");
	assert_int_equal(enrich_new(&o, &f.e), 0);
	*state = &f;
	return 0;
}

static int remove_tree(const char *path)
{
	DIR *dir _cleanup_closedir_ = opendir(path);
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		char child[1024];

		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		snprintf(child, sizeof(child), "%s/%s", path, d->d_name);
		if (d->d_type == DT_DIR)
			remove_tree(child);
		else
			(void)unlink(child);
	}
	return rmdir(path);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	enrich_free(f->e);
	return remove_tree(f->dir);
}

static void a_process_is_named(void **state)
{
	struct fixture *f = *state;
	const struct ident *id;

	put_process(f, 20, 10, "my (x) y", "/usr/bin/psql (deleted)",
		    "psql|postgres://app:hunter2@db/orders", "/user.slice/session-3.scope");
	id = ask(f, 20);
	assert_string_equal(id->comm, "my (x) y");
	assert_string_equal(id->exe, "/usr/bin/psql");
	assert_string_equal(id->cmdline, "psql postgres://app:***@db/orders");
	assert_string_equal(id->user, "postgres");
	assert_string_equal(id->unit, "session-3.scope");
	assert_string_equal(id->cgroup_path, "/user.slice/session-3.scope");
	assert_string_equal(id->parent_comm, "postgres");
	assert_int_equal(id->ppid, 10);
	assert_int_equal(id->loginuid, UINT32_MAX);
	assert_string_equal(id->container_id, "");
	assert_false(id->exited || id->is_database || id->is_kernel);
	assert_ptr_equal(id, ask(f, 20));
}

static void a_reused_pid_names_nobody(void **state)
{
	struct fixture *f = *state;
	struct eg_flow_key key = key_of(10);
	const struct ident *id;

	key.start_ns -= TICK_NS;
	id = enrich_process(f->e, &key);
	assert_string_equal(id->exe, "");
	assert_string_equal(id->comm, "");
	assert_int_equal(id->tgid, 10);
	assert_string_equal(id->user, "postgres");
	assert_true(id->exited);
	assert_string_equal(ask(f, 10)->comm, "postgres");
}

static void shared_identities(void **state)
{
	struct fixture *f = *state;
	struct eg_flow_key key = { .flags = EG_FLOW_KERNEL };

	assert_true(enrich_process(f->e, &key)->is_kernel);
	assert_string_equal(enrich_process(f->e, &key)->comm, "kernel");
	key.flags = 0;
	assert_string_equal(enrich_process(f->e, &key)->comm, "unattributed");
	key.tgid = 77; /* a pid without a start time is no identity */
	assert_string_equal(enrich_process(f->e, &key)->comm, "unattributed");
}

static void containers_by_cgroup_id(void **state)
{
	struct fixture *f = *state;
	struct eg_flow_key key = key_of(30);
	const struct ident *id;
	struct stat st;

	put(f, "var/lib/docker/containers/" DOCKER_ID "/config.v2.json",
	    "{\"Name\":\"/shop-db\",\"Config\":{\"Image\":\"postgres:15\"}}");
	assert_int_equal(stat(path_of(f, "cgroup/system.slice/docker-" DOCKER_ID ".scope"), &st),
			 0);
	key.cgroup_id = st.st_ino;
	/* The process is gone; only the key is left. */
	id = enrich_process(f->e, &key);
	assert_string_equal(id->container_id, DOCKER_ID);
	assert_string_equal(id->container_name, "shop-db");
	assert_string_equal(id->container_image, "postgres:15");
	assert_string_equal(id->cgroup_path, "/system.slice/docker-" DOCKER_ID ".scope");
	assert_string_equal(id->unit, "");
}

/* Whoever has cgroups of his own may call one like a container of root's. */
static void a_users_cgroup_is_no_container_of_roots(void **state)
{
	struct fixture *f = *state;

	put(f, "var/lib/docker/containers/" DOCKER_ID "/config.v2.json",
	    "{\"Name\":\"/shop-db\",\"Config\":{\"Image\":\"postgres:15\"}}");
	put_process(f, 32, 1, "sh", "/bin/sh", "sh", "/docker/" DOCKER_ID);
	put_process(f, 33, 1, "sh", "/bin/sh", "sh",
		    "/user.slice/user-1000.slice/user@1000.service/app.slice/docker-" DOCKER_ID
		    ".scope");
	for (uint32_t turn = 0; turn < 2; turn++) {
		assert_string_equal(ask(f, 32)->container_name, "shop-db");
		assert_string_equal(ask(f, 32)->container_owner, "");
		assert_string_equal(ask(f, 33)->container_owner, "1000");
		assert_string_equal(ask(f, 33)->container_id, DOCKER_ID);
		assert_string_equal(ask(f, 33)->container_name, "0123456789ab");
		assert_string_equal(ask(f, 33)->container_image, "");
	}
}

static void containers_without_state_have_a_short_id(void **state)
{
	struct fixture *f = *state;

	put_process(f, 31, 1, "sh", "/bin/sh", "sh", "/libpod_parent/libpod-" DOCKER_ID);
	assert_string_equal(ask(f, 31)->container_id, DOCKER_ID);
	assert_string_equal(ask(f, 31)->container_name, "0123456789ab");
	assert_string_equal(ask(f, 31)->container_image, "");
}

static void podman_names_its_containers(void **state)
{
	struct fixture *f = *state;

	put(f, "var/lib/containers/storage/overlay-containers/containers.json",
	    "[{\"id\":\"ff\"},{\"id\":\"" DOCKER_ID "\",\"names\":[\"web\"],\"image\":\"sha\","
	    "\"metadata\":\"{\\\"image-name\\\":\\\"docker.io/library/nginx:1\\\"}\"}]");
	put_process(f, 32, 1, "sh", "/bin/sh", "sh",
		    "/machine.slice/libpod-" DOCKER_ID ".scope/container");
	assert_string_equal(ask(f, 32)->container_name, "web");
	assert_string_equal(ask(f, 32)->container_image, "docker.io/library/nginx:1");
}

static void pods_are_named_by_annotations(void **state)
{
	struct fixture *f = *state;

	put(f, "run/containerd/io.containerd.runtime.v2.task/k8s.io/" DOCKER_ID "/config.json",
	    "{\"annotations\":{\"io.kubernetes.cri.container-name\":\"ledger\","
	    "\"io.kubernetes.cri.sandbox-name\":\"ledger-0\","
	    "\"io.kubernetes.cri.sandbox-namespace\":\"accounts\","
	    "\"io.kubernetes.pod.name\":7}}");
	put_process(f, 33, 1, "sh", "/bin/sh", "sh",
		    "/kubepods.slice/kubepods-pod1.slice/cri-containerd-" DOCKER_ID ".scope");
	assert_string_equal(ask(f, 33)->container_name, "ledger");
	assert_string_equal(ask(f, 33)->pod, "ledger-0");
	assert_string_equal(ask(f, 33)->pod_namespace, "accounts");
	assert_string_equal(ask(f, 30)->pod, "");
}

static void backend_titles_are_believed_from_backends_only(void **state)
{
	static const char exe[] = "/usr/lib/postgresql/15/bin/postgres";
	static const char title[] = "postgres: 15/main: app orders 10.0.0.1(41234) COPY    ";
	struct fixture *f = *state;
	const struct ident *id;

	put_process(f, 40, 10, "postgres", exe, title, "/");
	id = ask(f, 40);
	assert_string_equal(id->db_session, "app@orders");
	assert_string_equal(id->db_client, "10.0.0.1");
	assert_string_equal(id->db_command, "COPY");
	assert_true(id->is_database);
	/* What changes while it lives. */
	put_args(f, 40, "postgres: 15/main: app orders 10.0.0.1(41234) idle");
	enrich_refresh(f->e, id);
	assert_string_equal(id->db_command, "idle");
	/* Another executable, or a parent that is none of postgres. */
	put_process(f, 41, 10, "postgres", "/tmp/postgres", title, "/");
	assert_string_equal(ask(f, 41)->db_session, "");
	put_process(f, 42, 41, "postgres", exe, title, "/");
	assert_string_equal(ask(f, 42)->db_session, "");
	put_process(f, 43, 40, "postgres", exe, title, "/");
	assert_string_equal(ask(f, 43)->db_session, "");
}

/* gosu, setpriv: the same process, another program, another user. A server that drops
 * root without exec is known by what it sends. */
static void user_follows_exec(void **state)
{
	struct fixture *f = *state;
	struct collect_life event = { .kind = LIFE_EXEC,
				      .tgid = 77,
				      .ppid = 1,
				      .start_ns = 7777,
				      .comm = "gosu",
				      .exe = "/usr/bin/gosu",
				      .args = "" };
	struct eg_flow_key key = { .tgid = 77, .start_ns = 7777 };

	enrich_life(f->e, &event);
	assert_int_equal(enrich_process(f->e, &key)->uid, 0);
	event.uid = 4242;
	enrich_life(f->e, &event);
	assert_string_equal(enrich_process(f->e, &key)->user, "4242");
	event.uid = 0;
	enrich_life(f->e, &event);
	assert_int_equal(enrich_process(f->e, &key)->uid, 0);
	key.uid = 4343;
	assert_string_equal(enrich_process(f->e, &key)->user, "4343");
}

/* The kernel calls it after the file it was begun as, and that is a link. */
static void begun_as_proc_self_exe(void **state)
{
	static const char args[] = "/bin/nc\0-q\0backup.example";
	struct fixture *f = *state;
	struct collect_life event = { .kind = LIFE_EXEC,
				      .tgid = 52,
				      .start_ns = key_of(52).start_ns,
				      .comm = "exe",
				      .exe = "/bin/busybox",
				      .args = args,
				      .args_len = sizeof(args) };

	enrich_life(f->e, &event); /* gone before anybody looked */
	assert_string_equal(ask(f, 52)->comm, "nc");
	put_process(f, 53, 1, "exe", "/bin/busybox", "wget", "/");
	assert_string_equal(ask(f, 53)->comm, "wget");
	put_process(f, 54, 1, "exe", "/opt/exe", "", "/");
	assert_string_equal(ask(f, 54)->comm, "exe");
}

static void life_events_name_the_short_lived(void **state)
{
	static const char args[] = "curl\0--user\0me:secret\0https://203.0.113.7/";
	struct fixture *f = *state;
	struct collect_life event = { .kind = LIFE_EXEC,
				      .tgid = 50,
				      .ppid = 10,
				      .uid = 26,
				      .start_ns = key_of(50).start_ns,
				      .comm = "curl",
				      .parent_start_ns = key_of(10).start_ns,
				      .exe = "/usr/bin/curl",
				      .args = args,
				      .args_len = sizeof(args) };
	const struct ident *id;

	(void)ask(f, 10);
	enrich_life(f->e, &event);
	event.kind = LIFE_EXIT;
	enrich_life(f->e, &event);
	id = ask(f, 50);
	assert_string_equal(id->exe, "/usr/bin/curl");
	assert_string_equal(id->cmdline, "curl --user *** https://203.0.113.7/");
	assert_string_equal(id->comm, "curl");
	assert_string_equal(id->parent_comm, "postgres");
	assert_true(id->exited);
	/* A child that never called exec, seen at its exit only. */
	event.tgid = 51;
	event.start_ns = key_of(51).start_ns;
	event.exe = "";
	event.args_len = 0;
	snprintf(event.comm, sizeof(event.comm), "postgres");
	enrich_life(f->e, &event);
	assert_string_equal(ask(f, 51)->exe, "/usr/lib/postgresql/15/bin/postgres");
}

/* A name that is gone from /proc stays; what the kernel puts in a dead parent's place does
 * not count. */
static void parents_outlive_themselves(void **state)
{
	struct fixture *f = *state;
	struct collect_life event = { .kind = LIFE_EXEC,
				      .tgid = 72,
				      .ppid = 71,
				      .start_ns = key_of(72).start_ns,
				      .parent_start_ns = key_of(71).start_ns,
				      .comm = "curl",
				      .exe = "/usr/bin/curl",
				      .args = "" };
	const struct ident *id, *other;

	put_process(f, 1, 0, "systemd", "/sbin/init", "init", "/");
	put_process(f, 70, 1, "bash", "/bin/bash", "bash", "/");
	put_process(f, 71, 70, "python3", "/usr/bin/python3", "python3", "/");
	put_process(f, 72, 71, "curl", "/usr/bin/curl", "curl", "/");
	enrich_life(f->e, &event);
	id = ask(f, 72);
	assert_int_equal(id->parent->pid, 71);
	assert_string_equal(id->parent->comm, "python3");
	assert_string_equal(id->parent->parent->comm, "bash");
	assert_string_equal(id->parent->parent->parent->comm, "systemd");
	assert_null(id->parent->parent->parent->parent);
	/* One process, one number: as an owner and as a parent. */
	assert_true(ask(f, 71)->entity == id->parent->entity);
	assert_true(ask(f, 71)->parent == id->parent->parent);

	/* 71 ends; its number is another's, its child init's. */
	event = (struct collect_life){ .kind = LIFE_EXIT,
				       .tgid = 71,
				       .ppid = 70,
				       .start_ns = key_of(71).start_ns,
				       .comm = "python3",
				       .exe = "",
				       .args = "" };
	enrich_life(f->e, &event);
	put(f, "proc/71/stat", "71 (other) S 1 1 1 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 9000 1 1 0\n");
	put_process(f, 72, 1, "curl", "/usr/bin/curl", "curl", "/");
	assert_string_equal(ask(f, 72)->parent->comm, "python3");
	assert_true(ask(f, 72)->parent->exited);
	put_process(f, 950, 71, "child", "/bin/child", "child", "/");
	other = ask(f, 950);
	assert_string_equal(other->parent->comm, "other");
	assert_true(other->parent->entity != id->parent->entity);

	/* The number of a parent that came after its child is another's too. */
	put_process(f, 73, 950, "orphan", "/bin/orphan", "orphan", "/");
	put_process(f, 74, 73, "late", "/bin/late", "late", "/");
	assert_string_equal(ask(f, 74)->parent->comm, "orphan");
	assert_null(ask(f, 74)->parent->parent);
}

static void exec_renames(void **state)
{
	struct fixture *f = *state;
	struct collect_life event = { .kind = LIFE_EXEC,
				      .tgid = 52,
				      .ppid = 10,
				      .start_ns = key_of(52).start_ns,
				      .comm = "tar",
				      .exe = "",
				      .args = "" };
	const struct ident *id;
	uint32_t generation;

	put_process(f, 52, 10, "sh", "/bin/sh", "sh|-c|tar", "/");
	id = ask(f, 52);
	generation = id->generation;
	put_process(f, 52, 10, "tar", "/usr/bin/tar", "tar|c|/srv", "/");
	enrich_life(f->e, &event);
	assert_string_equal(id->exe, "/usr/bin/tar");
	assert_string_equal(id->comm, "tar");
	assert_string_equal(id->cmdline, "tar c /srv");
	assert_true(id->generation != generation);
}

static void interpreters_go_by_their_script(void **state)
{
	struct fixture *f = *state;

	put_process(f, 53, 10, "python3", "/usr/bin/python3.11", "python3|-u|/opt/etl/load.py|x",
		    "/");
	assert_string_equal(ask(f, 53)->script, "/opt/etl/load.py");
	put_process(f, 54, 10, "java", "/usr/lib/jvm/bin/java",
		    "java|-Xmx1g|-cp|a:b|org.apache.cassandra.service.CassandraDaemon", "/");
	assert_string_equal(ask(f, 54)->script, "org.apache.cassandra.service.CassandraDaemon");
	assert_true(ask(f, 54)->is_database);
}

static void the_cache_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct collect_life event = { .kind = LIFE_EXEC, .comm = "x", .exe = "/x", .args = "" };
	const struct ident *held = ask(f, 10);
	struct enrich_stats stats;

	enrich_hold(f->e, held);
	for (unsigned int pid = 1000; pid < 1100; pid++) {
		event.tgid = pid;
		event.start_ns = key_of(pid).start_ns;
		enrich_life(f->e, &event);
	}
	enrich_get_stats(f->e, &stats);
	assert_int_equal(stats.processes, 8);
	assert_int_equal(stats.max_processes, 8);
	assert_int_equal(stats.evicted, 93);
	assert_ptr_equal(ask(f, 10), held);
	assert_string_equal(ask(f, 1099)->exe, "/x");
	/* All handed out: the next one has no room, and says so. */
	for (unsigned int pid = 1094; pid < 1100; pid++)
		(void)ask(f, pid);
	assert_string_equal(ask(f, 2000)->exe, "");
	assert_string_equal(ask(f, 2001)->comm, "unattributed");
	/* Whoever exited and is held by nobody goes. */
	event.kind = LIFE_EXIT;
	event.tgid = 10;
	event.start_ns = key_of(10).start_ns;
	enrich_life(f->e, &event);
	for (int i = 0; i < 10; i++)
		enrich_sweep(f->e, UINT64_MAX - 100 + (uint64_t)i);
	enrich_get_stats(f->e, &stats);
	assert_int_equal(stats.processes, 1);
	assert_string_equal(held->comm, "postgres");
	enrich_unhold(f->e, held);
	enrich_sweep(f->e, UINT64_MAX);
	enrich_get_stats(f->e, &stats);
	assert_int_equal(stats.processes, 0);
}

static void databases_and_their_size(void **state)
{
	struct fixture *f = *state;
	const char *const *dirs;
	char target[512];
	int steps = 0;

	assert_int_equal(enrich_database_bytes(f->e), 0);
	put(f, "proc/10/root/srv/pg/PG_VERSION", "15\n");
	put(f, "proc/10/root/srv/pg/base/1/1259", "0123456789");
	put(f, "proc/10/root/srv/space/PG_15/1", "01234");
	put_link(f, "proc/10/root/srv/pg/pg_tblspc/16400", "/srv/space");
	snprintf(target, sizeof(target), "/etc/passwd");
	put_link(f, "proc/10/root/srv/pg/elsewhere", target);
	put_link(f, "proc/10/cwd", "/srv/pg");
	put_link(f, "proc/10/fd/3", "/srv/pg/base/1/1259");
	put_link(f, "proc/10/fd/4", "/usr/lib/locale/x");
	put_link(f, "proc/10/fd/5", "socket:[1]");
	put_link(f, "proc/10/fd/6", "/mnt/wal/0001");
	enrich_discover_databases(f->e);
	assert_int_equal(enrich_data_dirs(f->e, &dirs), 2);
	assert_string_equal(dirs[0], "/srv/pg");
	assert_string_equal(dirs[1], "/mnt/wal");
	while (!enrich_measure_step(f->e, 0) && steps < 1000)
		steps++;
	assert_int_equal(enrich_database_bytes(f->e), 3 + 10 + 5);
}

/* A file that is one big hole, and one with many names: neither makes a database large. */
static void a_size_cannot_be_made_up(void **state)
{
	struct fixture *f = *state;
	char path[512], other[520];
	int steps = 0;

	put(f, "proc/10/root/srv/pg/PG_VERSION", "15\n");
	put(f, "proc/10/root/srv/pg/hole", "");
	put(f, "proc/10/root/srv/pg/named", "0123456789");
	snprintf(path, sizeof(path), "%s/proc/10/root/srv/pg/hole", f->dir);
	assert_int_equal(truncate(path, (off_t)1 << 40), 0);
	snprintf(path, sizeof(path), "%s/proc/10/root/srv/pg/named", f->dir);
	for (int i = 0; i < 9; i++) {
		snprintf(other, sizeof(other), "%s%d", path, i);
		assert_int_equal(link(path, other), 0);
	}
	put_link(f, "proc/10/cwd", "/srv/pg");
	enrich_discover_databases(f->e);
	while (!enrich_measure_step(f->e, 0) && steps < 1000)
		steps++;
	assert_int_equal(enrich_database_bytes(f->e), 3 + 10);
}

/* Two containers name theirs alike, a third shares the second's volume; anybody's program
 * called postgres with -D takes no directory away from those whose it is. */
static void directories_of_several_containers(void **state)
{
	struct fixture *f = *state;
	const char *const *dirs;
	char shared[512];
	int steps = 0;

	for (unsigned int pid = 20; pid <= 23; pid++) {
		char name[64];

		put_process(f, pid, 1, "postgres", "/usr/bin/postgres",
			    pid == 23 ? "postgres|-D|/srv" : "postgres", "/x");
		snprintf(name, sizeof(name), "proc/%u/ns/mnt", pid);
		if (pid == 23) {
			snprintf(shared, sizeof(shared), "%s", path_of(f, "proc/20/ns/mnt"));
			put_link(f, name, shared);
			continue;
		}
		put(f, name, "");
		snprintf(name, sizeof(name), "proc/%u/cwd", pid);
		put_link(f, name, "/srv/pg/data");
	}
	put(f, "proc/20/root/srv/pg/data/1", "0123456789");
	put(f, "proc/20/root/srv/big", "0123456789012345678901234567890123456789");
	put(f, "proc/21/root/srv/pg/data/1", "01234");
	snprintf(shared, sizeof(shared), "%s", path_of(f, "proc/21/root/srv"));
	put_link(f, "proc/22/root/srv", shared);
	snprintf(shared, sizeof(shared), "%s", path_of(f, "proc/20/root"));
	put_link(f, "proc/23/root", shared);
	enrich_discover_databases(f->e);
	assert_int_equal(enrich_data_dirs(f->e, &dirs), 3);
	for (int i = 0; i < 3; i++)
		assert_string_equal(dirs[i], "/srv/pg/data");
	while (!enrich_measure_step(f->e, 0) && steps < 1000)
		steps++;
	assert_int_equal(enrich_database_bytes(f->e), 10 + 5);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_process_is_named),
		T(a_reused_pid_names_nobody),
		T(shared_identities),
		T(containers_by_cgroup_id),
		T(containers_without_state_have_a_short_id),
		T(a_users_cgroup_is_no_container_of_roots),
		T(podman_names_its_containers),
		T(pods_are_named_by_annotations),
		T(backend_titles_are_believed_from_backends_only),
		T(user_follows_exec),
		T(life_events_name_the_short_lived),
		T(begun_as_proc_self_exe),
		T(parents_outlive_themselves),
		T(exec_renames),
		T(interpreters_go_by_their_script),
		T(the_cache_is_bounded),
		T(databases_and_their_size),
		T(a_size_cannot_be_made_up),
		T(directories_of_several_containers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
