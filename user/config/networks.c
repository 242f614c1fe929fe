/* SPDX-License-Identifier: Apache-2.0
 *
 * Parsing and matching of named networks; see networks.h.
 */
#include "config/networks.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/units.h"
#include "config/prefix.h"

struct network {
	struct prefix prefix;
	char name[NETWORK_NAME_MAX + 1];
};

struct networks {
	size_t count;
	struct network item[NETWORKS_MAX];
};

static bool is_separator(char c)
{
	return c == ' ' || c == ',' || c == '\t';
}

/* What a destination may be called: no address, nothing a reader of lists trips over. */
static bool is_name(const char *s)
{
	uint8_t addr[16];

	for (const char *p = s; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
			return false;
	return *s && strlen(s) <= NETWORK_NAME_MAX && parse_addr(s, addr) != 0;
}

/* "name=prefix", cut in place. */
static bool parse_entry(char *word, struct network *ret)
{
	char *equals = strchr(word, '=');

	if (!equals)
		return false;
	*equals = '\0';
	if (!is_name(word))
		return false;
	memcpy(ret->name, word, strlen(word) + 1);
	return prefix_parse(equals + 1, &ret->prefix) == 0;
}

static int parse_all(const char *p, struct networks *n, struct buf *why)
{
	char word[NETWORK_NAME_MAX + 64];

	while (*p) {
		size_t len = 0;

		while (is_separator(*p))
			p++;
		while (p[len] && !is_separator(p[len]))
			len++;
		if (!len)
			break;
		if (n->count == NETWORKS_MAX) {
			buf_addf(why, "more than %u networks; give wider prefixes", NETWORKS_MAX);
			return -EINVAL;
		}
		snprintf(word, sizeof(word), "%.*s", (int)len, p);
		if (len >= sizeof(word) || !parse_entry(word, &n->item[n->count])) {
			buf_addf(why,
				 "\"%.*s\" is no NAME=ADDRESS or NAME=ADDRESS/BITS (a name has up "
				 "to %d letters, digits, - _ .)",
				 (int)len, p, NETWORK_NAME_MAX);
			return -EINVAL;
		}
		n->count++;
		p += len;
	}
	return 0;
}

int networks_parse(const char *text, struct networks **ret, struct buf *why)
{
	struct networks *n = calloc(1, sizeof(*n));
	int err = n ? 0 : -ENOMEM;

	if (!err && text)
		err = parse_all(text, n, why);
	if (err)
		networks_free(n);
	else
		*ret = n;
	return err;
}

void networks_free(struct networks *n)
{
	free(n);
}

const char *networks_find(const struct networks *n, const uint8_t addr[16])
{
	const struct network *best = NULL;

	for (size_t i = 0; n && i < n->count; i++)
		if (prefix_has(&n->item[i].prefix, addr) &&
		    (!best || n->item[i].prefix.bits > best->prefix.bits))
			best = &n->item[i];
	return best ? best->name : NULL;
}
