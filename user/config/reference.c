/* SPDX-License-Identifier: Apache-2.0
 *
 * The option table as a document: a page for docs/, a section for egressd(8), and
 * a commented default file. Pure text, the same for the same table.
 */
#include <errno.h>
#include <string.h>

#include "base/units.h"
#include "config/internal.h"

static const char *const type_words[] = {
	[OPT_BOOL] = "true or false",   [OPT_U32] = "number",  [OPT_I32] = "number",
	[OPT_MILLI] = "decimal",        [OPT_SIZE] = "size",   [OPT_DURATION_S] = "duration",
	[OPT_DURATION_MS] = "duration", [OPT_STRING] = "text", [OPT_PATH] = "path",
	[OPT_CHOICE] = "word",
};

/* Length of the part of `name` before its last dot. */
static size_t section_length(const char *name)
{
	return (size_t)(strrchr(name, '.') - name);
}

static size_t top_length(const char *name)
{
	return strcspn(name, ".");
}

static bool same_top(size_t i, size_t j)
{
	const char *a = config_options[i].name, *b = config_options[j].name;

	return top_length(a) == top_length(b) && strncmp(a, b, top_length(a)) == 0;
}

static void add_default(struct buf *out, const struct option_def *o)
{
	buf_add_str(out, *o->def ? o->def : "\"\"");
}

static void add_choices(struct buf *out, const struct option_def *o)
{
	if (o->choices)
		buf_addf(out, " (one of: %s)", o->choices);
}

static void add_markdown_row(struct buf *out, const struct option_def *o)
{
	buf_addf(out, "| `%s` | %s | `", o->name, type_words[o->type]);
	add_default(out, o);
	buf_addf(out, "` | %s", o->help);
	add_choices(out, o);
	buf_add_str(out, " |\n");
}

static void add_markdown(struct buf *out)
{
	buf_addf(out,
		 "# Configuration\n\n"
		 "`egressd` runs well without a file. It reads `%s` when that exists, or\n"
		 "the file given with `-c`. The file is YAML: sections, and `key: value` lines\n"
		 "below them. A key that is not set has its default. Unknown keys, wrong units\n"
		 "and values out of range are errors that name file, line and remedy;\n"
		 "`egressctl check-config FILE` tells without starting anything, and SIGHUP\n"
		 "makes the daemon read its file again.\n\n"
		 "Sizes: `64MB` is decimal, `64MiB` (or `64M`) binary. Durations: `250ms`, `10s`,\n"
		 "`5m`, `2h`, `7d`; the unit is not optional.\n\n"
		 "This page is printed by `egressctl check-config --reference markdown`.\n",
		 config_default_path);
	for (size_t i = 0; i < config_option_count; i++) {
		const struct option_def *o = &config_options[i];

		if (i == 0 || !same_top(i, i - 1))
			buf_addf(out,
				 "\n## %.*s\n\n| key | type | default | meaning |\n"
				 "|---|---|---|---|\n",
				 (int)top_length(o->name), o->name);
		add_markdown_row(out, o);
	}
	buf_add_str(
		out,
		"\n## sinks\n\n"
		"`sinks:` is a list: where alerts are sent. Each entry has keys of these; what\n"
		"begins with a type's name counts for that type ([siem.md](siem.md)).\n\n"
		"| key | type | default | meaning |\n|---|---|---|---|\n");
	for (size_t i = 0; i < sink_option_count; i++)
		add_markdown_row(out, &sink_options[i]);
}

/* Text for mdoc: a backslash or a leading dot would be a request. */
static void add_mdoc(struct buf *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '\\')
			buf_add_str(out, "\\e");
		else
			buf_add_char(out, *s);
	}
}

static void add_man_list(struct buf *out, const struct option_def *options, size_t count)
{
	buf_add_str(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < count; i++) {
		const struct option_def *o = &options[i];

		buf_addf(out, ".It Ic %s : Ar %s\n", o->name, type_words[o->type]);
		add_mdoc(out, o->help);
		if (o->choices)
			buf_addf(out, "\n(one of: %s)", o->choices);
		buf_addf(out, ".\nDefault: %s.\n", *o->def ? o->def : "empty");
	}
	buf_add_str(out, ".El\n");
}

static void add_man(struct buf *out)
{
	add_man_list(out, config_options, config_option_count);
	buf_add_str(out, ".Pp\n.Ic sinks\nis a list: where alerts are sent.\n"
			 "Each entry has keys of these:\n");
	add_man_list(out, sink_options, sink_option_count);
}

/* Opens the sections of `o` that `previous` was not in; returns its depth. */
static int add_yaml_sections(struct buf *out, const struct option_def *o, const char *previous)
{
	size_t start = 0, end = section_length(o->name);
	int depth = 0;

	while (start < end) {
		size_t len = strcspn(o->name + start, ".");

		if (!previous || strncmp(previous, o->name, start + len + 1) != 0) {
			if (depth == 0 && previous)
				buf_add_char(out, '\n');
			buf_addf(out, "%*s%.*s:\n", depth * 2, "", (int)len, o->name + start);
		}
		start += len + 1;
		depth++;
	}
	return depth;
}

