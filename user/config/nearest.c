/* SPDX-License-Identifier: Apache-2.0
 *
 * The word a person may have meant, by edit distance. Pure.
 */
#include <string.h>

#include "config/internal.h"

size_t nearest_distance(const char *a, const char *b)
{
	size_t row[NEAREST_MAX_CHARS + 1], n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			size_t change = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			row[j + 1] = MIN(change, MIN(row[j], diagonal) + 1);
		}
	}
	return row[n];
}

void nearest_try(struct nearest *n, const char *known)
{
	size_t len = strlen(n->word), d;

	if (len > NEAREST_MAX_CHARS || strlen(known) > NEAREST_MAX_CHARS)
		return;
	d = nearest_distance(n->word, known);
	if (d > MAX(len / 3, (size_t)1)) {
		/* "dest" is no slip but the beginning of one name. */
		if (len < 3 || strncmp(n->word, known, len) != 0)
			return;
		d = len;
	}
	if (n->found && d >= n->distance)
		return;
	n->distance = d;
	n->found = known;
}
