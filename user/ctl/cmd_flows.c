/* SPDX-License-Identifier: Apache-2.0
 *
 * `egressctl flows`: one row a flow (or process, user, ... with --by), in the order
 * of the daemon, and the total that the rows add up to.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "base/vocab.h"
#include "ctl/ctl.h"
#include "ctl/row.h"
#include "ctl/text.h"

enum { F_ALL, F_BY, F_SCOPE, F_SORT, F_LIMIT };

const struct cli_option flows_options[] = {
	[F_ALL] = { "all", 'a', NULL, "every scope, and flows that ended lately" },
	[F_BY] = { "by", 'b', "WHAT", "sum by process, container, user, destination or workload" },
	[F_SCOPE] = { "scope", 0, "SCOPE", "only public, private, link-local, loopback, ..." },
	[F_SORT] = { "sort", 0, "WHAT", "by rate or total" },
	[F_LIMIT] = { "limit", 'n', "N", "no more than N rows" },
	{ 0 },
};

/* "in 5432", "out 443", "udp 53": who began, and the service. */
static void cell_via(struct table *t, struct json_object *row)
{
	const char *init = row_text(row, "egress.initiation");
	const char *word = row_text(row, "network.transport");
	char text[48] = "";
	uint64_t port;

	if (strcmp(init, "accepted") == 0)
		word = "in";
	else if (strcmp(init, "connected") == 0)
		word = "out";
	if (row_u64(row, "service.port", &port) && port)
		(void)snprintf(text, sizeof(text), "%.16s %" PRIu64, word, port);
	else
		(void)snprintf(text, sizeof(text), "%.16s", word);
	table_add(t, text);
}

/* The container's name, else as much of its id as people use. */
static void cell_container(struct table *t, struct json_object *row)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	char id[13];

	/* A sum by container has the key, and null for what runs in none. */
	if (json_object_object_get_ex(row, "container.id", NULL) &&
	    !json_object_object_get_ex(row, "process.name", NULL) &&
	    !*row_text(row, "container.id"))
		buf_add_str(&text, "(the host)");
	(void)snprintf(id, sizeof(id), "%s", row_text(row, "container.id"));
	text_add(&text, *row_text(row, "container.name") ? row_text(row, "container.name") : id);
	table_add(t, text.data ? text.data : "");
}

static void cell_state(struct table *t, struct json_object *row)
{
	table_add(t, row_bool(row, "egress.ended") ? "ended" : "");
}

/* There is a row of the rest for each column, and they are never added up. */
static void cell_process(struct table *t, struct json_object *row)
{
	const char *name = *row_text(row, "process.name") ? "process.name" : "process.executable";

	if (row_bool(row, "other") && strcmp(row_text(row, "egress.column"), "handoff") == 0)
		table_add(t, "other, handed over");
	else
		cell_text(t, row, name);
}

static void add_row(struct table *t, struct json_object *row)
{
	const char *to = *row_text(row, "destination.ip") ? "destination.ip" : "destination.group";

	cell_process(t, row);
	cell_number(t, row, "process.pid");
	cell_text(t, row, "user.name");
	cell_text(t, row, "database.session");
	cell_container(t, row);
	cell_via(t, row);
	cell_text(t, row, to);
	cell_text(t, row, "egress.scope");
	cell_short(t, row, "egress.rate_1s");
	cell_short(t, row, "egress.rate_10s");
	cell_short(t, row, "egress.rate_60s");
	cell_short(t, row, "egress.payload_bytes");
	cell_short(t, row, "file.read_bytes");
	cell_state(t, row);
}

/* The rows become cells as they come: 100,000 of them as JSON objects would be large. */
struct listing {
	struct table table;
	struct json_object *total; /* the last line's */
};

static int take_line(void *ctx, const char *line, size_t len)
{
	struct json_object *row = row_parse(line, len), *total;
	struct listing *l = ctx;

	if (json_object_object_get_ex(row, "total", &total) && !l->total)
		l->total = json_object_get(total);
	else if (row)
		add_row(&l->table, row);
	json_object_put(row);
	return l->table.error;
}

static void add_bytes(struct buf *out, struct json_object *total, const char *key,
		      const char *words)
{
	uint64_t bytes;

	if (!row_u64(total, key, &bytes))
		return;
	if (out->len)
		buf_add_str(out, ", ");
	format_bytes(out, bytes);
	buf_addf(out, " %s", words);
}

