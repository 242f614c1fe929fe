/* SPDX-License-Identifier: Apache-2.0
 *
 * Command line; see options.h.
 */
#include <errno.h>
#include <getopt.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "client/client.h"
#include "egress/version.h"
#include "top/options.h"

#define DEFAULT_INTERVAL_MS 1000
#define MIN_INTERVAL_MS 100 /* the daemon itself looks once a second */
#define MAX_INTERVAL_MS 3600000
#define DEFAULT_LIMIT 1000 /* flows a screen can make sense of; a refresh costs 2 % of a core */
#define MAX_LIMIT 1000000

enum option_id {
	O_SOCKET = 's',
	O_BATCH = 'b',
	O_COUNT = 'n',
	O_INTERVAL = 'd',
	O_FILTER = 'f',
	O_GROUP = 'g',
	O_SORT = 'o',
	O_TREE = 't',
	O_ALL = 'a',
	O_HELP = 'h',
	O_VERSION = 'V',
	O_JSON = 1000,
	O_CSV,
	O_LIMIT,
	O_INVERT,
	O_ASCII,
	O_NO_COLOR,
	O_REPLAY,
	O_THEME,
};

static const struct option_info {
	int id; /* below 256: also the short option */
	const char *name, *arg, *help;
} table[] = {
	{ O_SOCKET, "socket", "PATH", "control socket of the daemon" },
	{ O_BATCH, "batch", NULL, "print instead of showing; for scripts and pipes" },
	{ O_COUNT, "count", "N", "with --batch: end after N answers (default: go on)" },
	{ O_JSON, "json", NULL, "with --batch: one JSON object a row" },
	{ O_CSV, "csv", NULL, "with --batch: comma separated, titles first" },
	{ O_INTERVAL, "interval", "TIME", "time between answers: 500ms, 1s, 1m (default 1s)" },
	{ O_FILTER, "filter", "EXPR",
	  "only flows that match: 'user:postgres -dst:10.0.0.0/8 rate>1M'" },
	{ O_GROUP, "group", "WHAT",
	  "workload, process, user, container, pod, unit, destination, network, as, session, flow" },
	{ O_SORT, "sort", "COLUMN",
	  "worst, ratio, rate, total, read, process, user, destination, ..." },
	{ O_INVERT, "invert", NULL, "smallest first" },
	{ O_TREE, "tree", NULL,
	  "processes by parent; with --group, each group with its processes" },
	{ O_ALL, "all", NULL, "loopback and host-local hand-offs too" },
	{ O_LIMIT, "limit", "N", "ask for N flows, the rest by workload (default 1000)" },
	{ O_REPLAY, "replay", "FILE", "show a recorded trace; needs no daemon and no root" },
	{ O_THEME, "theme", "NAME", "default, colour-blind-safe, light, monochrome" },
	{ O_ASCII, "ascii", NULL, "draw without Unicode (default where the locale is not UTF-8)" },
	{ O_NO_COLOR, "no-color", NULL, "no colours; also if NO_COLOR is set" },
	{ O_HELP, "help", NULL, "this text" },
	{ O_VERSION, "version", NULL, "print the version" },
};

static const struct name {
	const char *name;
	int value;
} groups[] = { { "workload", G_WORKLOAD },
	       { "process", G_PROCESS },
	       { "user", G_USER },
	       { "container", G_CONTAINER },
	       { "pod", G_POD },
	       { "unit", G_UNIT },
	       { "destination", G_DEST },
	       { "network", G_DEST_GROUP },
	       { "as", G_AS },
	       { "session", G_SESSION },
	       { "flow", G_FLOW } };

static void print_help(void)
{
	printf("Usage: egresstop [OPTION]...\n"
	       "What leaves this host, by whom, to where, and what is odd about it. ? inside lists keys.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char name[40];

		snprintf(name, sizeof(name), "--%s%s%s", table[i].name, table[i].arg ? " " : "",
			 table[i].arg ? table[i].arg : "");
		if (table[i].id < 256)
			printf("  -%c, %-19s %s\n", table[i].id, name, table[i].help);
		else
			printf("      %-19s %s\n", name, table[i].help);
	}
	printf("\nSocket: %s. Exit status: 0 ok, 1 failed, 2 usage, 3 no daemon, 4 no permission.\n",
	       client_default_socket);
}

static int bad(const char *option, const char *value, const char *wanted)
{
	fprintf(stderr, "egresstop: --%s %s: %s\n", option, value, wanted);
	return -EINVAL;
}

static int find_name(const struct name *names, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i].name, text) == 0)
			return names[i].value;
	return -1;
}

static int take_number(const char *option, const char *text, uint64_t max, uint64_t *ret)
{
	if (parse_u64(text, ret) < 0 || *ret == 0 || *ret > max)
		return bad(option, text, "expected a number from 1 on");
	return 0;
}

