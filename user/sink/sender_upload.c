/* SPDX-License-Identifier: Apache-2.0
 *
 * systemd-journal-remote: POST /upload of the journal export format. Its 202 says
 * that the entries are in its journal.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "sink/journal_fields.h"
#include "sink/sender_http.h"

enum { ID_CHARS = 32 };

static int upload_open(const struct params_sink *params, const char *host, struct sender **ret)
{
	int r = http_sender_open(params, host, "application/vnd.fdo.journal", ret);
	struct sender *s = r == 0 ? *ret : NULL;
	size_t len = strlen(params->url);

	while (len > 0 && params->url[len - 1] == '/')
		len--;
	if (s && (len < 7 || strncmp(params->url + len - 7, "/upload", 7) != 0))
		(void)snprintf(s->url, sizeof(s->url), "%.*s/upload", (int)len, params->url);
	return r;
}

/* A 128-bit id from a file of the system, dashes taken out; zeros if there is none. */
static void read_id(const char *path, char out[ID_CHARS + 1])
{
	char text[64] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t at = 0;

	if (fd >= 0) {
		(void)!read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	for (const char *c = text; *c && at < ID_CHARS; c++)
		if ((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'f'))
			out[at++] = *c;
	while (at < ID_CHARS)
		out[at++] = '0';
	out[at] = '\0';
}

static void add_head(struct sender *s, const struct record *r, struct buf *body)
{
	char id[ID_CHARS + 1];
	struct timespec boot;

	clock_gettime(CLOCK_MONOTONIC, &boot);
	buf_addf(body, "__REALTIME_TIMESTAMP=%" PRId64 "000000\n", r->ts);
	buf_addf(body, "__MONOTONIC_TIMESTAMP=%" PRId64 "\n",
		 (int64_t)boot.tv_sec * 1000000 + boot.tv_nsec / 1000);
	read_id("/proc/sys/kernel/random/boot_id", id);
	buf_addf(body, "_BOOT_ID=%s\n", id);
	read_id("/etc/machine-id", id);
	buf_addf(body, "_MACHINE_ID=%s\n", id);
	journal_field(body, "_HOSTNAME", s->host, strlen(s->host));
}

static int add_entry(struct sender *s, const struct send_item *item, struct buf *body)
{
	struct record r _cleanup_record_ = { 0 };
	int result = record_parse(item->line, item->len, &r);

	if (result < 0)
		return result;
	add_head(s, &r, body);
	result = journal_fields(&r, record_message(&r), strlen(record_message(&r)), body);
	buf_add_char(body, '\n');
	return result;
}

static void upload_send(struct sender *s, struct send_item *items, size_t count,
			struct send_result *result)
{
	struct buf body _cleanup_buf_ = BUF_INIT;

	for (size_t i = 0; i < count; i++) {
		if (add_entry(s, &items[i], &body) < 0) {
			items[i].verdict = SEND_REJECT;
			sender_why(result, "no record of ours");
		}
	}
	http_sender_post(s, NULL, &body, items, count, result);
}

const struct sender_ops sender_upload = {
	.open = upload_open,
	.send = upload_send,
	.close = http_sender_close,
};
