/* SPDX-License-Identifier: Apache-2.0
 *
 * A growable byte buffer, always NUL-terminated behind len. Appends after a failed
 * allocation do nothing and the failure is kept in `error`, so that a writer checks
 * once at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct buf {
	char *data; /* NULL while empty and never written */
	size_t len, cap;
	int error; /* 0 or -ENOMEM */
};

#define BUF_INIT             \
	{                    \
		.data = NULL \
	}
#define _cleanup_buf_ _cleanup_(buf_free)

void buf_free(struct buf *b);
void buf_clear(struct buf *b);               /* keeps the memory */
int buf_reserve(struct buf *b, size_t more); /* room for so many bytes behind len */
void buf_add(struct buf *b, const void *data, size_t len);
void buf_add_str(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_add_u64(struct buf *b, uint64_t v); /* decimal */
_printf_(2, 3) void buf_addf(struct buf *b, const char *format, ...);
_printf_(2, 0) void buf_addv(struct buf *b, const char *format, va_list ap);

/* The next line from *at on, without its newline; the last one may lack it. False at the
 * end. Begin with *at = 0. */
bool buf_next_line(const struct buf *b, size_t *at, const char **ret_line, size_t *ret_len);

#endif
