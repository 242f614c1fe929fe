/* SPDX-License-Identifier: Apache-2.0
 *
 * What container runtimes answer: Docker's JSON, CRI's protobuf (as containerd 1.6
 * sends it), labels that are kept; the sockets of the configuration; the worker with
 * nobody to ask.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/protobuf.h"
#include "config/runtimes.h"
#include "enrich/rootless.h"
#include "enrich/runtime.h"
#include "enrich/runtime_child.h"
#include "enrich/runtime_facts.h"
#include "scratch.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static void dockers_answer(void **state)
{
	static const char json[] =
		"{\"Id\":\"" ID "\",\"Name\":\"/shop-db\",\"Config\":{\"Image\":\"postgres:15\","
		"\"Labels\":{\"team\":\"books\",\"other\":\"1\",\"team.lead\":\"a\\\"b\\n\","
		"\"io.kubernetes.pod.name\":\"shop-0\",\"io.kubernetes.pod.namespace\":\"shop\","
		"\"team x\":\"no key\",\"teams\":7}}}";
	struct runtime_facts f = { 0 };

	(void)state;
	assert_int_equal(runtime_rest_read(json, strlen(json), "team", &f), 0);
	assert_string_equal(f.name, "shop-db");
	assert_string_equal(f.image, "postgres:15");
	assert_string_equal(f.pod, "shop-0");
	assert_string_equal(f.pod_namespace, "shop");
	assert_string_equal(f.labels, "\"container.labels.team\":\"books\","
				      "\"container.labels.team.lead\":\"a\\\"b \"");
	runtime_facts_clear(&f);
	for (size_t len = 0; len < strlen(json); len++)
		assert_int_equal(runtime_rest_read(json, len, "team", &f), -EBADMSG);
	assert_int_equal(runtime_rest_read("{\"message\":\"x\"}", 15, "", &f), -EBADMSG);
	assert_null(f.name);
}

static void labels_are_bounded(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	char key[300], value[2000];
	unsigned int count = 0;

	(void)state;
	memset(value, 'v', sizeof(value));
	memset(key, 'k', sizeof(key));
	label_add(&b, &count, "k", key, sizeof(key), "x", 1);
	label_add(&b, &count, "", "k", 1, "x", 1);
	label_add(&b, &count, "k", "", 0, "x", 1);
	label_add(&b, &count, "k", "k\0k", 3, "x", 1);
	assert_int_equal(b.len, 0);
	for (unsigned int i = 0; i < 2 * LABELS_MAX; i++) {
		int len = snprintf(key, sizeof(key), "k%u", i);

		label_add(&b, &count, "a k", key, (size_t)len, value, sizeof(value));
		assert_true(b.len <= LABELS_BYTES_MAX);
	}
	assert_true(count > 4 && count < LABELS_MAX); /* bytes end it before their number */
	for (unsigned int i = 0; i < 2 * LABELS_MAX; i++)
		label_add(&b, &count, "z", "z", 1, "", 0);
	assert_int_equal(count, LABELS_MAX);
}

/* map<string, string> */
static void put_pair(struct buf *b, uint32_t field, const char *key, const char *value)
{
	_cleanup_buf_ struct buf pair = BUF_INIT;

	protobuf_string(&pair, 1, key);
	protobuf_string(&pair, 2, value);
	protobuf_message(b, field, &pair);
}

static void put_nested(struct buf *b, uint32_t field, uint32_t inner, const char *text)
{
	_cleanup_buf_ struct buf m = BUF_INIT;

	protobuf_string(&m, inner, text);
	protobuf_message(b, field, &m);
}

static void a_container_by_cri(void **state)
{
	_cleanup_buf_ struct buf c = BUF_INIT, list = BUF_INIT;
	struct runtime_facts f = { 0 };

	(void)state;
	protobuf_string(&c, 1, ID);
	protobuf_string(&c, 2, POD);
	put_nested(&c, 3, 1, "teller");
	put_nested(&c, 4, 1, "registry.example/ledger:7");
	protobuf_varint(&c, 6, 1);
	put_pair(&c, 8, "team", "ledgers");
	put_pair(&c, 8, "unwanted", "x");
	protobuf_message(&list, 1, &c);
	assert_int_equal(
		runtime_cri_read_container((const uint8_t *)list.data, list.len, "team", &f), 0);
	assert_string_equal(f.name, "teller");
	assert_string_equal(f.image, "registry.example/ledger:7");
	assert_string_equal(f.sandbox_id, POD);
	assert_string_equal(f.labels, "\"container.labels.team\":\"ledgers\"");
	runtime_facts_clear(&f);
	for (size_t len = 1; len < list.len; len++)
		assert_true(runtime_cri_read_container((const uint8_t *)list.data, len, "team",
						       &f) == -EBADMSG);
	assert_int_equal(runtime_cri_read_container((const uint8_t *)"", 0, "team", &f), -ENOENT);
}

