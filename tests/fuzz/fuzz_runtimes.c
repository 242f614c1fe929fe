/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers of container runtimes: whoever may start a container chooses its texts. The
 * first byte says which reader.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "enrich/runtime_child.h"
#include "enrich/runtime_facts.h"

/* Labels have to be JSON members by themselves. */
static void check_labels(const char *labels)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct json_object *o;

	if (strlen(labels) > LABELS_BYTES_MAX)
		abort();
	buf_addf(&b, "{%s}", labels);
	o = json_tokener_parse(b.data);
	if (!o || json_object_object_length(o) > LABELS_MAX)
		abort();
	json_object_put(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct runtime_facts f = { 0 };
	struct runtime_question q;

	if (!size)
		return 0;
	switch (data[0]) {
	case 'j':
		(void)runtime_rest_read((const char *)data + 1, size - 1, "a team com.", &f);
		break;
	case 'c': (void)runtime_cri_read_container(data + 1, size - 1, "a team com.", &f); break;
	case 'p': (void)runtime_cri_read_pod(data + 1, size - 1, "a team com.", &f); break;
	case 'i': (void)runtime_cri_read_image(data + 1, size - 1, &f); break;
	case 'q':
		if (runtime_question_get((const char *)data + 1, size - 1, &q) == 0 &&
		    strlen(q.socket) + strlen(q.id) + strlen(q.labels) >= size)
			abort();
		break;
	case 'r':
		if (runtime_reply_get((const char *)data + 1, size - 1, &f) == -EBADMSG)
			runtime_facts_clear(&f);
		break;
	default: break;
	}
	if (f.labels)
		check_labels(f.labels);
	runtime_facts_clear(&f);
	return 0;
}
