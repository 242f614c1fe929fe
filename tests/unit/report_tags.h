/* SPDX-License-Identifier: Apache-2.0
 *
 * What may stand between angle brackets in a report, for its unit test and its fuzzer.
 */
#ifndef REPORT_TAGS_H
#define REPORT_TAGS_H

#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"

/* Only tags of ours begin in the page, and attributes are in double quotes, which no
 * text of others contains. */
static bool page_has_only_our_tags(const char *page)
{
	static const char *const tags[] = {
		"section", "h2", "h3", "p",  "div", "b",    "span", "table", "tr",    "th",
		"td",      "dl", "dt", "dd", "svg", "rect", "line", "text",  "title", "a",
	};

	for (const char *p = page; (p = strchr(p, '<'));) {
		size_t len;
		bool ours = false;

		p += 1 + (p[1] == '/');
		len = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789");
		for (size_t i = 0; i < ARRAY_SIZE(tags); i++)
			ours |= strlen(tags[i]) == len && strncmp(tags[i], p, len) == 0;
		for (bool quoted = false; ours && (*p != '>' || quoted); p++) {
			quoted ^= *p == '"';
			ours = *p != '\0' && *p != '<';
		}
		if (!ours)
			return false;
	}
	return true;
}

#endif