static void its_pod_and_image_by_cri(void **state)
{
	_cleanup_buf_ struct buf meta = BUF_INIT, status = BUF_INIT, all = BUF_INIT;
	struct runtime_facts f = { .labels = strdup("\"container.labels.a\":\"1\"") };

	(void)state;
	protobuf_string(&status, 1, POD);
	protobuf_string(&meta, 1, "ledger-0");
	protobuf_string(&meta, 2, "uid");
	protobuf_string(&meta, 3, "accounts");
	protobuf_message(&status, 2, &meta);
	put_pair(&status, 7, "team", "pods");
	put_nested(&status, 8, 1, "registry.example/ledger:7");
	protobuf_message(&all, 1, &status);
	assert_int_equal(runtime_cri_read_pod((const uint8_t *)all.data, all.len, "team", &f), 0);
	assert_string_equal(f.pod, "ledger-0");
	assert_string_equal(f.pod_namespace, "accounts");
	assert_string_equal(f.labels, "\"container.labels.a\":\"1\"");
	f.image = strdup("sha256:1");
	assert_int_equal(runtime_cri_read_image((const uint8_t *)all.data, all.len, &f), 0);
	assert_string_equal(f.image, "registry.example/ledger:7");
	assert_int_equal(runtime_cri_read_image((const uint8_t *)"\x0a\x00", 2, &f), -ENOENT);
	assert_string_equal(f.image, "registry.example/ledger:7");
	runtime_facts_clear(&f);
}

static void sockets_of_the_configuration(void **state)
{
	static const char *const bad[] = { "docker", "docker:", "docker:run/x", "tcp:/x",
					   "docker:/a cri" };
	struct runtime_socket s[RUNTIME_SOCKETS_MAX];
	size_t count;

	(void)state;
	assert_int_equal(runtime_sockets_parse(" docker:/a, cri:/b/c podman:/d ", s, &count, NULL),
			 0);
	assert_int_equal(count, 3);
	assert_int_equal(s[1].speech, SPEECH_CRI);
	assert_string_equal(s[1].path, "/b/c");
	assert_int_equal(runtime_sockets_parse(NULL, s, &count, NULL), 0);
	assert_int_equal(count, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_buf_ struct buf why = BUF_INIT;

		assert_int_equal(runtime_sockets_parse(bad[i], s, &count, &why), -EINVAL);
		assert_true(why.len > 0);
	}
}

