/* SPDX-License-Identifier: Apache-2.0
 *
 * Aligned columns: every cell is known before the first is printed; see text.h.
 */
#include <errno.h>
#include <string.h>

#include "ctl/ctl.h"
#include "ctl/text.h"

#define CELL_WIDTH_MAX 64 /* one long command line must not push the rest away */
#define GAP 2

void table_free(struct table *t)
{
	for (size_t i = 0; i < t->rows * t->columns; i++)
		free(t->cell[i]);
	free(t->cell);
	*t = (struct table){ 0 };
}

static int grow(struct table *t)
{
	size_t cap = t->cap ? t->cap * 2 : 64;
	char **cell = reallocarray(t->cell, cap * t->columns, sizeof(*cell));

	if (!cell)
		return -ENOMEM;
	memset(cell + t->cap * t->columns, 0, (cap - t->cap) * t->columns * sizeof(*cell));
	t->cell = cell;
	t->cap = cap;
	return 0;
}

void table_add(struct table *t, const char *text)
{
	size_t last = t->rows * t->columns, place;

	if (t->error)
		return;
	/* The row that is being filled, or a new one after a full one. */
	place = t->rows ? last - t->columns : 0;
	while (place < last && t->cell[place])
		place++;
	if (place == last) {
		if (t->rows == t->cap && (t->error = grow(t)) < 0)
			return;
		t->rows++;
	}
	t->cell[place] = strdup(text);
	if (!t->cell[place])
		t->error = -ENOMEM;
}

static const char *text_at(const struct table *t, size_t row, size_t column)
{
	const char *text = t->cell[row * t->columns + column];

	return text ? text : "";
}

static size_t column_width(const struct table *t, size_t column)
{
	size_t width = 0;

	for (size_t i = 0; i < t->rows; i++) {
		size_t w = text_width(text_at(t, i, column));

		width = MAX(width, MIN(w, (size_t)CELL_WIDTH_MAX));
	}
	return width ? MAX(width, text_width(t->column[column].title)) : 0;
}

/* The last column is not padded: no blanks at the end of a line. */
static void print_cell(const char *text, size_t width, bool right, bool first, bool last)
{
	size_t w = text_width(text);
	int pad = w < width ? (int)(width - w) : 0;

	if (!first)
		printf("%*s", GAP, "");
	if (right)
		printf("%*s%s", pad, "", text);
	else
		printf("%s%*s", text, last ? 0 : pad, "");
}

void table_print(const struct ctl *ctl, const struct table *t)
{
	size_t width[TABLE_COLUMNS_MAX], last = 0;
	bool first = true;

	for (size_t j = 0; j < t->columns; j++) {
		width[j] = column_width(t, j);
		if (width[j])
			last = j;
	}
	fputs(text_bold(ctl), stdout);
	for (size_t j = 0; j < t->columns; j++) {
		if (!width[j])
			continue;
		print_cell(t->column[j].title, width[j], t->column[j].right, first, j == last);
		first = false;
	}
	printf("%s\n", text_plain(ctl));
	for (size_t i = 0; i < t->rows; i++) {
		first = true;
		for (size_t j = 0; j < t->columns; j++) {
			if (!width[j])
				continue;
			print_cell(text_at(t, i, j), width[j], t->column[j].right, first,
				   j == last);
			first = false;
		}
		putchar('\n');
	}
}
