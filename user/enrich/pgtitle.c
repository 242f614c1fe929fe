/* SPDX-License-Identifier: Apache-2.0
 *
 * Parser of PostgreSQL backend titles; see pgtitle.h. The client is the anchor: the
 * last word that is "[local]" or "host(port)"; names stand before it, the command
 * behind it. It is the last because a role's name may hold anything, a command tag
 * may not.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/jsonw.h"
#include "enrich/pgtitle.h"

struct span {
	const char *s;
	size_t len;
};

static void copy(char *out, size_t size, struct span v)
{
	struct buf b _cleanup_buf_ = BUF_INIT;
	size_t n;

	utf8_add_plain(&b, v.s, v.len);
	n = MIN(b.len, size - 1);
	while (n < b.len && n > 0 && ((unsigned char)b.data[n] & 0xc0) == 0x80)
		n--; /* not in the middle of a character */
	if (n)
		memcpy(out, b.data, n);
	out[n] = '\0';
}

static struct span trim(struct span v)
{
	while (v.len && (v.s[v.len - 1] == ' ' || v.s[v.len - 1] == '\0'))
		v.len--;
	while (v.len && v.s[0] == ' ') {
		v.s++;
		v.len--;
	}
	return v;
}

/* "[local]" or "10.0.0.1(5432)", "fe80::1%eth0(1)", "client.example(1)". */
static bool is_client(struct span w)
{
	const char *open;

	if (w.len == 7 && memcmp(w.s, "[local]", 7) == 0)
		return true;
	if (w.len < 4 || w.s[w.len - 1] != ')')
		return false;
	open = memrchr(w.s, '(', w.len);
	if (!open || open == w.s || open + 2 > w.s + w.len - 1)
		return false;
	for (const char *p = open + 1; p < w.s + w.len - 1; p++)
		if (!isdigit((unsigned char)*p))
			return false;
	return true;
}

static bool find_client(struct span text, struct span *ret)
{
	const char *end = text.s + text.len;
	bool found = false;

	for (const char *p = text.s; p < end;) {
		const char *blank = memchr(p, ' ', (size_t)(end - p));
		struct span w = { p, (size_t)((blank ? blank : end) - p) };

		if (is_client(w)) {
			*ret = w;
			found = true;
		}
		p = w.s + w.len + 1;
	}
	return found;
}

static void set_client(struct pgtitle *t, struct span w)
{
	if (w.s[0] == '[') {
		copy(t->client, sizeof(t->client), (struct span){ "local", 5 });
		return;
	}
	w.len = (size_t)((const char *)memrchr(w.s, '(', w.len) - w.s);
	copy(t->client, sizeof(t->client), w);
}

/* "user database" or, for a walsender without one, "user". */
static void set_session(struct pgtitle *t, struct span names, bool walsender)
{
	const char *blank = memchr(names.s, ' ', names.len);
	struct span user = names, database = { "", 0 };
	char u[64], d[64];

	if (blank) {
		user.len = (size_t)(blank - names.s);
		database = (struct span){ blank + 1, names.len - user.len - 1 };
	}
	if (user.len == 0 || (!blank && !walsender) || memchr(database.s, ' ', database.len))
		return;
	copy(u, sizeof(u), user);
	copy(d, sizeof(d), database);
	snprintf(t->session, sizeof(t->session), blank ? "%s@%s" : "%s%s", u, d);
}

/* cluster_name stands in front as "name: "; an instance of Debian is "15/main". */
static struct span skip_cluster(struct span text)
{
	const char *colon = memmem(text.s, text.len, ": ", 2);

	if (!colon)
		return text;
	return (struct span){ colon + 2, (size_t)(text.s + text.len - colon - 2) };
}

int pgtitle_parse(const char *title, size_t len, struct pgtitle *ret)
{
	static const char prefix[] = "postgres: ", sender[] = "walsender ";
	struct span text = trim((struct span){ title, len }), client, names, command;
	bool walsender;

	memset(ret, 0, sizeof(*ret));
	if (text.len < sizeof(prefix) || memcmp(text.s, prefix, sizeof(prefix) - 1) != 0)
		return -EINVAL;
	text.s += sizeof(prefix) - 1;
	text.len -= sizeof(prefix) - 1;
	text = trim(skip_cluster(text));
	walsender = text.len >= sizeof(sender) && memcmp(text.s, sender, sizeof(sender) - 1) == 0;
	if (walsender) {
		text.s += sizeof(sender) - 1;
		text.len -= sizeof(sender) - 1;
	}
	if (!find_client(text, &client)) {
		copy(ret->command, sizeof(ret->command), text);
		return 0;
	}
	names = trim((struct span){ text.s, (size_t)(client.s - text.s) });
	command = trim((struct span){ client.s + client.len,
				      (size_t)(text.s + text.len - client.s) - client.len });
	set_client(ret, client);
	set_session(ret, names, walsender);
	if (walsender) {
		snprintf(ret->command, sizeof(ret->command), "walsender%s", command.len ? " " : "");
		copy(ret->command + strlen(ret->command),
		     sizeof(ret->command) - strlen(ret->command), command);
	} else {
		copy(ret->command, sizeof(ret->command), command);
	}
	return 0;
}
