/* SPDX-License-Identifier: Apache-2.0
 *
 * What an alert learns of real processes: hash, directory, parents; of deleted
 * programs and of ended processes too, and never of a file that is not the one.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "enrich/enrich.h"
#include "enrich/exehash.h"
#include "enrich/proc.h"
#include "scratch.h"

#define TICK_NS 10000000ull /* USER_HZ is 100 on every architecture Debian has */

struct fixture {
	char dir[SCRATCH_MAX], program[80];
	struct enrich *e;
	pid_t pid;
	int in; /* the child's standard input: it ends with it */
};

static void copy_file(const char *from, const char *to)
{
	int in _cleanup_close_ = open(from, O_RDONLY | O_CLOEXEC);
	int out _cleanup_close_ = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	char chunk[65536];
	ssize_t n;

	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, chunk, sizeof(chunk))) > 0)
		assert_int_equal(write(out, chunk, (size_t)n), n);
	assert_int_equal(n, 0);
}

/* Starts `program` and returns when it has called exec. */
static void spawn(struct fixture *f, const char *program)
{
	int in[2], ready[2];
	char byte;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	f->pid = fork();
	assert_true(f->pid >= 0);
	if (f->pid == 0) {
		if (dup2(in[0], 0) < 0 || chdir(f->dir) < 0)
			_exit(126);
		execl(program, "cat", "-", (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 0); /* closed by exec */
	close(ready[0]);
	f->in = in[1];
}

static void finish(struct fixture *f)
{
	close(f->in);
	assert_int_equal(waitpid(f->pid, NULL, 0), f->pid);
}

static uint64_t start_of(pid_t pid)
{
	int fd _cleanup_close_ = proc_open("/proc", (uint32_t)pid);
	struct proc_stat st;
	char text[1024];
	int n;

	assert_true(fd >= 0);
	n = proc_read(fd, "stat", text, sizeof(text));
	assert_true(n > 0);
	assert_int_equal(proc_parse_stat(text, (size_t)n, &st), 0);
	return st.start_ticks * TICK_NS;
}

static const struct ident *ident_of(struct fixture *f, pid_t pid)
{
	struct eg_flow_key key = { .tgid = (uint32_t)pid, .start_ns = start_of(pid) };

	return enrich_process(f->e, &key);
}

static void sha256_of(const char *path, char ret[EXEHASH_HEX])
{
	char command[PATH_MAX + 32];
	FILE *p;

	snprintf(command, sizeof(command), "sha256sum <%s", path);
	p = popen(command, "re");
	assert_non_null(p);
	assert_non_null(fgets(ret, EXEHASH_HEX, p));
	pclose(p);
}

/* The hash may come at a later call. */
static const char *hash_of(struct fixture *f, const struct ident *id)
{
	for (int i = 0; i < 1000 && !id->exe_sha256[0]; i++) {
		enrich_suspect(f->e, id);
		if (!id->exe_sha256[0])
			usleep(1000);
	}
	return id->exe_sha256;
}

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ 0 };
	assert_non_null(mkdtemp(scratch_name(f.dir, "suspect")));
	snprintf(f.program, sizeof(f.program), "%s/cat", f.dir);
	assert_int_equal(enrich_new(&(struct enrich_options){ 0 }, &f.e), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	enrich_free(f->e);
	(void)unlink(f->program);
	return rmdir(f->dir);
}

static void live_process_is_known_in_full(void **state)
{
	struct fixture *f = *state;
	const struct ident *id;
	char want[EXEHASH_HEX], cwd[PATH_MAX];

	spawn(f, "/bin/cat");
	id = ident_of(f, f->pid);
	assert_string_equal(id->exe_sha256, ""); /* nobody asked yet */
	sha256_of("/bin/cat", want);
	assert_string_equal(hash_of(f, id), want);
	assert_non_null(realpath(f->dir, cwd));
	assert_string_equal(id->cwd, cwd);
	assert_non_null(strstr(id->ancestors, "test_suspect < "));
	assert_string_not_equal(id->real_user, "");
	finish(f);
}

static void deleted_program_is_hashed_as_it_ran(void **state)
{
	struct fixture *f = *state;
	const struct ident *id;
	char want[EXEHASH_HEX];

	copy_file("/bin/cat", f->program);
	spawn(f, f->program);
	id = ident_of(f, f->pid);
	sha256_of("/bin/cat", want);
	assert_int_equal(unlink(f->program), 0);
	copy_file("/bin/ls", f->program); /* another file under its name */
	assert_string_equal(hash_of(f, id), want);
	finish(f);
}

static void ended_process_is_hashed_by_its_old_file_only(void **state)
{
	struct fixture *f = *state;
	const struct ident *old, *replaced;
	char want[EXEHASH_HEX];

	spawn(f, "/bin/cat");
	old = ident_of(f, f->pid);
	finish(f);
	copy_file("/bin/cat", f->program);
	spawn(f, f->program);
	replaced = ident_of(f, f->pid);
	finish(f);
	copy_file("/bin/ls", f->program);
	sha256_of("/bin/cat", want);
	assert_string_equal(hash_of(f, old), want);
	enrich_suspect(f->e, replaced);
	enrich_suspect(f->e, replaced);
	assert_string_equal(replaced->exe_sha256, "");
}

static void shared_identities_are_left_alone(void **state)
{
	struct fixture *f = *state;
	struct eg_flow_key nobody = { .flags = EG_FLOW_KERNEL };

	enrich_suspect(f->e, enrich_process(f->e, &nobody));
	assert_string_equal(enrich_process(f->e, &nobody)->exe_sha256, "");
}

static void huge_and_strange_files_are_refused(void **state)
{
	struct fixture *f = *state;
	struct exehash_key key, other = { .ino = 1 };
	struct exehash *h;
	char hex[EXEHASH_HEX];
	int fd _cleanup_close_ = open(f->program, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int dir _cleanup_close_ = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(exehash_new(&h), 0);
	assert_int_equal(ftruncate(fd, 1ll << 40), 0); /* sparse */
	assert_int_equal(exehash_ask(h, fd, &key), -EFBIG);
	assert_int_equal(exehash_ask(h, dir, &key), -EFBIG);
	assert_int_equal(exehash_get(h, &other, 0, hex), -ENOENT);
	/* an end in the middle of a large file does not wait for it */
	assert_int_equal(ftruncate(fd, 500ll << 20), 0);
	assert_int_equal(exehash_ask(h, fd, &key), 0);
	assert_int_equal(exehash_ask(h, fd, &key), 0);
	exehash_free(h);
}

/* Many different files at once: the queue says no and never loses one it took. */
static void full_queue_refuses(void **state)
{
	struct fixture *f = *state;
	struct exehash *h;
	unsigned int busy = 0, taken = 0;
	struct exehash_key key[100];
	char hex[EXEHASH_HEX];
	int fd _cleanup_close_ = open(f->program, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(exehash_new(&h), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(key); i++) {
		int err;

		assert_int_equal(ftruncate(fd, (off_t)(100 << 20) + i), 0); /* another key */
		err = exehash_ask(h, fd, &key[taken]);
		assert_true(err == 0 || err == -EBUSY);
		busy += err == -EBUSY;
		taken += err == 0;
	}
	assert_true(busy > 0);
	assert_true(taken >= 8);
	for (unsigned int i = 0; i < taken; i++) {
		int err = exehash_get(h, &key[i], 0, hex);

		assert_true(err == 0 || err == -EAGAIN);
	}
	exehash_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(live_process_is_known_in_full, setup, teardown),
		cmocka_unit_test_setup_teardown(deleted_program_is_hashed_as_it_ran, setup,
						teardown),
		cmocka_unit_test_setup_teardown(ended_process_is_hashed_by_its_old_file_only, setup,
						teardown),
		cmocka_unit_test_setup_teardown(shared_identities_are_left_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(huge_and_strange_files_are_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(full_queue_refuses, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
