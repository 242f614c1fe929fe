/* SPDX-License-Identifier: Apache-2.0
 *
 * Log lines to stderr; see log.h. Under the journal (JOURNAL_STREAM set) the line
 * carries its priority as sd-daemon(3) says; elsewhere it carries a word.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/buf.h"

static enum log_level log_threshold = LOG_L_INFO;

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

void log_at(enum log_level level, const char *format, ...)
{
	struct buf line _cleanup_buf_ = BUF_INIT;
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
	buf_add_char(&line, '\n');
	if (!line.error)
		(void)!write(STDERR_FILENO, line.data, line.len);
}