/* "total: 5.1 GB sent, ...; lost: nothing" */
static void print_total(struct json_object *total)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	struct json_object *lost;
	unsigned int count = 0;

	add_bytes(&line, total, "payload_bytes", "sent");
	add_bytes(&line, total, "wire_bytes", "on the wire");
	add_bytes(&line, total, "unattributed_bytes", "unattributed");
	add_bytes(&line, total, "handoff_bytes", "handed over inside");
	buf_add_str(&line, "; lost:");
	if (json_object_object_get_ex(total, "lost", &lost) &&
	    json_object_is_type(lost, json_type_object)) {
		json_object_object_foreach(lost, key, value)
		{
			if (json_object_get_uint64(value) == 0)
				continue;
			buf_addf(&line, "%s ", count++ ? "," : "");
			text_add(&line, key);
			buf_addf(&line, " %" PRIu64, json_object_get_uint64(value));
		}
	}
	printf("total: %s%s\n", line.data, count ? "" : " nothing");
}

static int print_flows(const struct ctl *ctl, const struct listing *l)
{
	if (l->table.error)
		return ctl_fail(CTL_NO, "out of memory");
	if (l->table.rows)
		table_print(ctl, &l->table);
	else
		puts("no flows");
	if (l->total)
		print_total(l->total);
	return CTL_OK;
}

static void listing_free(struct listing *l)
{
	table_free(&l->table);
	json_object_put(l->total);
}

/* Asks, and prints for people. */
static int list_flows(const struct ctl *ctl, struct buf *request)
{
	_cleanup_(listing_free) struct listing l = {
		.table = {
			.column = { { "PROCESS", false }, { "PID", true }, { "USER", false },
				    { "SESSION", false }, { "CONTAINER", false }, { "VIA", false },
				    { "DESTINATION", false }, { "SCOPE", false }, { "1s", true },
				    { "10s", true }, { "60s", true }, { "TOTAL", true },
				    { "READ", true }, { "STATE", false } },
			.columns = 14,
		},
	};
	int status = ctl_request(ctl, request, take_line, &l);

	return status == CTL_OK ? print_flows(ctl, &l) : status;
}

static int add_by(struct buf *request, const char *by)
{
	static const char *const words[] = { "process", "container", "user", "destination",
					     "workload" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i], by) == 0) {
			jsonw_str(request, "by", by);
			return CTL_OK;
		}
	}
	return ctl_fail(CTL_USAGE,
			"--by: \"%s\" is none of process, container, user, "
			"destination, workload",
			by);
}

static int add_scope(struct buf *request, const char *scope)
{
	enum eg_scope parsed;

	if (scope_parse(scope, &parsed) < 0)
		return ctl_fail(CTL_USAGE,
				"--scope: \"%s\" is none of loopback, host-local, "
				"link-local, private, multicast, public",
				scope);
	jsonw_str(request, "scope", scope);
	return CTL_OK;
}

static int add_sort(struct buf *request, const char *sort)
{
	if (strcmp(sort, "rate") != 0 && strcmp(sort, "total") != 0)
		return ctl_fail(CTL_USAGE, "--sort: \"%s\" is none of rate, total", sort);
	jsonw_str(request, "sort", sort);
	return CTL_OK;
}

static int add_limit(struct buf *request, const char *text)
{
	uint64_t limit;

	if (parse_u64(text, &limit) < 0 || limit == 0)
		return ctl_fail(CTL_USAGE, "--limit: \"%s\" is not a number from 1", text);
	jsonw_u64(request, "limit", limit);
	return CTL_OK;
}

int cmd_flows(struct ctl *ctl, const struct cli_args *args)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	int status = CTL_OK;

	request_begin(&request, "flows");
	if (args->value[F_ALL])
		jsonw_bool(&request, "all", true);
	if (args->value[F_BY])
		status = add_by(&request, args->value[F_BY]);
	if (status == CTL_OK && args->value[F_SCOPE])
		status = add_scope(&request, args->value[F_SCOPE]);
	if (status == CTL_OK && args->value[F_SORT])
		status = add_sort(&request, args->value[F_SORT]);
	if (status == CTL_OK && args->value[F_LIMIT])
		status = add_limit(&request, args->value[F_LIMIT]);
	if (status != CTL_OK)
		return status;
	return ctl->json ? ctl_pass_through(ctl, &request) : list_flows(ctl, &request);
}
