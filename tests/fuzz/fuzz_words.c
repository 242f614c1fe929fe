/* SPDX-License-Identifier: Apache-2.0
 *
 * Declarations as text ("expect", then a line a key) and as a saved state: whatever is
 * taken can be said again, saved, loaded and spent, and comes out the same.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "model/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Saving what was loaded is a fixed point. */
static void check_saved(const struct words *w)
{
	_cleanup_buf_ struct buf once = BUF_INIT, twice = BUF_INIT;
	struct words *again;

	if (words_new(&again) < 0)
		abort();
	if (words_save(w, &once) < 0 || words_load(again, once.data, once.len) < 0 ||
	    words_save(again, &twice) < 0)
		abort();
	if (once.len != twice.len || memcmp(once.data, twice.data, once.len) != 0)
		abort();
	words_free(again);
}

static void spend(struct words *w)
{
	struct names *names;
	struct tick_row row = { .tx_bytes = UINT64_MAX / 3, .rd_bytes = UINT64_MAX / 3 };

	if (names_new(&names) < 0 || words_mark(w, names) < 0)
		abort();
	row.actor = names_actor(names, "restic", "restic", "", "root");
	row.dest = names_dest(names, "10.0.5.9", EG_SCOPE_UNKNOWN);
	for (int64_t ts = 1714348800; ts < 1714348800 + 5 * 86400; ts += 40000) {
		words_begin(w, ts);
		for (unsigned int i = 0; i < 4; i++)
			if (words_spend(w, &row, i & 1) > row.tx_bytes ||
			    words_spend_read(w, &row) > row.rd_bytes)
				abort();
		(void)words_hush(w, words_silence(w, row.actor, row.dest), row.tx_bytes);
	}
	words_free(w);
	names_free(names);
}

static void from_state(const uint8_t *data, size_t size)
{
	struct words *w;

	if (words_new(&w) < 0)
		abort();
	if (words_load(w, data, size) == 0)
		check_saved(w);
	spend(w);
}

static void from_text(char *text)
{
	_cleanup_buf_ struct buf why = BUF_INIT, shown = BUF_INIT;
	const struct word *word;
	struct declaration said;
	struct words *w;
	char *line = strsep(&text, "\n");
	unsigned int kind = 0;

	while (kind < WORD_KINDS - 1 && strcmp(line, word_kind_names[kind]) != 0)
		kind++;
	declaration_init(&said, (enum word_kind)kind);
	while ((line = strsep(&text, "\n"))) {
		char *equals = strchr(line, '=');

		if (!equals)
			continue;
		*equals = '\0';
		if (declaration_set(&said, line, equals + 1, &why) < 0 && !why.len)
			abort(); /* refused without a word */
	}
	if (why.len || declaration_check(&said, kind & 1, &why) < 0)
		return;
	declaration_describe(&said, &shown);
	if (words_new(&w) < 0 || words_add(w, &said, "uid 0", 1, &word) < 0 ||
	    words_add(w, &said, "uid 0", 1, &word) == 0)
		abort();
	check_saved(w);
	spend(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);

	from_state(data, size);
	if (!text)
		abort();
	from_text(text);
	return 0;
}
