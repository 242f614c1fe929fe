/* SPDX-License-Identifier: Apache-2.0
 *
 * Script names from command lines; see script.h. One table row an interpreter: which
 * options take a value, which mean "the program is in the option".
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "enrich/script.h"

struct interpreter {
	const char *name;    /* executable without version */
	const char *inlined; /* options that hold the program itself: no script */
	const char *program; /* options whose value is the program's name */
	const char *valued;  /* options followed by a value of no interest */
};

/* Option lists: words between blanks, a blank at both ends. */
static const struct interpreter interpreters[] = {
	{ "python", " -c ", " -m ", " -W -X --check-hash-based-pycs " },
	{ "pypy", " -c ", " -m ", " -W -X " },
	{ "perl", " -e -E -ne -pe -le -nle ", "", " -I " },
	{ "ruby", " -e -ne -pe ", "", " -I -r -C -E " },
	{ "node", " -e --eval -p --print -pe ", "", " -r --require --import --loader " },
	{ "nodejs", " -e --eval -p --print -pe ", "", " -r --require " },
	{ "php", " -r -B -R -E ", " -f --file -F ", " -c -d -z " },
	{ "lua", " -e ", "", " -l " },
	{ "bash", " -c ", "", " -O +O --rcfile --init-file -o " },
	{ "sh", " -c ", "", " -o " },
	{ "dash", " -c ", "", " -o " },
	{ "zsh", " -c ", "", " -o " },
	{ "ksh", " -c ", "", " -o " },
	{ "java", "", " -jar -m --module ",
	  " -cp -classpath --class-path -p --module-path --add-opens --add-exports --add-modules "
	  "--add-reads --upgrade-module-path " },
};

static const struct interpreter *find_interpreter(const char *base)
{
	size_t len = strlen(base);

	while (len > 0 && (isdigit((unsigned char)base[len - 1]) || base[len - 1] == '.'))
		len--;
	for (size_t i = 0; i < ARRAY_SIZE(interpreters); i++)
		if (strlen(interpreters[i].name) == len &&
		    memcmp(interpreters[i].name, base, len) == 0)
			return &interpreters[i];
	return NULL;
}

static bool listed(const char *list, const char *word, size_t len)
{
	const char *p = list;

	while (len > 0 && (p = strstr(p, " ")) != NULL) {
		p++;
		if (strncmp(p, word, len) == 0 && p[len] == ' ')
			return true;
	}
	return false;
}

void script_find(const char *exe_base, const char *args, size_t len, char *out, size_t size)
{
	const struct interpreter *in = find_interpreter(exe_base);
	const char *p = args, *end = args + len;
	bool take = false, skip = true; /* argv[0] is skipped */

	out[0] = '\0';
	for (; in && p < end;) {
		size_t n = strnlen(p, (size_t)(end - p));

		if (skip) {
			skip = false;
		} else if (take || (n > 0 && p[0] != '-' && p[0] != '+' && p[0] != '@')) {
			n = MIN(n, size - 1);
			memcpy(out, p, n);
			out[n] = '\0';
			return;
		} else if (listed(in->inlined, p, n) || (n == 1 && p[0] == '-')) {
			return;
		} else if (listed(in->program, p, n)) {
			take = true;
		} else {
			skip = listed(in->valued, p, n);
		}
		p += strnlen(p, (size_t)(end - p)) + 1;
	}
}
