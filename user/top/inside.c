/* SPDX-License-Identifier: Apache-2.0
 *
 * See inside.h.
 */
#include <errno.h>
#include <json-c/json.h>

#include "base/jsonw.h"
#include "top/json_read.h"
#include "top/ui.h"

#define REFRESH_S 3
#define ROWS_MAX 1000 /* the daemon sends fewer; bounds a hostile answer */

void inside_free(struct inside *in)
{
	free(in->connections);
	free(in->files);
	*in = (struct inside){ 0 };
}

static void put_text(char *out, size_t size, struct json_object *o, const char *key)
{
	const char *text = json_member_text(o, key);

	if (text)
		snprintf(out, size, "%s", text);
}

static void take_connection(void *ctx, struct json_object *o)
{
	struct inside *in = ctx;
	struct inside_connection *c;

	if (json_member_u64(o, "more", &in->connections_more) || in->connection_count == ROWS_MAX)
		return;
	if (!in->connections)
		in->connections = calloc(ROWS_MAX, sizeof(*in->connections));
	if (!in->connections)
		return;
	c = &in->connections[in->connection_count];
	*c = (struct inside_connection){ 0 };
	put_text(c->transport, sizeof(c->transport), o, "network.transport");
	put_text(c->state, sizeof(c->state), o, "connection.state");
	put_text(c->local, sizeof(c->local), o, "source.address");
	put_text(c->remote, sizeof(c->remote), o, "destination.address");
	c->sent_known = json_member_u64(o, "connection.sent_bytes", &c->sent);
	(void)json_member_u64(o, "connection.retransmit_bytes", &c->again);
	(void)json_member_u64(o, "connection.queued_bytes", &c->queued);
	in->connection_count += c->transport[0] != '\0';
}

static void take_file(void *ctx, struct json_object *o)
{
	struct inside *in = ctx;
	struct inside_file *f;

	if (json_member_u64(o, "more", &in->files_more) || in->file_count == ROWS_MAX)
		return;
	if (!in->files)
		in->files = calloc(ROWS_MAX, sizeof(*in->files));
	if (!in->files)
		return;
	f = &in->files[in->file_count];
	*f = (struct inside_file){ 0 };
	put_text(f->path, sizeof(f->path), o, "file.path");
	(void)json_member_u64(o, "file.size", &f->bytes);
	in->file_count += f->path[0] != '\0';
}

void inside_answer(struct inside *in, const struct ask *ask)
{
	snprintf(in->error, sizeof(in->error), "%s", ask->error);
	in->answered = true;
	if (ask->failed)
		return;
	in->connection_count = in->file_count = 0;
	in->connections_more = in->files_more = 0;
	json_each_line(&ask->rows[0], take_connection, in);
	json_each_line(&ask->rows[1], take_file, in);
}

static void write_request(struct buf *out, const char *op, uint64_t pid, const char *start)
{
	jsonw_open(out, '{');
	jsonw_str(out, "op", op);
	jsonw_u64(out, "pid", pid);
	if (start)
		jsonw_str(out, "start", start);
	jsonw_close(out, '}');
}

void inside_update(struct ui *ui)
{
	struct inside *in = &ui->inside;
	long at = view_find(&ui->view, ui->detail_id);
	const struct view_row *row;
	struct ask *ask;

	if (ui->screen != SCREEN_DETAIL || at < 0 || ui->past_s || ui->replay)
		return;
	row = view_at(&ui->view, (size_t)at);
	if (in->row != ui->detail_id) {
		inside_free(in);
		ui->awaited[ASK_INSIDE] = 0;
		in->row = ui->detail_id;
	}
	if (!row->num[N_PID] || row->ended || ui_waits(ui, ASK_INSIDE) ||
	    (in->pid == row->num[N_PID] && ui->now_s < in->asked_s + REFRESH_S))
		return;
	in->pid = (uint32_t)row->num[N_PID];
	in->asked_s = ui->now_s;
	ask = ui_ask(ui, ASK_INSIDE);
	write_request(&ask->request[0], "connections", in->pid, row->flows[0]->text[T_START]);
	write_request(&ask->request[1], "files", in->pid, row->flows[0]->text[T_START]);
}
