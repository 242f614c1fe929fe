/* SPDX-License-Identifier: Apache-2.0
 *
 * UTF-8 for cells; see utf8.h. Does not depend on the locale, so that a test
 * draws the same screen everywhere.
 */
#include "base/cleanup.h"
#include "top/utf8.h"

struct range {
	uint32_t first, last;
};

/* Unicode Cc, Cf, Zl, Zp and surrogates that matter: they move the cursor, hide
 * or reorder text, or are no characters. */
static const struct range unprintable[] = {
	{ 0x01, 0x1f },     { 0x7f, 0x9f },        { 0xad, 0xad },     { 0x61c, 0x61c },
	{ 0x180e, 0x180e }, { 0x200b, 0x200f },    { 0x2028, 0x202e }, { 0x2060, 0x206f },
	{ 0xd800, 0xdfff }, { 0xe000, 0xf8ff },    { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
	{ 0xfffe, 0xffff }, { 0xe0000, 0x10ffff },
};

/* Combining marks and variation selectors of the scripts seen in names. */
static const struct range combining[] = {
	{ 0x300, 0x36f },   { 0x483, 0x489 },   { 0x591, 0x5bd },   { 0x610, 0x61a },
	{ 0x64b, 0x65f },   { 0x93c, 0x93c },   { 0x941, 0x948 },   { 0xe31, 0xe31 },
	{ 0xe34, 0xe3a },   { 0xe47, 0xe4e },   { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff },
	{ 0x20d0, 0x20ff }, { 0x3099, 0x309a }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
};

/* East Asian wide and fullwidth, and emoji (UAX 11). */
static const struct range wide[] = {
	{ 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0x33ff },   { 0x3400, 0x4dbf },
	{ 0x4e00, 0x9fff },   { 0xa000, 0xa4cf },   { 0xa960, 0xa97f },   { 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },
	{ 0x16fe0, 0x18aff }, { 0x1b000, 0x1b2ff }, { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff },
	{ 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
};

static int in_ranges(uint32_t ch, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count && ranges[i].first <= ch; i++)
		if (ch <= ranges[i].last)
			return 1;
	return 0;
}

uint32_t utf8_next(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	unsigned int more = 0;
	uint32_t ch = *p;

	if (ch == 0)
		return 0;
	if (ch >= 0xf0 && ch < 0xf5) {
		more = 3;
		ch &= 0x07;
	} else if (ch >= 0xe0 && ch < 0xf0) {
		more = 2;
		ch &= 0x0f;
	} else if (ch >= 0xc2 && ch < 0xe0) {
		more = 1;
		ch &= 0x1f;
	} else if (ch >= 0x80) {
		*s += 1;
		return UTF8_BAD;
	}
	for (unsigned int i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			*s += i;
			return UTF8_BAD;
		}
		ch = ch << 6 | (p[i] & 0x3f);
	}
	*s += more + 1;
	if (ch < least[more] || in_ranges(ch, unprintable, ARRAY_SIZE(unprintable)))
		return UTF8_BAD;
	return ch;
}

int utf8_width(uint32_t ch)
{
	if (ch < 0x300)
		return 1;
	if (in_ranges(ch, combining, ARRAY_SIZE(combining)))
		return 0;
	return in_ranges(ch, wide, ARRAY_SIZE(wide)) ? 2 : 1;
}

size_t utf8_encode(uint32_t ch, char out[4])
{
	if (ch < 0x80) {
		out[0] = (char)ch;
		return 1;
	}
	if (ch < 0x800) {
		out[0] = (char)(0xc0 | ch >> 6);
		out[1] = (char)(0x80 | (ch & 0x3f));
		return 2;
	}
	if (ch < 0x10000) {
		out[0] = (char)(0xe0 | ch >> 12);
		out[1] = (char)(0x80 | (ch >> 6 & 0x3f));
		out[2] = (char)(0x80 | (ch & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | ch >> 18);
	out[1] = (char)(0x80 | (ch >> 12 & 0x3f));
	out[2] = (char)(0x80 | (ch >> 6 & 0x3f));
	out[3] = (char)(0x80 | (ch & 0x3f));
	return 4;
}
