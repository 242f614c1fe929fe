/* SPDX-License-Identifier: Apache-2.0
 *
 * `connections` and `files`: what one process has open now. Asked by a person about one
 * process; bounded in what is read and in what is answered.
 */
#include <errno.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/units.h"
#include "daemon/manager.h"
#include "daemon/ops.h"
#include "enrich/enrich.h"
#include "enrich/holdings.h"

#define PROC_ROOT "/proc"
#define START_SLACK_S 2 /* clocks of two sources, each cut to a second */
#define STATUS_NO 1
#define STATUS_USAGE 2

static int find_process(struct json_object *request, uint32_t *ret_pid, struct buf *error,
			int *status)
{
	uint64_t pid = op_u64(request, "pid", 0);
	const char *start = op_string(request, "start");
	int64_t wanted, began;

	if (!pid || pid > INT32_MAX) {
		*status = STATUS_USAGE;
		buf_add_str(error, "which process? pid is missing");
		return -EINVAL;
	}
	*status = STATUS_NO;
	*ret_pid = (uint32_t)pid;
	if (holdings_started(PROC_ROOT, *ret_pid, &began) < 0 ||
	    (start && parse_when(start, 0, &wanted) == 0 &&
	     (wanted - began > START_SLACK_S || began - wanted > START_SLACK_S))) {
		buf_addf(error, "process %u has ended", *ret_pid);
		return -ESRCH;
	}
	return 0;
}

static int say_failure(int r, uint32_t pid, struct buf *error)
{
	if (r == -ESRCH)
		buf_addf(error, "process %u has ended", pid);
	else if (r == -EACCES || r == -EPERM)
		buf_addf(error, "the daemon may not look into process %u: it needs CAP_SYS_PTRACE",
			 pid);
	else if (r < 0)
		buf_addf(error, "process %u cannot be looked into: %s", pid, strerrordesc_np(-r));
	return r;
}

static void add_more(struct buf *rows, size_t more)
{
	if (!more)
		return;
	jsonw_open(rows, '{');
	jsonw_u64(rows, "more", more);
	jsonw_close(rows, '}');
	buf_add_char(rows, '\n');
}

static void add_end(struct buf *rows, const char *key, const uint8_t addr[16], uint16_t port)
{
	char text[64], ip[48];

	format_addr(ip, sizeof(ip), addr);
	snprintf(text, sizeof(text), strchr(ip, ':') ? "[%s]:%u" : "%s:%u", ip, port);
	jsonw_str(rows, key, text);
}

static void add_socket(struct buf *rows, const struct held_socket *s)
{
	jsonw_open(rows, '{');
	jsonw_str(rows, "network.transport", s->tcp ? "tcp" : "udp");
	add_end(rows, "source.address", s->local, s->local_port);
	add_end(rows, "destination.address", s->remote, s->remote_port);
	if (s->tcp && s->state)
		jsonw_str(rows, "connection.state", holdings_state_name(s->state));
	else
		jsonw_null(rows, "connection.state");
	if (s->counted) {
		jsonw_u64(rows, "connection.sent_bytes", s->sent);
		jsonw_u64(rows, "connection.retransmit_bytes", s->retrans);
		jsonw_u64(rows, "connection.queued_bytes", s->queued);
	} else {
		jsonw_null(rows, "connection.sent_bytes");
		jsonw_null(rows, "connection.retransmit_bytes");
		jsonw_null(rows, "connection.queued_bytes");
	}
	jsonw_close(rows, '}');
	buf_add_char(rows, '\n');
}

int op_connections(void *ctx, const struct serve_peer *peer, struct json_object *request,
		   struct buf *rows, struct buf *error, int *status)
{
	_cleanup_(holdings_free) struct holdings h = { 0 };
	const struct manager *m = ctx;
	uint32_t pid;
	int r;

	(void)peer;
	r = find_process(request, &pid, error, status);
	if (r < 0)
		return r;
	r = say_failure(holdings_sockets(PROC_ROOT, pid, m->held, &h), pid, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < h.socket_count; i++)
		add_socket(rows, &h.sockets[i]);
	add_more(rows, h.sockets_more);
	return rows->error;
}

int op_files(void *ctx, const struct serve_peer *peer, struct json_object *request,
	     struct buf *rows, struct buf *error, int *status)
{
	_cleanup_(holdings_free) struct holdings h = { 0 };
	struct manager *m = ctx;
	const char *const *dirs;
	size_t count = enrich_data_dirs(m->enrich, &dirs);
	uint32_t pid;
	int r;

	(void)peer;
	r = find_process(request, &pid, error, status);
	if (r < 0)
		return r;
	r = say_failure(holdings_files(PROC_ROOT, pid, dirs, count, &h), pid, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < h.file_count; i++) {
		jsonw_open(rows, '{');
		jsonw_str(rows, "file.path", h.files[i].path);
		jsonw_u64(rows, "file.size", h.files[i].bytes);
		jsonw_close(rows, '}');
		buf_add_char(rows, '\n');
	}
	add_more(rows, h.files_more);
	return rows->error;
}
