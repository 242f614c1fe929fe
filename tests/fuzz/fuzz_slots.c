/* SPDX-License-Identifier: Apache-2.0
 *
 * State slots. An even first byte: the rest is the file as it is. Odd: two states are
 * written, then bytes of the file are changed as the input says; what is read must be
 * one of the two or nothing. Either way it must work afterwards.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/files.h"
#include "store/slots.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROOM 4000 /* one block a state */

static struct slots *open_slots(const char *path, bool *ret_aside)
{
	struct slots *s = NULL;
	char *aside = NULL;

	if (slots_open(path, ROOM, &aside, &s) < 0)
		abort();
	*ret_aside = aside != NULL;
	if (aside)
		unlink(aside);
	free(aside);
	return s;
}

static void spoil(const char *path, const uint8_t *data, size_t size)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (size % 2) /* cut off somewhere */
		(void)!ftruncate(fd, size * 64 % 16384);
	for (; size >= 3; data += 3, size -= 3) {
		off_t at = (data[0] | data[1] << 8) % 16384;
		uint8_t byte;

		if (files_read_at(fd, &byte, 1, at) != 1)
			continue;
		byte ^= data[2];
		(void)files_write_at(fd, &byte, 1, at);
	}
	close(fd);
}

static void check(const char *path, bool ours)
{
	_cleanup_buf_ struct buf state = BUF_INIT;
	bool aside;
	struct slots *s = open_slots(path, &aside);

	if (slots_read(s, &state) < 0)
		abort();
	if (ours && state.len > 0 && strcmp(state.data, "the first state") != 0 &&
	    strcmp(state.data, "the second state") != 0)
		abort();
	if (slots_write(s, "and on", 6) < 0)
		abort();
	slots_close(s);
	s = open_slots(path, &aside);
	if (aside || slots_read(s, &state) < 0 || strcmp(state.data, "and on") != 0)
		abort();
	slots_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	bool aside;

	if (size == 0)
		return 0;
	snprintf(path, sizeof(path), "/dev/shm/egress-fuzz-%d.state", getpid());
	if (data[0] & 1) {
		struct slots *s = open_slots(path, &aside);

		if (slots_write(s, "the first state", 15) < 0 ||
		    slots_write(s, "the second state", 16) < 0)
			abort();
		slots_close(s);
		spoil(path, data + 1, size - 1);
	} else {
		int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		if (fd < 0 || files_write_at(fd, data + 1, size - 1, 0) < 0)
			abort();
		close(fd);
	}
	check(path, data[0] & 1);
	unlink(path);
	return 0;
}
