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
	bool words;          /* options are words behind one '-': never letters in a cluster */
};

/* Option lists: words between blanks, a blank at both ends. */
static const struct interpreter interpreters[] = {
	{ "python", " -c ", " -m ", " -W -X --check-hash-based-pycs ", false },
	{ "pypy", " -c ", " -m ", " -W -X ", false },
	{ "perl", " -e -E -ne -pe -le -nle ", "", " -I ", false },
	{ "ruby", " -e -ne -pe ", "", " -I -r -C -E ", false },
	{ "node", " -e --eval -p --print -pe ", "", " -r --require --import --loader ", false },
	{ "nodejs", " -e --eval -p --print -pe ", "", " -r --require ", false },
	{ "php", " -r -B -R -E ", " -f --file -F ", " -c -d -z ", false },
	{ "lua", " -e ", "", " -l ", false },
	{ "bash", " -c ", "", " -O +O --rcfile --init-file -o ", false },
	{ "sh", " -c ", "", " -o ", false },
	{ "dash", " -c ", "", " -o ", false },
	{ "zsh", " -c ", "", " -o ", false },
	{ "ksh", " -c ", "", " -o ", false },
	{ "java", "", " -jar -m --module ",
	  " -cp -classpath --class-path -p --module-path --add-opens --add-exports --add-modules "
	  "--add-reads --upgrade-module-path ",
	  true },
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

/* Is a listed option of one letter the last of this cluster ("-lc", "-euo")? */
static bool ends_in(const struct interpreter *in, const char *list, const char *word, size_t len)
{
	const char option[2] = { '-', word[len - 1] };

	return !in->words && len > 2 && word[1] != '-' && listed(list, option, 2);
}

/* The program stands in the option, or behind it: "-c", "-lc", "-cprint(1)". */
static bool is_inlined(const struct interpreter *in, const char *word, size_t len)
{
	if (len == 1)
		return true; /* "-": standard input */
	return listed(in->inlined, word, len) || ends_in(in, in->inlined, word, len) ||
	       (!in->words && word[1] != '-' && listed(in->inlined, word, 2));
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
		} else if (n > 0 && is_inlined(in, p, n)) {
			return;
		} else if (listed(in->program, p, n)) {
			take = true;
		} else {
			skip = listed(in->valued, p, n) || (n > 0 && ends_in(in, in->valued, p, n));
		}
		p += strnlen(p, (size_t)(end - p)) + 1;
	}
}
