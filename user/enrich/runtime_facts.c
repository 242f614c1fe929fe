/* SPDX-License-Identifier: Apache-2.0
 *
 * Labels that are kept, and Docker's answer; see runtime_facts.h.
 */
#include "enrich/runtime_facts.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/jsonw.h"

void runtime_facts_clear(struct runtime_facts *facts)
{
	free(facts->name);
	free(facts->image);
	free(facts->pod);
	free(facts->pod_namespace);
	free(facts->labels);
	free(facts->sandbox_id);
	*facts = (struct runtime_facts){ 0 };
}

bool label_wanted(const char *prefixes, const char *key, size_t len)
{
	for (const char *p = prefixes + strspn(prefixes, " \t,"); *p; p += strspn(p, " \t,")) {
		size_t word = strcspn(p, " \t,");

		if (len >= word && memcmp(key, p, word) == 0)
			return true;
		p += word;
	}
	return false;
}

/* What docker, podman and Kubernetes allow; so a key needs no escaping. */
static bool is_key(const char *key, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)key[i]) && (!key[i] || !strchr("-_./", key[i])))
			return false;
	return len > 0 && len <= LABEL_KEY_MAX;
}

void label_add(struct buf *labels, unsigned int *count, const char *prefixes, const char *key,
	       size_t key_len, const char *value, size_t value_len)
{
	_cleanup_buf_ struct buf one = BUF_INIT, plain = BUF_INIT;
	char name[sizeof("container.labels.") + LABEL_KEY_MAX];

	if (*count == LABELS_MAX || !is_key(key, key_len) || !label_wanted(prefixes, key, key_len))
		return;
	snprintf(name, sizeof(name), "container.labels.%.*s", (int)key_len, key);
	utf8_add_plain(&plain, value, MIN(value_len, LABEL_VALUE_MAX));
	jsonw_strn(&one, name, plain.len ? plain.data : "", plain.len);
	if (plain.error || one.error || labels->len + one.len + 1 > LABELS_BYTES_MAX)
		return;
	if (labels->len)
		buf_add_char(labels, ',');
	buf_add(labels, one.data, one.len);
	++*count;
}

static void cleanup_json(struct json_object **o)
{
	(void)json_object_put(*o);
}

static void cleanup_tokener(struct json_tokener **t)
{
	if (*t)
		json_tokener_free(*t);
}

static struct json_object *child(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, key, &v)
		       ? v
		       : NULL;
}

/* A copy of the string under a key; NULL if there is none. */
static char *copy_member(struct json_object *o, const char *key)
{
	struct json_object *v = child(o, key);
	const char *s = json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";

	return *s ? strdup(s) : NULL;
}

static char *take_labels(struct json_object *labels, const char *prefixes)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	unsigned int count = 0;

	if (!json_object_is_type(labels, json_type_object))
		return NULL;
	json_object_object_foreach(labels, key, value)
	{
		if (json_object_is_type(value, json_type_string))
			label_add(&b, &count, prefixes, key, strlen(key),
				  json_object_get_string(value),
				  (size_t)json_object_get_string_len(value));
	}
	return b.len && !b.error ? strdup(b.data) : NULL;
}

int runtime_rest_read(const char *json, size_t len, const char *prefixes, struct runtime_facts *ret)
{
	_cleanup_(cleanup_tokener) struct json_tokener *t = json_tokener_new();
	_cleanup_(cleanup_json) struct json_object *root = NULL;
	struct json_object *config, *labels;

	if (t && len <= INT_MAX)
		root = json_tokener_parse_ex(t, json, (int)len);
	config = child(root, "Config");
	if (!json_object_is_type(root, json_type_object) || !child(root, "Id"))
		return -EBADMSG;
	labels = child(config, "Labels");
	ret->name = copy_member(root, "Name");
	if (ret->name && ret->name[0] == '/')
		memmove(ret->name, ret->name + 1, strlen(ret->name));
	ret->image = copy_member(config, "Image");
	ret->pod = copy_member(labels, "io.kubernetes.pod.name");
	ret->pod_namespace = copy_member(labels, "io.kubernetes.pod.namespace");
	ret->labels = take_labels(labels, prefixes);
	return 0;
}
