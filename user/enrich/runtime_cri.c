/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages of CRI (k8s.io/cri-api, runtime.v1) by field number; see runtime_facts.h.
 */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/protobuf.h"
#include "enrich/runtime_facts.h"

/* Field numbers of api.proto. */
enum { LIST_CONTAINERS = 1, MAP_KEY = 1, MAP_VALUE = 2, STATUS = 1 };
enum {
	CONTAINER_ID = 1,
	CONTAINER_SANDBOX = 2,
	CONTAINER_METADATA = 3,
	CONTAINER_IMAGE = 4,
	CONTAINER_LABELS = 8,
};
enum { CONTAINER_STATUS_IMAGE = 8, IMAGE_SPEC_IMAGE = 1 };
enum { METADATA_NAME = 1, POD_METADATA_NAMESPACE = 3 };
enum { POD_STATUS_METADATA = 2, POD_STATUS_LABELS = 7 };

struct message {
	const uint8_t *at, *end;
};

struct field {
	int number;
	struct message bytes; /* of a field that has them */
};

/* 1 a field of bytes; 0 the end; -EBADMSG. Numbers are passed over: none is needed. */
static int next(struct message *m, struct field *ret)
{
	const uint8_t *data;
	uint64_t value;

	do {
		ret->number = protobuf_next(&m->at, m->end, &value, &data);
	} while (ret->number > 0 && !data);
	if (ret->number <= 0)
		return ret->number;
	ret->bytes = (struct message){ data, data + value };
	return 1;
}

/* The last field of that number, as protobuf has it; false: none, or malformed. */
static bool find(struct message m, int number, struct message *ret)
{
	struct field f;
	bool found = false;
	int r;

	while ((r = next(&m, &f)) > 0) {
		if (f.number != number)
			continue;
		*ret = f.bytes;
		found = true;
	}
	return r == 0 && found;
}

/* Text of a field as a C string; NULL if it is missing, empty or has a NUL. */
static char *text_of(struct message m, int number)
{
	struct message text;
	size_t len;

	if (!find(m, number, &text))
		return NULL;
	len = (size_t)(text.end - text.at);
	return len && !memchr(text.at, '\0', len) ? strndup((const char *)text.at, len) : NULL;
}

static void take_label(struct message pair, const char *prefixes, struct buf *b,
		       unsigned int *count)
{
	struct message key, value;

	if (find(pair, MAP_KEY, &key) && find(pair, MAP_VALUE, &value))
		label_add(b, count, prefixes, (const char *)key.at, (size_t)(key.end - key.at),
			  (const char *)value.at, (size_t)(value.end - value.at));
}

static char *labels_of(struct message m, int number, const char *prefixes)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	unsigned int count = 0;
	struct field f;

	while (next(&m, &f) > 0)
		if (f.number == number)
			take_label(f.bytes, prefixes, &b, &count);
	return b.len && !b.error ? strdup(b.data) : NULL;
}

int runtime_cri_read_container(const uint8_t *data, size_t len, const char *prefixes,
			       struct runtime_facts *ret)
{
	struct message m = { data, data + len }, container, part;
	struct field f;
	int r = next(&m, &f);

	if (r <= 0 || f.number != LIST_CONTAINERS)
		return r < 0 ? r : -ENOENT;
	container = f.bytes;
	if (!find(container, CONTAINER_ID, &part))
		return -EBADMSG;
	ret->sandbox_id = text_of(container, CONTAINER_SANDBOX);
	if (find(container, CONTAINER_METADATA, &part))
		ret->name = text_of(part, METADATA_NAME);
	if (find(container, CONTAINER_IMAGE, &part))
		ret->image = text_of(part, IMAGE_SPEC_IMAGE);
	ret->labels = labels_of(container, CONTAINER_LABELS, prefixes);
	return 0;
}

int runtime_cri_read_pod(const uint8_t *data, size_t len, const char *prefixes,
			 struct runtime_facts *ret)
{
	struct message m = { data, data + len }, status, meta;

	if (!find(m, STATUS, &status))
		return -EBADMSG;
	if (find(status, POD_STATUS_METADATA, &meta)) {
		if (!ret->pod)
			ret->pod = text_of(meta, METADATA_NAME);
		if (!ret->pod_namespace)
			ret->pod_namespace = text_of(meta, POD_METADATA_NAMESPACE);
	}
	if (!ret->labels)
		ret->labels = labels_of(status, POD_STATUS_LABELS, prefixes);
	return 0;
}

int runtime_cri_read_image(const uint8_t *data, size_t len, struct runtime_facts *ret)
{
	struct message m = { data, data + len }, status, image;
	char *name;

	if (!find(m, STATUS, &status))
		return -EBADMSG;
	name = find(status, CONTAINER_STATUS_IMAGE, &image) ? text_of(image, IMAGE_SPEC_IMAGE)
							    : NULL;
	if (!name)
		return -ENOENT;
	free(ret->image);
	ret->image = name;
	return 0;
}
