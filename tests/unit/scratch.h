/* SPDX-License-Identifier: Apache-2.0
 *
 * A file or directory of a test's own, where the runner wants it. cmocka's headers come
 * before this one.
 */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SCRATCH_MAX = 64 };

/* A name for mkdtemp() or mkstemp(), below TMPDIR: what a killed test leaves, the runner removes. */
static inline char *scratch_name(char name[SCRATCH_MAX], const char *what)
{
	const char *top = getenv("TMPDIR");

	assert_in_range(snprintf(name, SCRATCH_MAX, "%s/egress-%s-XXXXXX", top ? top : "/tmp",
				 what),
			1, SCRATCH_MAX - 1);
	return name;
}

/* Removes a directory and the files in it (no directories). */
static inline void scratch_remove(const char *dir)
{
	char pattern[96];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*", dir);
	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			assert_int_equal(unlink(found.gl_pathv[i]), 0);
	globfree(&found);
	assert_int_equal(rmdir(dir), 0);
}

#endif