static void packets_between_daemon_and_child(void **state)
{
	static const char *const forged[] = {
		"\"container.labels.a\":\"1\",\"user.name\":\"root\"",
		"\"container.labels.a\":\"1\"},\"user.name\":{",
		"\"container.labels.a\":{}",
		"'container.labels.a':'1'",
		"\"container.labels.a\":\"1\"}\n{",
	};
	_cleanup_buf_ struct buf asked = BUF_INIT, reply = BUF_INIT, big = BUF_INIT;
	struct runtime_question q = { SPEECH_CRI, "/run/x.sock", ID, "team app" }, got;
	struct runtime_facts f = { .name = strdup("teller"),
				   .labels = strdup("\"container.labels.a\":\"1\"") },
			     back = { 0 };
	char *longer = calloc(1, 10001);

	(void)state;
	assert_int_equal(runtime_question_put(&asked, &q), 0);
	assert_int_equal(runtime_question_get(asked.data, asked.len, &got), 0);
	assert_int_equal(got.speech, SPEECH_CRI);
	assert_string_equal(got.socket, q.socket);
	assert_string_equal(got.id, q.id);
	assert_string_equal(got.labels, q.labels);
	for (size_t len = 0; len < asked.len; len++)
		assert_int_equal(runtime_question_get(asked.data, len, &got), -EBADMSG);
	runtime_reply_put(&reply, 0, &f);
	assert_int_equal(runtime_reply_get(reply.data, reply.len, &back), 0);
	assert_string_equal(back.name, "teller");
	assert_string_equal(back.labels, f.labels);
	assert_null(back.image);
	runtime_facts_clear(&back);
	buf_clear(&reply);
	runtime_reply_put(&reply, -ENOENT, &f);
	assert_int_equal(runtime_reply_get(reply.data, reply.len, &back), -ENOENT);
	runtime_facts_clear(&back);
	/* A child that was taken over cannot write the daemon's JSON. */
	free(f.labels);
	for (size_t i = 0; i < ARRAY_SIZE(forged); i++) {
		f.labels = strdup(forged[i]);
		buf_clear(&reply);
		runtime_reply_put(&reply, 0, &f);
		assert_int_equal(runtime_reply_get(reply.data, reply.len, &back), -EBADMSG);
		runtime_facts_clear(&back);
		free(f.labels);
		f.labels = NULL;
	}
	assert_int_equal(runtime_reply_get("", 0, &back), -EPROTO);
	assert_int_equal(runtime_reply_get("\x0a", 1, &back), -EBADMSG);
	memset(longer, 'x', 10000);
	f.image = longer;
	runtime_reply_put(&big, 0, &f);
	assert_true(big.len < RUNTIME_PACKET_MAX);
	assert_int_equal(runtime_reply_get(big.data, big.len, &back), 0);
	assert_int_equal(strlen(back.image), RUNTIME_TEXT_MAX);
	runtime_facts_clear(&back);
	runtime_facts_clear(&f);
}

/* Waits for the worker, for as long as cmocka's caller lets it. */
static void take(struct runtimes *r, struct runtime_answer *ret)
{
	while (!runtimes_take(r, ret))
		usleep(1000);
}

