/* SPDX-License-Identifier: Apache-2.0
 *
 * Syslog: UDP (RFC 5426), TCP with octet counting (RFC 6587 3.4.1), TLS (RFC 5425).
 * No receiver acknowledges: what was written stays pending until it has been out of
 * the kernel's queue for the replay window, and is sent again if the connection
 * breaks before. That is no promise, only a much smaller hole.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "base/buf.h"
#include "sink/dial.h"
#include "sink/sender.h"

enum { UDP_BURST = 32, UDP_NAP_NS = 2000000 }; /* a receiver's buffer holds about a hundred */

struct sender {
	const struct params_sink *params;
	struct dial *dial; /* NULL = not connected */
	bool datagram;
};

static int syslog_open(const struct params_sink *params, const char *host, struct sender **ret)
{
	struct sender *s = calloc(1, sizeof(*s));

	(void)host;
	if (!s)
		return -ENOMEM;
	s->params = params;
	s->datagram = strcmp(params->transport, "udp") == 0;
	*ret = s;
	return 0;
}

static void syslog_close(struct sender *s)
{
	dial_close(s->dial);
	free(s);
}

static int connect_if_needed(struct sender *s, struct send_result *result)
{
	const struct params_sink *p = s->params;
	const struct dial_options options = {
		.address = p->address,
		.datagram = s->datagram,
		.tls = strcmp(p->transport, "tls") == 0,
		.verify = p->verify,
		.server_name = *p->server_name ? p->server_name : NULL,
		.ca = p->ca,
		.cert = p->cert,
		.key = p->key,
		.timeout_ms = p->timeout_ms,
	};

	if (s->dial)
		return 0;
	return dial_open(&options, &s->dial, result->why, sizeof(result->why));
}

/* One write a message for UDP, one for all otherwise. */
static int write_messages(struct sender *s, const struct buf *messages, const size_t *ends,
			  struct send_item *items, size_t count)
{
	const struct timespec nap = { .tv_nsec = UDP_NAP_NS };
	size_t begin = 0;
	int r = 0;

	if (!s->datagram)
		return dial_write(s->dial, messages->data, messages->len);
	for (size_t i = 0; r == 0 && i < count; i++) {
		if (ends[i] > begin)
			r = dial_write(s->dial, messages->data + begin, ends[i] - begin);
		if (r == -EMSGSIZE) {
			items[i].verdict = SEND_REJECT;
			(void)snprintf(items[i].why, sizeof(items[i].why), "%s",
				       "too long for a datagram");
		}
		if (r == -EMSGSIZE || r == -ECONNREFUSED)
			r = 0; /* nobody listens: UDP promises nothing */
		begin = ends[i];
		if (i % UDP_BURST == UDP_BURST - 1)
			(void)nanosleep(&nap, NULL);
	}
	return r;
}

static void add_framed(struct buf *out, const struct buf *message, bool datagram)
{
	if (!datagram)
		buf_addf(out, "%zu ", message->len);
	buf_add(out, message->data, message->len);
}

static void syslog_send(struct sender *s, struct send_item *items, size_t count,
			struct send_result *result)
{
	struct buf all _cleanup_buf_ = BUF_INIT;
	size_t *ends _cleanup_free_ = calloc(count, sizeof(*ends));
	int r = ends ? connect_if_needed(s, result) : -ENOMEM;

	if (r < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		struct buf message _cleanup_buf_ = BUF_INIT;

		if (sender_format(s->params, "syslog", &items[i], &message) == -EINVAL)
			items[i].verdict = SEND_REJECT;
		else
			add_framed(&all, &message, s->datagram);
		ends[i] = all.len;
	}
	r = all.error ? all.error : all.len ? write_messages(s, &all, ends, items, count) : 0;
	if (r < 0) {
		sender_why(result, "%s: %s", s->params->address, strerror(-r));
		dial_close(TAKE_PTR(s->dial));
	}
	for (size_t i = 0; i < count; i++)
		if (items[i].verdict == SEND_RETRY && r == 0)
			items[i].verdict = s->datagram ? SEND_DONE : SEND_PENDING;
}

static int syslog_settle(struct sender *s)
{
	int r = s->dial ? dial_check(s->dial) : -ENOTCONN;

	if (r < 0 && r != -EAGAIN)
		dial_close(TAKE_PTR(s->dial));
	return r;
}

const struct sender_ops sender_syslog = {
	.open = syslog_open,
	.send = syslog_send,
	.settle = syslog_settle,
	.close = syslog_close,
};