static void add_yaml(struct buf *out)
{
	const char *previous = NULL;

	buf_addf(out,
		 "# %s: every key with its default, commented out.\n"
		 "# Check it with: egressctl check-config FILE\n\n",
		 config_default_path);
	for (size_t i = 0; i < config_option_count; i++) {
		const struct option_def *o = &config_options[i];
		int indent = add_yaml_sections(out, o, previous) * 2;

		buf_addf(out, "%*s# %s", indent, "", o->help);
		add_choices(out, o);
		buf_addf(out, "\n%*s#%s: ", indent, "", strrchr(o->name, '.') + 1);
		add_default(out, o);
		buf_add_char(out, '\n');
		previous = o->name;
	}
	buf_add_str(
		out,
		"\n# Where alerts are sent: a list, with keys of these (take \"# \" away).\n# sinks:\n");
	for (size_t i = 0; i < sink_option_count; i++) {
		const struct option_def *o = &sink_options[i];

		buf_addf(out, "#     # %s", o->help);
		add_choices(out, o);
		buf_addf(out, "\n#   %c %s: ", i == 0 ? '-' : ' ', o->name);
		add_default(out, o);
		buf_add_char(out, '\n');
	}
}

/* Lists of declarations: an example, then their keys. */
static const struct {
	enum word_kind kind;
	const char *help;
	const char *example; /* its keys, a line each */
} word_lists[] = {
	{ WORD_EXPECT,
	  "transfers that are meant to be: not judged and not learned, up to their budget",
	  "actor: restic\ndestination: 10.0.5.9\nbetween: 01:00-05:00\nbytes: 600GB\n"
	  "why: nightly backup\n" },
	{ WORD_ROLE, "what a peer, a network or a program is for",
	  "role: replica\ndestination: 10.0.5.16/28\n" },
	{ WORD_BUDGET, "more than this in a UTC day is an alert, whatever was learned",
	  "bytes: 50GB\nscope: public\n" },
};

static bool is_key_of(const struct declaration_key *key, enum word_kind kind)
{
	return key->kinds & (1u << kind);
}

static const char *needed(const struct declaration_key *key, enum word_kind kind)
{
	return key->needs & (1u << kind) ? "yes" : "";
}

static void add_lists_markdown(struct buf *out)
{
	buf_add_str(out, "\n## Words of the operator\n\nLists; what they mean is in "
			 "[words.md](words.md).\n");
	for (size_t i = 0; i < ARRAY_SIZE(word_lists); i++) {
		enum word_kind kind = word_lists[i].kind;

		buf_addf(out, "\n### %s\n\n%s.\n\n| key | needed | meaning |\n|---|---|---|\n",
			 word_kind_names[kind], word_lists[i].help);
		for (size_t k = 0; k < declaration_key_count; k++)
			if (is_key_of(&declaration_keys[k], kind))
				buf_addf(out, "| `%s` | %s | %s |\n", declaration_keys[k].name,
					 needed(&declaration_keys[k], kind),
					 declaration_keys[k].help);
	}
}

static void add_lists_man(struct buf *out)
{
	buf_add_str(out, ".Pp\nLists; each item is a mapping:\n.Bl -tag -width Ds\n");
	for (size_t i = 0; i < ARRAY_SIZE(word_lists); i++) {
		enum word_kind kind = word_lists[i].kind;

		buf_addf(out, ".It Ic %s\n%s.\n.Bl -tag -width Ds\n", word_kind_names[kind],
			 word_lists[i].help);
		for (size_t k = 0; k < declaration_key_count; k++)
			if (is_key_of(&declaration_keys[k], kind))
				buf_addf(out, ".It Ic %s%s\n%s.\n", declaration_keys[k].name,
					 *needed(&declaration_keys[k], kind) ? " No (needed)" : "",
					 declaration_keys[k].help);
		buf_add_str(out, ".El\n");
	}
	buf_add_str(out, ".El\n");
}

static void add_lists_yaml(struct buf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(word_lists); i++) {
		const char *line = word_lists[i].example;

		buf_addf(out, "\n# %s (take \"# \" away)\n# %s:\n", word_lists[i].help,
			 word_kind_names[word_lists[i].kind]);
		for (bool first = true; *line; first = false) {
			size_t len = strcspn(line, "\n");

			buf_addf(out, "#   %s %.*s\n", first ? "-" : " ", (int)len, line);
			line += len + (line[len] == '\n');
		}
	}
}

int config_reference(const char *form, struct buf *out)
{
	static const struct {
		const char *form;
		void (*add_options)(struct buf *out);
		void (*add_lists)(struct buf *out);
	} forms[] = {
		{ "markdown", add_markdown, add_lists_markdown },
		{ "man", add_man, add_lists_man },
		{ "yaml", add_yaml, add_lists_yaml },
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (strcmp(form, forms[i].form) != 0)
			continue;
		forms[i].add_options(out);
		forms[i].add_lists(out);
		return out->error;
	}
	return -EINVAL;
}
