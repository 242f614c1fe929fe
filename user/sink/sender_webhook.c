/* SPDX-License-Identifier: Apache-2.0
 *
 * A generic webhook: CloudEvents in a batch, or lines of another format; with a secret
 * signed by HMAC-SHA256 over time and body.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "sink/sender_http.h"

static int webhook_open(const struct params_sink *params, const char *host, struct sender **ret)
{
	return http_sender_open(params, host,
				strcmp(params->format, "auto") == 0 ||
						strcmp(params->format, "cloudevents") == 0
					? "application/cloudevents-batch+json"
					: "application/x-ndjson",
				ret);
}

/* "X-Egressd-Signature: t=UNIX,v1=HEX" of HMAC-SHA256(secret, "UNIX.BODY"). */
static void sign(const char *secret, const struct buf *body, char *out, size_t size)
{
	struct buf text _cleanup_buf_ = BUF_INIT;
	unsigned char mac[DIGEST_BYTES];
	int64_t now = (int64_t)time(NULL);
	int n = snprintf(out, size, "X-Egressd-Signature: t=%" PRId64 ",v1=", now);

	buf_addf(&text, "%" PRId64 ".", now);
	buf_add(&text, body->data, body->len);
	if (text.error || digest_hmac(secret, text.data, text.len, mac) < 0)
		return;
	for (unsigned int i = 0; i < DIGEST_BYTES && (size_t)n + 3 < size; i++)
		n += snprintf(out + n, size - (size_t)n, "%02x", mac[i]);
}

static void webhook_send(struct sender *s, struct send_item *items, size_t count,
			 struct send_result *result)
{
	struct buf lines _cleanup_buf_ = BUF_INIT, body _cleanup_buf_ = BUF_INIT;
	bool batch = strcmp(s->params->format, "auto") == 0 ||
		     strcmp(s->params->format, "cloudevents") == 0;
	char signature[160] = "";

	http_sender_lines(s, "cloudevents", items, count, result, &lines);
	if (batch && lines.len) {
		buf_add_char(&body, '[');
		buf_add(&body, lines.data, lines.len - 1);
		buf_add_char(&body, ']');
		for (size_t i = 0; !body.error && i < body.len; i++)
			if (body.data[i] == '\n')
				body.data[i] = ',';
	} else if (lines.len) {
		buf_add(&body, lines.data, lines.len);
	}
	if (s->params->secret && body.len && !body.error)
		sign(s->params->secret, &body, signature, sizeof(signature));
	http_sender_post(s, *signature ? signature : NULL, &body, items, count, result);
}

const struct sender_ops sender_webhook = {
	.open = webhook_open,
	.send = webhook_send,
	.close = http_sender_close,
};
