/* SPDX-License-Identifier: Apache-2.0
 *
 * What is open in the process of an opened row: connections, database files; see draw.h.
 */
#include "base/units.h"
#include "top/cell_text.h"
#include "top/draw.h"

#define LOCAL_X 14
#define STATE_ROOM 12
#define NUMBER_ROOM 8
#define LINES_MAX 100 /* of each list; the rest is counted */

static int draw_more(struct canvas *c, int y, uint64_t more, const char *what)
{
	if (!more)
		return y;
	(void)canvas_putf(c, 1, y, c->width - 1, S_DIM, "and %u %s more",
			  (unsigned int)MIN(more, UINT32_MAX), what);
	return y + 1;
}

/* Column of the numbers: queued, again, sent, from the right. */
static int number_x(const struct canvas *c, int which)
{
	return c->width - NUMBER_ROOM * (which + 1) - 1;
}

static void draw_connection(struct canvas *c, const struct inside_connection *con, int y)
{
	int room = MAX((number_x(c, 2) - LOCAL_X - STATE_ROOM - 1) / 2, 8);
	const uint64_t numbers[] = { con->queued, con->again, con->sent };

	(void)canvas_put(c, 1, y, LOCAL_X - 2, S_PLAIN, con->transport);
	(void)canvas_put_cut(c, LOCAL_X - 7, y, room, S_PLAIN, con->local);
	(void)canvas_put_cut(c, LOCAL_X - 7 + room + 1, y, room, S_PLAIN, con->remote);
	(void)canvas_put_cut(c, LOCAL_X - 7 + 2 * (room + 1), y, STATE_ROOM, S_DIM, con->state);
	for (int i = 0; i < 3; i++) {
		char text[CELL_MAX];

		cell_num(con->sent_known, numbers[i], text);
		canvas_put_right(c, number_x(c, i), y, NUMBER_ROOM - 1, S_PLAIN, text);
	}
}

static int draw_connections(struct canvas *c, const struct inside *in, int y)
{
	static const char *const titles[] = { "QUEUED", "AGAIN", "SENT" };
	size_t shown = MIN(in->connection_count, (size_t)LINES_MAX);

	canvas_fill(c, 0, y, c->width, S_HEADER, ' ');
	(void)canvas_putf(c, 1, y, c->width - 1, S_HEADER, "OPEN CONNECTIONS: %u",
			  (unsigned int)MIN(in->connection_count + in->connections_more,
					    (uint64_t)UINT32_MAX));
	for (int i = 0; i < 3 && c->width >= 60; i++)
		canvas_put_right(c, number_x(c, i), y, NUMBER_ROOM - 1, S_HEADER, titles[i]);
	y++;
	for (size_t i = 0; i < shown; i++)
		draw_connection(c, &in->connections[i], y++);
	return draw_more(c, y, in->connections_more + in->connection_count - shown, "connections") +
	       1;
}

static int draw_files(struct canvas *c, const struct inside *in, const struct view_row *row, int y)
{
	size_t shown = MIN(in->file_count, (size_t)LINES_MAX);
	char text[CELL_MAX];

	cell_num(view_knows(row, N_READ), row->num[N_READ], text);
	canvas_fill(c, 0, y, c->width, S_HEADER, ' ');
	(void)canvas_putf(c, 1, y, c->width - 1, S_HEADER,
			  "DATABASE FILES IT HOLDS OPEN: %u   (read from such files in all: %s)",
			  (unsigned int)MIN(in->file_count + in->files_more, (uint64_t)UINT32_MAX),
			  text);
	canvas_put_right(c, number_x(c, 0), y++, NUMBER_ROOM - 1, S_HEADER, "SIZE");
	for (size_t i = 0; i < shown; i++, y++) {
		(void)canvas_put_cut(c, 1, y, number_x(c, 0) - 2, S_PLAIN, in->files[i].path);
		cell_num(true, in->files[i].bytes, text);
		canvas_put_right(c, number_x(c, 0), y, NUMBER_ROOM - 1, S_PLAIN, text);
	}
	return draw_more(c, y, in->files_more + in->file_count - shown, "files") + 1;
}

int draw_inside(struct canvas *c, const struct ui *ui, const struct view_row *row, int y)
{
	const struct inside *in = &ui->inside;

	if (ui->replay || ui->past_s)
		return y;
	if (row->ended)
		return draw_wrapped(c, 1, y, c->width - 2, 2, S_DIM,
				    "It has ended: nothing of it is open.");
	if (row->name)
		return draw_wrapped(c, 1, y, c->width - 2, 3, S_DIM,
				    "It sends nothing itself. The processes below it in the tree "
				    "have connections and files.");
	if (!row->num[N_PID])
		return draw_wrapped(c, 1, y, c->width - 2, 3, S_DIM,
				    "Several processes: open one (g groups by process, t shows "
				    "the tree) for its connections and files.");
	if (in->error[0])
		return draw_wrapped(c, 1, y, c->width - 2, 3, S_DIM, in->error);
	if (!in->answered)
		return draw_wrapped(c, 1, y, c->width - 2, 2, S_DIM,
				    "connections and files: loading ...");
	y = draw_connections(c, in, y);
	return draw_files(c, in, row, y);
}
