/* SPDX-License-Identifier: Apache-2.0
 *
 * What a receiver answers to _bulk, which may be anybody's words: no event counts as sent
 * unless its item says so, none is judged that was not sent, and words stay in their room.
 */
#define sender_elastic sender_elastic_fuzzed /* the library has its own */
#include "../../user/sink/sender_elastic.c"
#undef sender_elastic

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ITEMS = 5, UNSENT = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct send_item items[ITEMS] = { 0 };
	struct send_result result = { 0 };
	struct http_reply reply = { .status = 200 };
	int r;

	for (int i = 0; i < ITEMS; i++)
		items[i].verdict = i == UNSENT ? SEND_REJECT : SEND_RETRY;
	buf_add(&reply.body, data, size);
	if (size)
		reply.body.data[size - 1] = '\0'; /* JSON ends where text ends */
	r = judge_items(items, ITEMS, &reply, &result);
	if (r != 0 && r != -EBADMSG)
		abort();
	for (int i = 0; i < ITEMS; i++) {
		if ((r < 0 && items[i].verdict == SEND_DONE) || items[i].verdict == SEND_PENDING ||
		    (i == UNSENT && items[i].verdict != SEND_REJECT) ||
		    strnlen(items[i].why, sizeof(items[i].why)) == sizeof(items[i].why))
			abort();
	}
	if (strnlen(result.why, sizeof(result.why)) == sizeof(result.why))
		abort();
	buf_free(&reply.body);
	return 0;
}
