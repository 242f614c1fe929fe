/* SPDX-License-Identifier: Apache-2.0
 *
 * What is open inside the process of an opened row: its connections and the database
 * files it holds. Asked while the page is open and the row is one process.
 */
#ifndef TOP_INSIDE_H
#define TOP_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INSIDE_TEXT 64
#define INSIDE_PATH 256

struct inside_connection {
	char transport[8], state[16], local[INSIDE_TEXT], remote[INSIDE_TEXT];
	uint64_t sent, again, queued;
	bool sent_known;
};

struct inside_file {
	char path[INSIDE_PATH];
	uint64_t bytes;
};

struct inside {
	uint64_t row; /* of the view; what was asked for */
	uint32_t pid; /* 0 = nothing asked */
	int64_t asked_s;
	struct inside_connection *connections;
	struct inside_file *files;
	size_t connection_count, file_count;
	uint64_t connections_more, files_more; /* beyond the daemon's bound */
	bool answered;
	char error[160];
};

struct ask;
struct ui;

/* Asks if the opened row is one process and what is known of it is not of now. */
void inside_update(struct ui *ui);
/* Takes the answer; lines that make no sense are passed over. Pure. */
void inside_answer(struct inside *in, const struct ask *ask);
void inside_free(struct inside *in);

#endif
