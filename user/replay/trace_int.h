/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the trace reader share: columns, the fields of one row as they
 * stand in the text, and the reader itself. Private to replay/.
 */
#ifndef REPLAY_TRACE_INT_H
#define REPLAY_TRACE_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "model/names.h"
#include "model/tick.h"
#include "replay/trace_cache.h"
#include "replay/trace_input.h"

struct json_object;
struct json_tokener;

enum trace_column {
	COL_TS = 0,
	COL_HOST,
	COL_EXE,
	COL_COMM,
	COL_CONTAINER,
	COL_USER,
	COL_DST,
	COL_PORT,
	COL_PROTO,
	COL_INIT,
	COL_SCOPE,
	COL_TX,
	COL_RD,
	TRACE_COLUMNS
};

enum {
	TRACE_VERSION = 1,
	TRACE_INTERVAL_DEFAULT_S = 60,    /* when neither header nor rows tell */
	TRACE_INTERVAL_MAX_S = 7 * 86400, /* longer intervals leave no horizon to judge */
	TRACE_FIELD_MAX = 4096,           /* PATH_MAX: no name is longer */
	TRACE_CSV_FIELDS_MAX = 64,        /* columns of a header, known and ignored */
	TRACE_WORD_MAX = 16,              /* "host-local" is the longest word of a vocabulary */
	TRACE_IGNORED_MAX = 8,            /* names of ignored columns kept for the summary */
};
#define TRACE_BYTES_MAX \
	((uint64_t)1 << 53)              /* exact in every JSON reader; 9 PB in a row is absurd */
#define TRACE_TS_MAX INT64_C(4102444800) /* 2100-01-01: the rings of detect/ count 32-bit seconds */

/* A field as text; p NULL = absent, len 0 = empty or null. */
struct slice {
	const char *p;
	size_t len;
};

struct trace_fields {
	struct slice col[TRACE_COLUMNS];
	uint32_t filled; /* bit per column that is not empty */
};

/* A column of few words: what the last text meant. */
struct word_memo {
	char text[TRACE_WORD_MAX];
	size_t len;
	uint8_t value;
};

struct trace_host {
	char *name;
	size_t name_len;
	struct tick_row *rows;
	size_t count, cap;
	bool gap;
};

struct trace_parsed {
	int64_t ts;
	struct trace_host *host;
	struct tick_row row;
};

enum trace_form { TRACE_UNKNOWN = 0, TRACE_JSON, TRACE_CSV };

struct trace_reader {
	struct trace_input *input;
	struct names *names;
	char *path;
	struct buf error;
	enum trace_form form;
	uint32_t interval_s; /* 0 = not given */
	uint64_t db_bytes;
	uint64_t rows;
	bool started, ended, held_valid;
	int64_t ts;                  /* of the interval being gathered */
	struct trace_parsed held;    /* first row of the next interval */
	struct trace_host **pending; /* hosts with rows in this interval, by first appearance */
	size_t pending_count, pending_cap, pending_pos;
	struct trace_host *last_host;
	struct word_memo memo[TRACE_COLUMNS];
	char ts_text[TRACE_WORD_MAX]; /* of the last row: rows of an interval share it */
	size_t ts_len;
	int64_t ts_value;
	struct slice_cache hosts, actors;
	/* CSV: what stands in each field, -1 = ignored */
	int csv_column[TRACE_CSV_FIELDS_MAX];
	size_t csv_count;
	struct buf csv_scratch;
	/* JSON */
	struct json_tokener *tokener;
	struct json_object *object; /* of a line that took the slow way; fields point into it */
	char number_text[TRACE_COLUMNS][24];
	char *ignored[TRACE_IGNORED_MAX];
	size_t ignored_count;
};

/* Writes "path:line: ..." as the reader's error and returns -EINVAL. */
_printf_(2, 3) int trace_fail(struct trace_reader *r, const char *format, ...);

extern const char *const trace_column_names[TRACE_COLUMNS];
extern const unsigned char trace_column_lens[TRACE_COLUMNS];
int trace_column_find(const char *name, size_t len); /* -1: none of ours */
void trace_ignore(struct trace_reader *r, const char *name, size_t len);

/* Headers (trace_header.c). The first line decides the form. */
int trace_read_header(struct trace_reader *r);

/* One line to fields. 0 or the error told. csv may join further lines. */
int trace_csv_fields(struct trace_reader *r, const char *line, size_t len,
		     struct trace_fields *ret);
int trace_json_fields(struct trace_reader *r, const char *line, size_t len,
		      struct trace_fields *ret);
/* Plain forms only: 1 = done, 0 = unusual. */
int trace_json_fast(struct trace_reader *r, const char *line, size_t len, struct trace_fields *ret);

/* Splits one CSV line (RFC 4180), joining lines within quotes. */
int trace_csv_split(struct trace_reader *r, const char *line, size_t len, struct slice *fields,
		    size_t *ret_count);

/* Fields to a row: numbers, interned names. 0 or the error told. */
int trace_parse_row(struct trace_reader *r, const struct trace_fields *f, struct trace_parsed *ret);

/* Whole number >= 0, a fraction of zeros allowed. -EINVAL, -ERANGE (above max). */
int trace_parse_count(const struct slice *s, uint64_t max, uint64_t *ret);

#endif
