/* SPDX-License-Identifier: Apache-2.0
 *
 * One line of a `flows` answer: what the quick reader takes means the same to json-c.
 */
#include <string.h>

#include "base/cleanup.h"
#include "top/flat_line.h"

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void compare(const struct flow_line *quick, const struct flow_line *slow)
{
	if (quick->known != slow->known || memcmp(quick->num, slow->num, sizeof(slow->num)) != 0 ||
	    quick->ended != slow->ended || quick->exited != slow->exited ||
	    quick->other != slow->other || slow->is_total)
		abort();
	for (int f = 0; f < T_COUNT; f++)
		if (!same_text(quick->text[f], slow->text[f]))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1), *copy = malloc(size + 1);
	struct flat_hints hints = { 0 };
	struct flow_line quick, slow;

	if (!text || !copy)
		return 0;
	memcpy(text, data, size);
	memcpy(copy, data, size);
	text[size] = copy[size] = '\0';
	if (flat_line_read(copy, size, &hints, &quick)) {
		memcpy(copy, data, size); /* again, by what is known now */
		if (!flat_line_read(copy, size, &hints, &quick))
			abort();
		if (flow_line_parse_json(text, size, &slow) < 0)
			abort();
		compare(&quick, &slow);
		flow_line_free(&slow);
	}
	(void)flow_line_parse(text, size, &hints, &slow);
	flow_line_free(&slow);
	return 0;
}