static int take_value(int id, const char *arg, struct options *o)
{
	uint64_t n = 0;
	int v, r = 0;

	switch (id) {
	case O_SOCKET: o->socket_path = arg; break;
	case O_FILTER: o->filter = arg; break;
	case O_REPLAY: o->replay_path = arg; break;
	case O_COUNT:
		r = take_number("count", arg, UINT32_MAX, &n);
		o->count = n;
		break;
	case O_LIMIT:
		r = take_number("limit", arg, MAX_LIMIT, &n);
		o->limit = (unsigned int)n;
		break;
	case O_INTERVAL:
		if ((parse_u64(arg, &n) < 0 || __builtin_mul_overflow(n, 1000, &n)) &&
		    parse_duration(arg, &n) < 0)
			return bad("interval", arg, "expected a time: 500ms, 1s, 1m");
		if (n < MIN_INTERVAL_MS || n > MAX_INTERVAL_MS)
			return bad("interval", arg, "expected 100ms to 1h");
		o->interval_ms = (unsigned int)n;
		break;
	case O_GROUP:
		v = find_name(groups, ARRAY_SIZE(groups), arg);
		if (v < 0)
			return bad("group", arg,
				   "expected workload, process, user, container, pod, unit, "
				   "destination, network, as, session or flow");
		o->group = (enum group)v;
		o->given |= GIVEN_GROUP;
		break;
	case O_THEME:
		for (v = 0; v < THEME_COUNT && strcmp(theme_names[v], arg) != 0;)
			v++;
		if (v == THEME_COUNT)
			return bad("theme", arg,
				   "expected default, colour-blind-safe, light or monochrome");
		o->theme = (enum theme)v;
		o->given |= GIVEN_THEME;
		break;
	default:
		v = column_find(arg);
		if (v < 0)
			return bad(
				"sort", arg,
				"expected worst, ratio, rate, rate10, rate60, total, read, wire, "
				"process, user, container, destination, ...");
		o->sort = (enum column)v;
		o->given |= GIVEN_SORT;
	}
	return r;
}

static void take_flag(int id, struct options *o)
{
	switch (id) {
	case O_BATCH: o->batch = true; break;
	case O_JSON: o->format = BATCH_JSON; break;
	case O_CSV: o->format = BATCH_CSV; break;
	case O_INVERT:
		o->invert = true;
		o->given |= GIVEN_INVERT;
		break;
	case O_TREE:
		o->tree = TREE_PARENTS;
		o->given |= GIVEN_TREE;
		break;
	case O_ALL:
		o->all_scopes = true;
		o->given |= GIVEN_ALL;
		break;
	case O_ASCII: o->ascii = true; break;
	default: o->no_color = true;
	}
}

static int check(int argc, char **argv, const struct options *o)
{
	if (optind < argc)
		return bad("help", argv[optind], "no such argument; try: egresstop --help");
	if (o->batch && o->replay_path) {
		fprintf(stderr,
			"egresstop: --replay shows a screen; for scripts there is egressctl replay --json\n");
		return -EINVAL;
	}
	if (!o->batch && (o->format != BATCH_TEXT || o->count)) {
		fprintf(stderr, "egresstop: --json, --csv and --count need --batch\n");
		return -EINVAL;
	}
	return 0;
}

int options_parse(int argc, char **argv, struct options *ret)
{
	struct option longs[ARRAY_SIZE(table) + 1] = { 0 };
	char shorts[2 * ARRAY_SIZE(table) + 1];
	size_t n = 0;
	int id;

	*ret = (struct options){ .interval_ms = DEFAULT_INTERVAL_MS, .limit = DEFAULT_LIMIT };
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		longs[i] = (struct option){ table[i].name,
					    table[i].arg ? required_argument : no_argument, NULL,
					    table[i].id };
		if (table[i].id >= 256)
			continue;
		shorts[n++] = (char)table[i].id;
		if (table[i].arg)
			shorts[n++] = ':';
	}
	shorts[n] = '\0';
	while ((id = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		bool has_arg = false;

		if (id == O_HELP) {
			print_help();
			return 1;
		}
		if (id == O_VERSION) {
			printf("egresstop %s\n", EGRESS_VERSION);
			return 1;
		}
		if (id == '?') {
			fprintf(stderr, "Try: egresstop --help\n");
			return -EINVAL;
		}
		for (size_t i = 0; i < ARRAY_SIZE(table); i++)
			has_arg |= table[i].id == id && table[i].arg;
		if (has_arg && take_value(id, optarg, ret) < 0)
			return -EINVAL;
		if (!has_arg)
			take_flag(id, ret);
	}
	if (ret->tree && ret->given & GIVEN_GROUP)
		ret->tree = TREE_GROUPS;
	return check(argc, argv, ret);
}
