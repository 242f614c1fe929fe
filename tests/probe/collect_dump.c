/* SPDX-License-Identifier: Apache-2.0
 *
 * Drives the collector from a test: one command a line on standard input, one JSON
 * object a line on standard output. Commands: read, drain IDLE_MS, life, rungs,
 * watch DIR... (until it is done), begin DIR... (asks once), close (leave by collect_close()); end of input or a signal leaves without it.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/units.h"
#include "base/vocab.h"
#include "collect/collect.h"

static void put_val(struct buf *b, const char *key, const struct eg_flow_val *v)
{
	if (key)
		jsonw_key(b, key);
	jsonw_open(b, '{');
	jsonw_u64(b, "payload", v->payload_bytes);
	jsonw_u64(b, "wire", v->wire_bytes);
	jsonw_u64(b, "retrans", v->retrans_bytes);
	jsonw_u64(b, "packets", v->packets);
	jsonw_u64(b, "calls", v->calls);
	jsonw_u64(b, "last_ns", v->last_ns);
	jsonw_close(b, '}');
}

static void put_row(struct buf *b, const struct sample_row *row)
{
	char addr[64];

	jsonw_open(b, '{');
	jsonw_u64(b, "start_ns", row->key.start_ns);
	jsonw_u64(b, "cgroup_id", row->key.cgroup_id);
	jsonw_u64(b, "netns", row->key.netns);
	jsonw_u64(b, "tgid", row->key.tgid);
	jsonw_u64(b, "uid", row->key.uid);
	format_addr(addr, sizeof(addr), row->key.daddr);
	jsonw_str(b, "daddr", addr);
	jsonw_u64(b, "port", row->key.port);
	jsonw_u64(b, "family", row->key.family);
	jsonw_u64(b, "proto", row->key.proto);
	jsonw_str(b, "init", init_name(row->key.init));
	jsonw_u64(b, "flags", row->key.flags);
	jsonw_u64(b, "column", row->key.column);
	jsonw_u64(b, "instance", row->instance);
	put_val(b, "val", &row->val);
	jsonw_close(b, '}');
}

static void put_columns(struct buf *b, const char *key, const struct eg_flow_val v[EG_COLUMNS])
{
	jsonw_key(b, key);
	jsonw_open(b, '[');
	for (int i = 0; i < EG_COLUMNS; i++)
		put_val(b, NULL, &v[i]);
	jsonw_close(b, ']');
}

static void put_reads(struct buf *b, const char *key, const struct eg_reader_val *v)
{
	jsonw_key(b, key);
	jsonw_open(b, '{');
	jsonw_u64(b, "read", v->read_bytes);
	jsonw_u64(b, "calls", v->calls);
	jsonw_u64(b, "mapped", v->mapped_bytes);
	jsonw_close(b, '}');
}

static void put_readers(struct buf *b, const struct sample *s)
{
	jsonw_key(b, "readers");
	jsonw_open(b, '[');
	for (size_t i = 0; i < s->reader_count; i++) {
		const struct sample_reader *r = &s->readers[i];

		jsonw_open(b, '{');
		jsonw_u64(b, "tgid", r->key.tgid);
		jsonw_u64(b, "start_ns", r->key.start_ns);
		jsonw_u64(b, "cgroup_id", r->key.cgroup_id);
		jsonw_u64(b, "uid", r->key.uid);
		put_reads(b, "val", &r->val);
		jsonw_close(b, '}');
	}
	jsonw_close(b, ']');
	put_reads(b, "read_drained", &s->readers_drained);
	put_reads(b, "read_unattributed", &s->readers_unattributed);
	put_reads(b, "read_total", &s->read_total_after);
	jsonw_u64(b, "readers_full", s->losses.readers_full);
	jsonw_u64(b, "file_misses", s->losses.file_misses);
	jsonw_bool(b, "reads_inexact", s->reads_inexact);
	jsonw_bool(b, "read_invariant_ok", s->read_invariant_ok);
}

static void put_sample(struct buf *b, const struct sample *s)
{
	jsonw_open(b, '{');
	jsonw_u64(b, "boot_ns", s->boot_ns);
	jsonw_key(b, "rows");
	jsonw_open(b, '[');
	for (size_t i = 0; i < s->row_count; i++)
		put_row(b, &s->rows[i]);
	jsonw_close(b, ']');
	put_readers(b, s);
	put_columns(b, "drained", s->drained);
	put_columns(b, "unattributed", s->unattributed);
	put_columns(b, "before", s->total_before);
	put_columns(b, "after", s->total_after);
	jsonw_u64(b, "flow_map_full", s->losses.flow_map_full);
	jsonw_u64(b, "storage_refused", s->losses.storage_refused);
	jsonw_u64(b, "unattributed_bytes", s->losses.unattributed_bytes);
	jsonw_u64(b, "ring_full", s->losses.ring_full);
	jsonw_u64(b, "recursion_misses", s->losses.recursion_misses);
	jsonw_u64(b, "clock_back", s->losses.clock_back);
	jsonw_bool(b, "inexact", s->inexact);
	jsonw_bool(b, "invariant_ok", s->invariant_ok);
	jsonw_close(b, '}');
}

static void put_life(void *ctx, const struct collect_life *e)
{
	struct buf *b = ctx;

	jsonw_open(b, '{');
	jsonw_str(b, "kind", e->kind == LIFE_EXEC ? "exec" : "exit");
	jsonw_u64(b, "tgid", e->tgid);
	jsonw_u64(b, "ppid", e->ppid);
	jsonw_u64(b, "uid", e->uid);
	jsonw_u64(b, "loginuid", e->loginuid);
	jsonw_u64(b, "start_ns", e->start_ns);
	jsonw_u64(b, "parent_start_ns", e->parent_start_ns);
	jsonw_u64(b, "cgroup_id", e->cgroup_id);
	jsonw_str(b, "comm", e->comm);
	jsonw_str(b, "exe", e->exe);
	jsonw_strn(b, "args", e->args, e->args_len);
	jsonw_close(b, '}');
}

static void put_rungs(struct buf *b, const struct collect *c)
{
	const struct collect_rung *rungs;
	size_t count = collect_rungs(c, &rungs);
	uint64_t entries, max;

	collect_map_fill(c, &entries, &max);
	jsonw_open(b, '{');
	jsonw_bool(b, "adopted", collect_adopted(c));
	jsonw_u64(b, "entries", entries);
	jsonw_u64(b, "max", max);
	for (size_t i = 0; i < count; i++) {
		jsonw_str(b, rungs[i].group, rungs[i].rung);
		if (*rungs[i].detail)
			(void)fprintf(stderr, "%s: %s\n", rungs[i].group, rungs[i].detail);
	}
	jsonw_close(b, '}');
}

/* As an event loop would. */
/* Directories of the line, separated by spaces. */
static int watch(struct collect *c, const char *line, bool wait)
{
	int fds[16], r;
	size_t count = 0;

	while (*line && count < ARRAY_SIZE(fds)) {
		char dir[256];
		size_t n = strcspn(line, " ");

		(void)snprintf(dir, sizeof(dir), "%.*s", (int)n, line);
		fds[count] = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fds[count] < 0)
			return -errno;
		count++;
		line += n + (line[n] == ' ');
	}
	r = wait ? collect_watch_now(c, fds, count) : collect_watch(c, fds, count);
	while (count-- > 0)
		close(fds[count]);
	return r;
}

