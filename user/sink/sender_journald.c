/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal of this host: one datagram an event to journald's socket, with every
 * member as a field. journald does not answer: an event stays pending until it has
 * left the socket's queue for the replay window, and is sent again if journald went
 * away in that time.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "sink/journal_fields.h"
#include "sink/sender.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

struct sender {
	const struct params_sink *params;
	int fd; /* -1 = not connected */
};

static int journald_open(const struct params_sink *params, const char *host, struct sender **ret)
{
	struct sender *s = calloc(1, sizeof(*s));

	(void)host;
	if (!s)
		return -ENOMEM;
	s->params = params;
	s->fd = -1;
	*ret = s;
	return 0;
}

static void hang_up(struct sender *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static void journald_close(struct sender *s)
{
	hang_up(s);
	free(s);
}

static int connect_if_needed(struct sender *s)
{
	const char *path = *s->params->path ? s->params->path : JOURNAL_SOCKET;
	const struct timeval wait = { .tv_sec = s->params->timeout_ms / 1000,
				      .tv_usec = (s->params->timeout_ms % 1000) * 1000 };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int r;

	if (s->fd >= 0)
		return 0;
	if (strlen(path) >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return -errno;
	if (setsockopt(s->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) == 0 &&
	    connect(s->fd, (const struct sockaddr *)&a, sizeof(a)) == 0)
		return 0;
	r = -errno;
	hang_up(s);
	return r;
}

static int make_datagram(struct sender *s, const struct send_item *item, struct buf *out)
{
	struct record r _cleanup_record_ = { 0 };
	struct buf document _cleanup_buf_ = BUF_INIT;
	int result = record_parse(item->line, item->len, &r);

	if (result < 0)
		return result == -ENOMEM ? result : -EINVAL;
	if (strcmp(s->params->format, "auto") == 0)
		return journal_fields(&r, record_message(&r), strlen(record_message(&r)), out);
	result = sender_format(s->params, "json", item, &document);
	return result < 0 ? result : journal_fields(&r, document.data, document.len, out);
}

/* 0; else nothing behind this one may go before it. */
static int send_one(struct sender *s, struct send_item *item)
{
	struct buf datagram _cleanup_buf_ = BUF_INIT;
	int r = make_datagram(s, item, &datagram);

	if (r == 0 && send(s->fd, datagram.data, datagram.len, MSG_NOSIGNAL) < 0)
		r = errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (r == 0) {
		item->verdict = SEND_PENDING;
	} else if (r == -EINVAL || r == -EMSGSIZE) {
		item->verdict = SEND_REJECT;
		(void)snprintf(item->why, sizeof(item->why), "%s",
			       r == -EINVAL ? "no record of ours" : "too long for a datagram");
		r = 0;
	}
	return r;
}

static void journald_send(struct sender *s, struct send_item *items, size_t count,
			  struct send_result *result)
{
	int r = connect_if_needed(s);

	for (size_t i = 0; r == 0 && i < count; i++)
		r = send_one(s, &items[i]);
	if (r == 0)
		return;
	sender_why(result, "journald: %s", strerror(-r));
	if (r != -ETIMEDOUT) /* full: it still has what it was given */
		hang_up(s);
}

/* An empty datagram asks whether somebody still holds the other end; journald passes
 * over it. */
static int journald_settle(struct sender *s)
{
	int unread = 0, r = 0;

	if (s->fd < 0)
		return -ENOTCONN;
	if (ioctl(s->fd, SIOCOUTQ, &unread) < 0)
		r = -errno;
	else if (unread) /* before the question, which would count too */
		r = -EAGAIN;
	else if (send(s->fd, "", 0, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		r = -errno;
	if (r < 0 && r != -EAGAIN)
		hang_up(s);
	return r;
}

const struct sender_ops sender_journald = {
	.open = journald_open,
	.send = journald_send,
	.settle = journald_settle,
	.close = journald_close,
};
