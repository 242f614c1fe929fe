/* SPDX-License-Identifier: Apache-2.0
 *
 * Log lines to stderr; see log.h. Under the journal (JOURNAL_STREAM set) the line
 * carries its priority as sd-daemon(3) says; elsewhere it carries a word. Nobody's
 * stderr may stop the sensor: what it does not take at once is lost and counted.
 */
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "base/buf.h"

enum {
	LINE_MAX_BYTES = 4000, /* below PIPE_BUF: a pipe takes it whole or not at all */
	REPEAT_S = 60,         /* a trouble that lasts is said so often, */
	REPEAT_FREE = 3,       /* its first times apart: somebody may be trying things */
	REPEAT_SLOTS = 16,     /* troubles at once; the one said longest ago makes room */
};

struct repeat {
	uint64_t hash;
	int64_t since_s; /* its minute began */
	uint64_t said, held;
};

static enum log_level log_threshold = LOG_L_INFO;
static struct {
	pthread_mutex_t lock;
	uint64_t lost; /* lines that stderr did not take */
	struct repeat repeats[REPEAT_SLOTS];
} log_state = { .lock = PTHREAD_MUTEX_INITIALIZER };

static const char *const level_words[] = { "error", "warning", "info", "debug" };
static const char *const level_prefixes[] = { "<3>", "<4>", "<6>", "<7>" };

void log_set_level(enum log_level level)
{
	log_threshold = level;
}

int log_parse_level(const char *name, enum log_level *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(level_words); i++) {
		if (strcmp(name, level_words[i]) == 0) {
			*ret = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int64_t now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* With the lock held. False: said often enough for now. *ret_held are those held back
 * since it was last said. */
static bool may_say(const struct buf *text, uint64_t *ret_held)
{
	const uint64_t hash = XXH3_64bits(text->data, text->len);
	const int64_t now = now_s();
	struct repeat *r = &log_state.repeats[0];

	for (size_t i = 0; i < REPEAT_SLOTS; i++) {
		struct repeat *one = &log_state.repeats[i];

		if (one->said && one->hash == hash) {
			r = one;
			break;
		}
		if (one->since_s < r->since_s)
			r = one;
	}
	*ret_held = 0;
	if (!r->said || r->hash != hash) {
		*r = (struct repeat){ .hash = hash, .since_s = now, .said = 1 };
		return true;
	}
	if (now >= r->since_s + REPEAT_S) {
		*ret_held = r->held;
		*r = (struct repeat){ .hash = hash, .since_s = now, .said = REPEAT_FREE };
		return true;
	}
	if (r->said < REPEAT_FREE) {
		r->said++;
		return true;
	}
	r->held++;
	return false;
}

static bool put(const char *line, size_t len)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && write(STDERR_FILENO, line, len) >= 0;
}

/* With the lock held. */
static void put_or_count(const char *line, size_t len)
{
	struct buf note _cleanup_buf_ = BUF_INIT;

	if (log_state.lost) {
		buf_addf(&note, "%s%llu log lines are lost: standard error took no more\n",
			 getenv("JOURNAL_STREAM") ? level_prefixes[LOG_L_WARNING] : "warning: ",
			 (unsigned long long)log_state.lost);
		if (!note.error && put(note.data, note.len))
			log_state.lost = 0;
	}
	if (log_state.lost || !put(line, len))
		log_state.lost++;
}

void log_line(const char *line, size_t len)
{
	pthread_mutex_lock(&log_state.lock);
	put_or_count(line, len);
	pthread_mutex_unlock(&log_state.lock);
}

/* What others named (files, programs, answers) makes no lines and no escapes. */
static void make_plain(struct buf *line)
{
	line->len = MIN(line->len, (size_t)LINE_MAX_BYTES);
	for (size_t i = 0; i < line->len; i++)
		if ((unsigned char)line->data[i] < 0x20 || line->data[i] == 0x7f)
			line->data[i] = ' ';
}

void log_at(enum log_level level, const char *format, ...)
{
	struct buf line _cleanup_buf_ = BUF_INIT;
	uint64_t held = 0;
	va_list ap;

	if (level > log_threshold)
		return;
	if (getenv("JOURNAL_STREAM"))
		buf_add_str(&line, level_prefixes[level]);
	else
		buf_addf(&line, "%s: ", level_words[level]);
	va_start(ap, format);
	buf_addv(&line, format, ap);
	va_end(ap);
	if (line.error)
		return;
	make_plain(&line);
	pthread_mutex_lock(&log_state.lock);
	if (level > LOG_L_WARNING || may_say(&line, &held)) {
		if (held)
			buf_addf(&line, " (and %llu times more since)", (unsigned long long)held);
		buf_add_char(&line, '\n');
		if (!line.error)
			put_or_count(line.data, line.len);
	}
	pthread_mutex_unlock(&log_state.lock);
}
