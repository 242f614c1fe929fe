/* SPDX-License-Identifier: Apache-2.0
 *
 * A disk without a free block: the spool and the slots go on, the history pauses and
 * comes back by itself. On a small tmpfs in a mount namespace of its own; needs root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/buf.h"
#include "sink/spool.h"
#include "store/db.h"
#include "store/schema.h"
#include "store/slots.h"
#include "store/store.h"
#include "scratch.h"

#define DISK_BYTES "4m"

static char disk[SCRATCH_MAX];

/* The store wants a flow table; it has no flows here. */
int flowtab_each(const struct flowtab *t, flow_fn fn, void *ctx)
{
	(void)t;
	(void)fn;
	(void)ctx;
	return 0;
}

static const char *on_disk(const char *name, char path[96])
{
	snprintf(path, 96, "%s/%s", disk, name);
	return path;
}

/* Takes every free block; what is left is less than one. */
static void fill_disk(void)
{
	static const char block[4096] = { 1 };
	char path[96];
	int fd = open(on_disk("ballast", path), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	while (write(fd, block, sizeof(block)) > 0)
		;
	assert_int_equal(errno, ENOSPC);
	close(fd);
}

static void free_disk(void)
{
	char path[96];

	assert_int_equal(unlink(on_disk("ballast", path)), 0);
}

static int mount_disk(void **state)
{
	(void)state;
	if (!mkdtemp(scratch_name(disk, "full")))
		return -1;
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", disk, "tmpfs", 0, "size=" DISK_BYTES) < 0) {
		(void)rmdir(disk);
		disk[0] = '\0'; /* the tests skip */
	}
	return 0;
}

static int unmount_disk(void **state)
{
	(void)state;
	if (disk[0])
		return umount(disk) < 0 || rmdir(disk) < 0 ? -1 : 0;
	return 0;
}

static void test_spool(void **state)
{
	struct buf out _cleanup_buf_ = BUF_INIT;
	struct spool *s = NULL, *second = NULL;
	char path[96], record[1400] = "an alert";
	uint64_t sequence = 0;

	(void)state;
	if (!disk[0])
		skip();
	assert_int_equal(spool_open(on_disk("spool", path), 512u << 10, &s), 0);
	fill_disk();
	for (uint64_t n = 1; n <= 2000; n++) { /* five times around */
		assert_int_equal(spool_append(s, record, sizeof(record), &sequence), 0);
		assert_int_equal(spool_ack(s, n % 2 ? "odd" : "even", n), 0);
	}
	assert_int_equal(spool_read(s, 2000, &out, &sequence), 0);
	spool_close(s);
	assert_int_equal(spool_open(path, 512u << 10, &s), 0); /* and a restart on it */
	assert_int_equal(spool_append(s, record, sizeof(record), &sequence), 0);
	assert_int_equal(sequence, 2001);
	spool_close(s);
	/* What cannot be had is said when it is opened, not when an alert comes. */
	assert_int_equal(spool_open(on_disk("second", path), 512u << 10, &second), -ENOSPC);
	free_disk();
	assert_int_equal(spool_open(on_disk("spool", path), 1u << 20, &s), 0); /* larger now */
	fill_disk();
	for (uint64_t n = 1; n <= 2000; n++)
		assert_int_equal(spool_append(s, record, sizeof(record), &sequence), 0);
	spool_close(s);
	free_disk();
}

static void test_slots(void **state)
{
	struct buf out _cleanup_buf_ = BUF_INIT;
	struct slots *s = NULL, *second = NULL;
	char path[96], *aside = NULL, *big = calloc(1, 100000);

	(void)state;
	if (!disk[0])
		skip();
	assert_int_equal(slots_open(on_disk("state", path), 20000, &aside, &s), 0);
	fill_disk();
	for (int i = 0; i < 20; i++)
		assert_int_equal(slots_write(s, big, 20000), 0);
	assert_int_equal(slots_write(s, "last", 4), 0);
	assert_int_equal(slots_write(s, big, 100000), -EFBIG);
	assert_int_equal(slots_read(s, &out), 0);
	assert_string_equal(out.data, "last");
	assert_int_equal(slots_open(on_disk("more", path), 20000, &aside, &second), -ENOSPC);
	free_disk();
	assert_int_equal(slots_write(s, big, 100000), 0);
	assert_int_equal(slots_read(s, &out), 0);
	assert_int_equal(out.len, 100000);
	slots_close(s);
	free(big);
}

static void test_history(void **state)
{
	struct store_options options = { .max_bytes = 64u << 20, .max_days = 30 };
	struct alert_event event = { .ts = 1777600000, .alert_id = "aa" };
	struct buf out _cleanup_buf_ = BUF_INIT;
	struct store *s = NULL;
	struct sqlite3 *db = NULL;
	char path[96], *aside = NULL, json[1400];
	int64_t gaps = 0;
	int r = 0, n = 0;

	(void)state;
	if (!disk[0])
		skip();
	memset(json, 'x', sizeof(json) - 1);
	json[sizeof(json) - 1] = '\0';
	options.path = on_disk("history.db", path);
	assert_int_equal(store_open(&options, &aside, &s), 0);
	assert_int_equal(store_add_audit(s, 1, 0, "before", ""), 0);
	fill_disk();
	for (n = 0; n < 10000 && r == 0; n++) { /* its log may still have room in its pages */
		snprintf(event.event_id, sizeof(event.event_id), "e%d", n);
		r = store_add_alert(s, &event, json);
	}
	assert_int_equal(r, -ENOSPC);
	assert_true(store_paused(s));
	assert_int_equal(store_add_alert(s, &event, json), -ENOSPC);
	assert_int_equal(store_alerts_json(s, 0, 1, &out), 0); /* it can still be asked */
	free_disk();
	assert_int_equal(store_add_alert(s, &event, "{\"after\":1}"), 0);
	assert_false(store_paused(s));
	buf_clear(&out);
	assert_int_equal(store_alerts_json(s, 0, 1, &out), 0);
	assert_string_equal(out.data, "{\"after\":1}\n");
	store_close(s);
	assert_null(aside);
	assert_int_equal(store_open(&options, &aside, &s), 0); /* and is not taken for damaged */
	assert_null(aside);
	store_close(s);
	assert_int_equal(db_open(path, 1u << 20, NULL, schema_version, &db), 0);
	assert_int_equal(
		db_number(db, "SELECT count(*) FROM audit WHERE action = 'history.gap'", &gaps), 0);
	db_close(db);
	assert_int_equal(gaps, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spool),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_history),
	};

	return cmocka_run_group_tests(tests, mount_disk, unmount_disk);
}
