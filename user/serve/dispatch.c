/* SPDX-License-Identifier: Apache-2.0
 *
 * From a request's text to the handler in the table and back to frames.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/buf.h"
#include "serve/internal.h"
#include "serve/request.h"

#define HELD_MAX (192u << 20) /* of all connections together: bounds the daemon's memory */
#define ANSWER_MAX (HELD_MAX - HELD_MAX / 4) /* a reader's share: 65,536 flows of 2,300 bytes */

static const struct serve_op *find_op(const struct serve *s, const char *name)
{
	for (const struct serve_op *op = s->options.ops; op->name; op++)
		if (strcmp(op->name, name) == 0)
			return op;
	return NULL;
}

static void unknown_op(struct conn *c, const char *name)
{
	struct buf words _cleanup_buf_ = BUF_INIT;

	buf_addf(&words, "unknown operation \"%.40s\"; this daemon knows", name);
	for (const struct serve_op *op = c->serve->options.ops; op->name; op++)
		buf_addf(&words, " %s", op->name);
	conn_send_error(c, 2, words.error ? "out of memory" : words.data, false);
}

static void denied(struct conn *c, const char *op)
{
	struct buf words _cleanup_buf_ = BUF_INIT;
	const char *group = c->serve->options.admin_group;

	c->serve->stats.denied++;
	buf_addf(&words, "%s changes things: it needs root", op);
	if (group && *group)
		buf_addf(&words, " or a member of the group %s", group);
	conn_send_error(c, 4, words.error ? "out of memory" : words.data, false);
}

/* An answer is held until its last byte is taken. Readers leave some for those who may
 * change things. */
static bool is_room(const struct conn *c, size_t len)
{
	const size_t max = c->peer.may_change ? HELD_MAX : HELD_MAX - HELD_MAX / 4;

	return c->serve->stats.held_bytes + len <= max;
}

static void answer(struct conn *c, const struct serve_op *op, struct buf *rows)
{
	int r;

	if (rows->len > ANSWER_MAX)
		return conn_send_error(c, 1, "the answer is too large: ask for less", false);
	if (rows->len > 0 && !is_room(c, rows->len))
		return conn_send_error(c, 1,
				       "other clients are slow to take their answers: "
				       "try again later",
				       false);
	r = conn_send_rows(c, rows);
	if (r == -EMSGSIZE)
		return conn_send_error(c, 1, "one line of the answer is above 1 MiB", false);
	if (r < 0)
		return conn_send_error(c, 1, "the daemon is out of memory", true);
	if (op->follow)
		conn_follow(c, op);
	else
		conn_send_end(c);
}

static void run(struct conn *c, const struct serve_op *op, struct json_object *request)
{
	struct buf rows _cleanup_buf_ = BUF_INIT;
	struct buf error _cleanup_buf_ = BUF_INIT;
	int status = 1;
	int r = op->handler(c->serve->options.ctx, &c->peer, request, &rows, &error, &status);

	if (r < 0 && error.len == 0)
		buf_addf(&error, "%s: %s", op->name, strerror(-r));
	if (r < 0)
		conn_send_error(c, status, error.error ? "out of memory" : error.data, false);
	else
		answer(c, op, &rows);
}

void dispatch_request(struct conn *c, const char *text, size_t len)
{
	struct json_object *request = NULL;
	const struct serve_op *op;
	const char *name, *why;
	int r = request_parse(text, len, &request, &name, &why);

	if (r < 0) {
		struct buf words _cleanup_buf_ = BUF_INIT;

		buf_addf(&words, "bad request: %s", r == -ENOMEM ? "out of memory" : why);
		return conn_send_error(c, 2, words.error ? "bad request" : words.data, false);
	}
	op = find_op(c->serve, name);
	if (!op)
		unknown_op(c, name);
	else if (op->change && !c->peer.may_change)
		denied(c, op->name);
	else
		run(c, op, request);
	json_object_put(request);
}
