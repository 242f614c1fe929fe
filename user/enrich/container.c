/* SPDX-License-Identifier: Apache-2.0
 *
 * State files of container engines; see container.h. Each reader knows one file
 * format; the result is cached by id, a failure for some questions only, because a
 * runtime may write its file after the first packet.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/table.h"
#include "enrich/container.h"

#define CACHE_MAX 4096u      /* containers kept */
#define STATE_MAX (4u << 20) /* a larger state file is not read */
#define RETRIES 8u           /* questions before a failure is believed */
#define SHORT_ID 12          /* hex digits people are used to */
#define PODMAN_STORE "containers/storage/overlay-containers/containers.json"

struct entry {
	char id[128], short_id[SHORT_ID + 1];
	char *name, *image, *pod, *pod_namespace;
	unsigned int tries;
	UT_hash_handle hh;
};

struct containers {
	char *fs_root;
	struct entry *table;
};

int containers_new(const char *fs_root, struct containers **ret)
{
	struct containers *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->fs_root = strdup(fs_root);
	if (!c->fs_root) {
		free(c);
		return -ENOMEM;
	}
	*ret = c;
	return 0;
}

static void forget_all(struct containers *c)
{
	struct entry *e, *next;

	HASH_ITER(hh, c->table, e, next) {
		HASH_DELETE(hh, c->table, e);
		free(e->name);
		free(e->image);
		free(e->pod);
		free(e->pod_namespace);
		free(e);
	}
}

void containers_free(struct containers *c)
{
	if (!c)
		return;
	forget_all(c);
	free(c->fs_root);
	free(c);
}

static void cleanup_json(struct json_object **o)
{
	(void)json_object_put(*o);
}
#define _cleanup_json_ _cleanup_(cleanup_json)

/* A whole small regular file as JSON, or NULL. */
static struct json_object *read_json(const struct containers *c, const char *path)
{
	char full[PATH_MAX];
	char *text _cleanup_free_ = NULL;
	int fd _cleanup_close_ = -1;
	struct stat st;
	size_t len = 0;

	if (snprintf(full, sizeof(full), "%s%s", c->fs_root, path) >= (int)sizeof(full))
		return NULL;
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > STATE_MAX)
		return NULL;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return NULL;
	while (len < (size_t)st.st_size) {
		ssize_t n = read(fd, text + len, (size_t)st.st_size - len);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	return json_tokener_parse(text);
}

/* The string under a key of an object; NULL if there is none. */
static const char *member(struct json_object *o, const char *key)
{
	struct json_object *v;

	if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &v) ||
	    !json_object_is_type(v, json_type_string))
		return NULL;
	return json_object_get_string(v);
}

static struct json_object *child(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, key, &v)
		       ? v
		       : NULL;
}

static bool take(struct entry *e, const char *name, const char *image)
{
	if (name && *name && !e->name)
		e->name = strdup(name);
	if (image && *image && !e->image)
		e->image = strdup(image);
	return e->name != NULL;
}

/* The first of the keys that the object has; NULL: none. */
static const char *first_of(struct json_object *o, const char *const *keys, size_t count)
{
	const char *found = NULL;

	for (size_t i = 0; !found && i < count; i++)
		found = member(o, keys[i]);
	return found;
}

/* Labels and annotations by which the engines pass the pod on. */
static void take_pod(struct entry *e, struct json_object *labels)
{
	static const char *const pods[] = { "io.kubernetes.cri.sandbox-name",
					    "io.kubernetes.pod.name",
					    "io.kubernetes.cri-o.KubeName" };
	static const char *const spaces[] = { "io.kubernetes.cri.sandbox-namespace",
					      "io.kubernetes.pod.namespace",
					      "io.kubernetes.cri-o.Namespace" };
	const char *pod = first_of(labels, pods, ARRAY_SIZE(pods));
	const char *space = first_of(labels, spaces, ARRAY_SIZE(spaces));

	if (pod && !e->pod)
		e->pod = strdup(pod);
	if (space && !e->pod_namespace)
		e->pod_namespace = strdup(space);
}

/* /var/lib/docker/containers/<id>/config.v2.json: Name with a slash, Config.Image. */
static bool read_docker(const struct containers *c, struct entry *e)
{
	struct json_object *root _cleanup_json_ = NULL;
	char path[PATH_MAX];
	const char *name;

	snprintf(path, sizeof(path), "/var/lib/docker/containers/%s/config.v2.json", e->id);
	root = read_json(c, path);
	name = root ? member(root, "Name") : NULL;
	take_pod(e, child(child(root, "Config"), "Labels"));
	return root && take(e, name && *name == '/' ? name + 1 : name,
			    member(child(root, "Config"), "Image"));
}

