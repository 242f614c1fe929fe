/* SPDX-License-Identifier: Apache-2.0
 *
 * Alert events as lines for people; see console.h.
 */
#include "sink/console.h"

#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "sink/addressed.h"
#include "sink/record.h"
#include "sink/spool.h"

#define READER "console"
#define LINE_MAX_BYTES 2048 /* below PIPE_BUF: a pipe takes it whole or not at all */

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    json_object_is_type(value, json_type_null))
		return "";
	return json_object_get_string(value);
}

/* Syslog severities: page error, ticket warning, notice and every close notice. */
static const char *priority(const char *level, const char *event)
{
	if (strcmp(event, "close") == 0)
		return "<5>";
	if (strcmp(level, "page") == 0)
		return "<3>";
	return strcmp(level, "ticket") == 0 ? "<4>" : "<5>";
}

/* Control characters of foreign names must not reach a terminal. */
static void add_clean(struct buf *out, const char *text, size_t len)
{
	size_t from = out->len;

	utf8_add(out, text, len);
	for (size_t i = from; i < out->len; i++)
		if ((unsigned char)out->data[i] < 0x20 || out->data[i] == 0x7f)
			out->data[i] = ' ';
}

static void add_words(struct buf *out, const char *before, const char *text)
{
	if (!*text)
		return;
	buf_add_str(out, before);
	add_clean(out, text, strlen(text));
}

void console_format(const char *json, size_t len, bool journal, struct buf *out)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *event = NULL;
	size_t from = out->len;

	if (tokener)
		event = json_tokener_parse_ex(tokener, json, (int)MIN(len, 1u << 20));
	if (json_object_is_type(event, json_type_object)) {
		const char *level = text_of(event, "level"), *kind = text_of(event, "event");

		buf_add_str(out, journal ? priority(level, kind) : "ALERT ");
		add_words(out, "", text_of(event, "@timestamp"));
		add_words(out, " ", level);
		add_words(out, " ", kind);
		add_words(out, " ", text_of(event, "alert.id"));
		add_words(out, " ", text_of(event, "subject"));
		add_words(out, ": ", text_of(event, "reason"));
	} else {
		buf_add_str(out, journal ? "<4>" : "ALERT ");
		add_clean(out, json, len);
	}
	json_object_put(event);
	if (tokener)
		json_tokener_free(tokener);
	if (!out->error && out->len - from > LINE_MAX_BYTES - 5) {
		struct buf cut _cleanup_buf_ = BUF_INIT;

		buf_add(&cut, out->data + from, LINE_MAX_BYTES - 5);
		out->len = from;
		utf8_add(out, cut.data, cut.len); /* the cut may have split a character */
		buf_add_str(out, "...");
	}
	while (!out->error && out->len > from && out->data[out->len - 1] == ' ')
		out->len--;
	buf_add_char(out, '\n');
}

/* Summaries and audit records are for receivers only. What is no record is shown. */
static bool is_for_people(const struct buf *record)
{
	struct record r _cleanup_record_ = { 0 };
	const char *to;
	size_t len;

	if (addressed_to(record->data, record->len, &to, &len))
		return false; /* it was shown at its first time */
	return record_parse(record->data, record->len, &r) < 0 || r.kind == RECORD_ALERT;
}

static bool takes_more(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) == 1;
}

int console_drain(struct spool *spool, int fd, bool journal, unsigned int max)
{
	struct buf record _cleanup_buf_ = BUF_INIT;
	struct buf line _cleanup_buf_ = BUF_INIT;
	uint64_t sequence = 0, printed_to = 0;
	int printed = 0, r;

	r = spool_cursor(spool, READER, &sequence);
	while (r == 0 && (unsigned int)printed < max && takes_more(fd)) {
		r = spool_read(spool, sequence + 1, &record, &sequence);
		if (r < 0)
			break;
		if (!is_for_people(&record)) {
			printed_to = sequence;
			continue;
		}
		buf_clear(&line);
		console_format(record.data, record.len, journal, &line);
		if (line.error)
			r = line.error;
		else if (write(fd, line.data, line.len) < 0)
			r = errno == EAGAIN ? -ENOENT : -errno;
		if (r < 0)
			break;
		printed_to = sequence;
		printed++;
	}
	if (printed_to > 0) {
		int acked = spool_ack(spool, READER, printed_to);

		if (acked < 0)
			return acked;
	}
	return r < 0 && r != -ENOENT ? r : printed;
}