static void put_file(const char *path, const char *text)
{
	char dir[256];
	FILE *f;

	for (const char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		snprintf(dir, sizeof(dir), "%.*s", (int)(p - path), path);
		(void)mkdir(dir, 0700);
	}
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* Whom a test may make files of. Only root: somebody else too. */
static unsigned int somebody(void)
{
	return geteuid() ? geteuid() : 1000;
}

static void give_to(const char *path, unsigned int uid)
{
	assert_int_equal(chown(path, uid, getegid()), 0);
}

/* A home full of links: what they lead to is looked at, and opened only if it is its owner's. */
static void a_home_with_links_to_others(void **state)
{
	static const char list[] = "[{\"id\":\"" ID "\",\"names\":[\"web\"]}]";
	char dir[SCRATCH_MAX], passwd[80], text[128], store[256], target[128];
	struct runtime_facts facts = { 0 };

	(void)state;
	assert_non_null(mkdtemp(scratch_name(dir, "links")));
	snprintf(passwd, sizeof(passwd), "%s/passwd", dir);
	snprintf(text, sizeof(text), "ann:x:%u:1::/ann:/bin/sh\n", somebody());
	put_file(passwd, text);
	snprintf(target, sizeof(target), "%s/target", dir);
	put_file(target, list);
	snprintf(store, sizeof(store),
		 "%s/ann/.local/share/containers/storage/overlay-containers/containers.json", dir);
	put_file(store, "");
	assert_int_equal(unlink(store), 0);
	assert_int_equal(symlink(target, store), 0);
	give_to(target, somebody());
	assert_int_equal(rootless_find(passwd, dir, somebody(), ID, &facts), 0);
	assert_string_equal(facts.name, "web");
	runtime_facts_clear(&facts);
	if (geteuid() == 0) {
		give_to(target, somebody() + 1);
		assert_int_equal(rootless_find(passwd, dir, somebody(), ID, &facts), -ENOENT);
		give_to(target, 0);
		assert_int_equal(rootless_find(passwd, dir, somebody(), ID, &facts), -ENOENT);
	}
	assert_int_equal(unlink(target), 0);
	assert_int_equal(mkfifo(target, 0600), 0);
	give_to(target, somebody());
	assert_int_equal(rootless_find(passwd, dir, somebody(), ID, &facts), -ENOENT);
	for (char *path = store; strlen(path) > strlen(dir); *strrchr(path, '/') = '\0')
		(void)remove(path);
	assert_int_equal(unlink(target), 0);
	assert_int_equal(unlink(passwd), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void rootless_containers_by_their_users_files(void **state)
{
	const unsigned int ann = somebody(), ben = geteuid() ? ann : ann + 1;
	char dir[SCRATCH_MAX], passwd[80], users[128], store[256], docker[256];
	struct runtime_options o = { .labels = "", .fs_root = dir, .passwd_path = passwd };
	struct runtime_answer a;
	struct runtimes *r;

	(void)state;
	assert_non_null(mkdtemp(scratch_name(dir, "runtimes")));
	snprintf(passwd, sizeof(passwd), "%s/passwd", dir);
	/* One user can make files of nobody else's: then both homes are one. */
	snprintf(users, sizeof(users),
		 "root:x:0:0::/root:/bin/sh\nann:x:%u:1::/srv/ann:/bin/sh\n"
		 "ben:x:%u:1::/srv/%s:/bin/sh\n",
		 ann, ben, ben == ann ? "ann" : "ben");
	put_file(passwd, users);
	snprintf(store, sizeof(store),
		 "%s/srv/ann/.local/share/containers/storage/overlay-containers/containers.json",
		 dir);
	put_file(store, "[{\"id\":\"" ID "\",\"names\":[\"web\"],"
			"\"metadata\":\"{\\\"image-name\\\":\\\"nginx:1\\\"}\"}]");
	snprintf(docker, sizeof(docker),
		 "%s/srv/%s/.local/share/docker/containers/" POD "/config.v2.json", dir,
		 ben == ann ? "ann" : "ben");
	put_file(docker, "{\"Name\":\"/bens\",\"Config\":{\"Image\":\"redis:7\"}}");
	give_to(store, ann);
	give_to(docker, ben);
	assert_int_equal(runtimes_new(&o, &r), 0);
	assert_int_equal(runtimes_ask(r, RUNTIME_PODMAN, ID, 0), -ENOENT);
	assert_int_equal(runtimes_ask(r, RUNTIME_PODMAN, "../" ID, ann), -ENOENT);
	assert_int_equal(runtimes_ask(r, RUNTIME_PODMAN, ID, ann), 0);
	take(r, &a);
	assert_string_equal(a.id, ID);
	assert_string_equal(a.facts.name, "web");
	assert_string_equal(a.facts.image, "nginx:1");
	runtime_facts_clear(&a.facts);
	assert_int_equal(runtimes_ask(r, RUNTIME_DOCKER, POD, ben), 0);
	take(r, &a);
	assert_string_equal(a.facts.name, "bens");
	runtime_facts_clear(&a.facts);
	if (ben != ann) /* ann has none such */
		assert_int_equal(runtimes_ask(r, RUNTIME_DOCKER, POD, ann), 0);
	runtimes_free(r);
	for (char *path = store; strlen(path) > strlen(dir); *strrchr(path, '/') = '\0')
		(void)remove(path);
	for (char *path = docker; strlen(path) > strlen(dir); *strrchr(path, '/') = '\0')
		(void)remove(path);
	assert_int_equal(unlink(passwd), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* A full queue says so, and the end does not wait for the questions in it. */
static void the_queue_is_bounded(void **state)
{
	struct runtime_options o = { .sockets = "docker:/nonexistent/socket" };
	struct runtime_stats stats;
	struct runtimes *r;
	int err = 0;

	(void)state;
	assert_int_equal(runtimes_new(&o, &r), 0);
	for (unsigned int i = 0; i < 1000 && !err; i++) {
		char id[65];

		snprintf(id, sizeof(id), "%064x", i);
		err = runtimes_ask(r, RUNTIME_DOCKER, id, 0);
	}
	assert_int_equal(err, -EBUSY);
	runtimes_get_stats(r, &stats);
	assert_true(stats.asked >= 256);
	assert_int_equal(stats.answered, 0);
	runtimes_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dockers_answer),
		cmocka_unit_test(labels_are_bounded),
		cmocka_unit_test(a_container_by_cri),
		cmocka_unit_test(its_pod_and_image_by_cri),
		cmocka_unit_test(packets_between_daemon_and_child),
		cmocka_unit_test(sockets_of_the_configuration),
		cmocka_unit_test(rootless_containers_by_their_users_files),
		cmocka_unit_test(a_home_with_links_to_others),
		cmocka_unit_test(the_queue_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
