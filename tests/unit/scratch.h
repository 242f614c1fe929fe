/* SPDX-License-Identifier: Apache-2.0
 *
 * A directory of a test's own. cmocka's headers come before this one.
 */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