/* containers.json: an array; names, and a JSON text with the image's name inside. */
static bool read_podman_store(const struct containers *c, struct entry *e, const char *path)
{
	struct json_object *root _cleanup_json_ = read_json(c, path);
	size_t n = json_object_is_type(root, json_type_array) ? json_object_array_length(root) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(root, i);
		struct json_object *meta _cleanup_json_ = NULL;
		struct json_object *names = child(o, "names");
		const char *id = member(o, "id"), *text = member(o, "metadata"), *name = NULL;

		if (!id || strcmp(id, e->id) != 0)
			continue;
		meta = text ? json_tokener_parse(text) : NULL;
		if (json_object_is_type(names, json_type_array) && json_object_array_length(names))
			name = json_object_get_string(json_object_array_get_idx(names, 0));
		return take(e, name ? name : member(meta, "name"), member(meta, "image-name"));
	}
	return false;
}

static bool read_podman(const struct containers *c, struct entry *e)
{
	return read_podman_store(c, e, "/var/lib/" PODMAN_STORE) ||
	       read_podman_store(c, e, "/run/" PODMAN_STORE);
}

/* An OCI config.json whose annotations name container and image. */
static bool read_oci(const struct containers *c, struct entry *e, const char *path)
{
	static const char *const name_keys[] = { "io.kubernetes.cri.container-name",
						 "io.kubernetes.container.name", "nerdctl/name",
						 "io.kubernetes.cri-o.Name" };
	static const char *const image_keys[] = { "io.kubernetes.cri.image-name",
						  "io.kubernetes.cri-o.ImageName",
						  "io.kubernetes.cri-o.Image" };
	struct json_object *root _cleanup_json_ = read_json(c, path);
	struct json_object *notes = child(root, "annotations");

	take_pod(e, notes);
	return take(e, first_of(notes, name_keys, ARRAY_SIZE(name_keys)),
		    first_of(notes, image_keys, ARRAY_SIZE(image_keys)));
}

static bool read_containerd(const struct containers *c, struct entry *e)
{
	static const char *const spaces[] = { "k8s.io", "moby", "default" };
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++) {
		snprintf(path, sizeof(path),
			 "/run/containerd/io.containerd.runtime.v2.task/%s/%s/config.json",
			 spaces[i], e->id);
		if (read_oci(c, e, path))
			return true;
	}
	return false;
}

static bool read_crio(const struct containers *c, struct entry *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path),
		 "/run/containers/storage/overlay-containers/%s/userdata/config.json", e->id);
	return read_oci(c, e, path);
}

/* By the runtime's own file first; a path may hide its engine, so then by all. */
static void read_state(const struct containers *c, enum runtime runtime, struct entry *e)
{
	switch (runtime) {
	case RUNTIME_LXC:
	case RUNTIME_NSPAWN: take(e, e->id, NULL); return;
	case RUNTIME_PODMAN:
		if (read_podman(c, e))
			return;
		break;
	case RUNTIME_CRIO:
		if (read_crio(c, e))
			return;
		break;
	default: break;
	}
	if (!read_docker(c, e) && !read_containerd(c, e) && !read_podman(c, e))
		(void)read_crio(c, e);
}

static struct entry *find(struct containers *c, const char *id)
{
	struct entry *e;

	HASH_FIND_STR(c->table, id, e);
	if (e)
		return e;
	if (HASH_COUNT(c->table) >= CACHE_MAX)
		forget_all(c);
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	snprintf(e->id, sizeof(e->id), "%s", id);
	snprintf(e->short_id, sizeof(e->short_id), "%.*s", SHORT_ID, id);
	HASH_ADD_STR(c->table, id, e);
	if (TABLE_ADDED(e))
		return e;
	free(e);
	return NULL;
}

void containers_find(struct containers *c, enum runtime runtime, const char *id,
		     struct container_info *ret)
{
	struct entry *e = *id ? find(c, id) : NULL;

	*ret = (struct container_info){ "", "", "", "" };
	if (!e)
		return;
	if (!e->name && e->tries < RETRIES) {
		e->tries++;
		read_state(c, runtime, e);
	}
	ret->image = e->image ? e->image : "";
	ret->pod = e->pod ? e->pod : "";
	ret->pod_namespace = e->pod_namespace ? e->pod_namespace : "";
	if (e->name) {
		ret->name = e->name;
		return;
	}
	ret->name = e->short_id;
}