static int command(struct collect *c, const char *line, struct buf *b)
{
	const struct sample *sample;
	uint64_t idle_ms = 0;
	int r = 0;

	if (!strcmp(line, "read")) {
		r = collect_read(c, &sample);
		if (r == 0)
			put_sample(b, sample);
	} else if (!strncmp(line, "drain ", 6)) {
		r = parse_u64(line + 6, &idle_ms);
		if (r == 0)
			r = collect_drain_idle(c, idle_ms * 1000000);
		buf_addf(b, "{\"drained\":%d}", r);
	} else if (!strncmp(line, "watch ", 6) || !strcmp(line, "watch") ||
		   !strncmp(line, "begin ", 6)) {
		r = watch(c, line + strnlen(line, 6), *line == 'w');
		buf_addf(b, "{\"watched\":%d}", r);
		r = MAX(r, 0);
	} else if (!strcmp(line, "life")) {
		jsonw_open(b, '[');
		r = collect_life_poll(c, put_life, b);
		jsonw_close(b, ']');
	} else if (!strcmp(line, "rungs")) {
		put_rungs(b, c);
	} else {
		r = -EINVAL;
	}
	if (r < 0) {
		buf_clear(b);
		buf_addf(b, "{\"error\":%d}", r);
	}
	buf_add_char(b, '\n');
	return b->error;
}

static int parse_options(int argc, char **argv, struct collect_options *o, char *mode)
{
	static const struct option longs[] = {
		{ "pin", required_argument, NULL, 'p' },
		{ "cgroup", required_argument, NULL, 'c' },
		{ "flows", required_argument, NULL, 'f' },
		{ "ephemeral", no_argument, NULL, 'e' },
		{ "rung", required_argument, NULL, 'r' },
		{ "detach", no_argument, NULL, 'd' },
		{ "support", no_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	const char *small = getenv("DUMP_FLOWS"); /* where a large table costs seconds: emulation */
	uint64_t flows;
	int opt;

	if (small && parse_u64(small, &flows) == 0)
		o->max_flows = (unsigned int)flows;

	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1)
		switch (opt) {
		case 'p': o->pin_dir = optarg; break;
		case 'c': o->cgroup_root = optarg; break;
		case 'f':
			if (parse_u64(optarg, &flows))
				return -EINVAL;
			o->max_flows = (unsigned int)flows;
			break;
		case 'e': o->ephemeral = true; break;
		case 'r': o->force_rung = optarg; break;
		case 'd':
		case 's': *mode = (char)opt; break;
		default: return -EINVAL;
		}
	return 0;
}

static int serve(const struct collect_options *o)
{
	struct buf b = BUF_INIT;
	struct collect *c;
	char line[4096];
	int r = collect_open(o, &c);

	if (r < 0) {
		printf("{\"error\":%d}\n", r);
		return 1;
	}
	printf("{\"ready\":true}\n");
	(void)fflush(stdout);
	while (r == 0 && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strcmp(line, "close")) {
			collect_close(c);
			break;
		}
		buf_clear(&b);
		r = command(c, line, &b);
		(void)fwrite(b.data, 1, b.len, stdout);
		(void)fflush(stdout);
	}
	buf_free(&b);
	return r < 0;
}

int main(int argc, char **argv)
{
	struct collect_options o = { .pin_dir = NULL };
	struct buf b = BUF_INIT;
	char mode = 0;
	int r;

	if (parse_options(argc, argv, &o, &mode) < 0)
		return 2;
	if (mode == 'd') {
		r = collect_detach(o.pin_dir);
		printf("{\"detach\":%d}\n", r);
		return r < 0;
	}
	if (mode == 's') {
		r = collect_support(&o, true, &b);
		puts(b.data ? b.data : "");
		buf_free(&b);
		return r < 0;
	}
	return serve(&o);
}
