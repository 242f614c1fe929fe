/* SPDX-License-Identifier: Apache-2.0
 *
 * State files of container engines; see container_files.h. Each reader knows one file
 * format.
 */
#include "enrich/container_files.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define STATE_MAX (4u << 20) /* a larger state file is not read */
#define ID_DIGITS 64
/* Where podman's storage lies, below /var/lib, /run and a user's data directory. The
 * volatile list is of containers/storage 1.46 (podman 4.5) on. */
static const char *const podman_stores[] = {
	"containers/storage/overlay-containers/containers.json",
	"containers/storage/overlay-containers/volatile-containers.json",
	"containers/storage/vfs-containers/containers.json",
	"containers/storage/btrfs-containers/containers.json",
};

bool container_id_is_hex(const char *id)
{
	return strlen(id) == ID_DIGITS && strspn(id, "0123456789abcdefABCDEF") == ID_DIGITS;
}

static void cleanup_json(struct json_object **o)
{
	(void)json_object_put(*o);
}
#define _cleanup_json_ _cleanup_(cleanup_json)

/* Where paths begin, and whose files they must be: a user's home may hold links to
 * anything, a device say that does something when it is opened. */
struct tree {
	const char *root;
	int64_t owner; /* a uid, or ANYBODY */
};
#define ANYBODY ((int64_t)-1)

/* Looks before it opens. A small regular file of the tree's owner, or -1. */
static int open_state(const struct tree *tree, const char *path, struct stat *ret)
{
	char full[PATH_MAX], again[64];
	int fd _cleanup_close_ = -1;

	if (snprintf(full, sizeof(full), "%s%s", tree->root, path) >= (int)sizeof(full))
		return -1;
	fd = open(full, O_PATH | O_CLOEXEC);
	if (fd < 0 || fstat(fd, ret) < 0 || !S_ISREG(ret->st_mode) || ret->st_size > STATE_MAX ||
	    (tree->owner != ANYBODY && tree->owner != (int64_t)ret->st_uid))
		return -1;
	(void)snprintf(again, sizeof(again), "/proc/self/fd/%d", fd);
	return open(again, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* A whole small regular file as JSON, or NULL. */
static struct json_object *read_json(const struct tree *tree, const char *path)
{
	char *text _cleanup_free_ = NULL;
	struct stat st;
	int fd _cleanup_close_ = open_state(tree, path, &st);
	size_t len = 0;

	if (fd < 0)
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

static bool take(struct runtime_facts *f, const char *name, const char *image)
{
	if (name && *name && !f->name)
		f->name = strdup(name);
	if (image && *image && !f->image)
		f->image = strdup(image);
	return f->name != NULL;
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
static void take_pod(struct runtime_facts *f, struct json_object *labels)
{
	static const char *const pods[] = { "io.kubernetes.cri.sandbox-name",
					    "io.kubernetes.pod.name",
					    "io.kubernetes.cri-o.KubeName" };
	static const char *const spaces[] = { "io.kubernetes.cri.sandbox-namespace",
					      "io.kubernetes.pod.namespace",
					      "io.kubernetes.cri-o.Namespace" };
	const char *pod = first_of(labels, pods, ARRAY_SIZE(pods));
	const char *space = first_of(labels, spaces, ARRAY_SIZE(spaces));

	if (pod && !f->pod)
		f->pod = strdup(pod);
	if (space && !f->pod_namespace)
		f->pod_namespace = strdup(space);
}

/* <dir>/<id>/config.v2.json: Name with a slash, Config.Image. */
static bool read_docker(const struct tree *tree, const char *dir, const char *id,
			struct runtime_facts *f)
{
	struct json_object *root _cleanup_json_ = NULL;
	char path[PATH_MAX];
	const char *name;

	snprintf(path, sizeof(path), "%s/%s/config.v2.json", dir, id);
	root = read_json(tree, path);
	name = root ? member(root, "Name") : NULL;
	take_pod(f, child(child(root, "Config"), "Labels"));
	return root && take(f, name && *name == '/' ? name + 1 : name,
			    member(child(root, "Config"), "Image"));
}

/* containers.json: an array; names, and a JSON text with the image's name inside. */
static bool read_podman_store(const struct tree *tree, const char *id, struct runtime_facts *f,
			      const char *path)
{
	struct json_object *root _cleanup_json_ = read_json(tree, path);
	size_t n = json_object_is_type(root, json_type_array) ? json_object_array_length(root) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(root, i);
		struct json_object *meta _cleanup_json_ = NULL;
		struct json_object *names = child(o, "names");
		const char *this = member(o, "id"), *text = member(o, "metadata"), *name = NULL;

		if (!this || strcmp(this, id) != 0)
			continue;
		meta = text ? json_tokener_parse(text) : NULL;
		if (json_object_is_type(names, json_type_array) && json_object_array_length(names))
			name = json_object_get_string(json_object_array_get_idx(names, 0));
		return take(f, name ? name : member(meta, "name"), member(meta, "image-name"));
	}
	return false;
}

static bool read_podman(const struct tree *tree, const char *base, const char *id,
			struct runtime_facts *f)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(podman_stores); i++) {
		snprintf(path, sizeof(path), "%s/%s", base, podman_stores[i]);
		if (read_podman_store(tree, id, f, path))
			return true;
	}
	return false;
}

static bool read_podman_of_root(const struct tree *tree, const char *id, struct runtime_facts *f)
{
	return read_podman(tree, "/var/lib", id, f) || read_podman(tree, "/run", id, f);
}

/* An OCI config.json whose annotations name container and image. */
static bool read_oci(const struct tree *tree, struct runtime_facts *f, const char *path)
{
	static const char *const name_keys[] = { "io.kubernetes.cri.container-name",
						 "io.kubernetes.container.name", "nerdctl/name",
						 "io.kubernetes.cri-o.Name" };
	static const char *const image_keys[] = { "io.kubernetes.cri.image-name",
						  "io.kubernetes.cri-o.ImageName",
						  "io.kubernetes.cri-o.Image" };
	struct json_object *root _cleanup_json_ = read_json(tree, path);
	struct json_object *notes = child(root, "annotations");

	take_pod(f, notes);
	return take(f, first_of(notes, name_keys, ARRAY_SIZE(name_keys)),
		    first_of(notes, image_keys, ARRAY_SIZE(image_keys)));
}

static bool read_containerd(const struct tree *tree, const char *id, struct runtime_facts *f)
{
	static const char *const spaces[] = { "k8s.io", "moby", "default" };
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++) {
		snprintf(path, sizeof(path),
			 "/run/containerd/io.containerd.runtime.v2.task/%s/%s/config.json",
			 spaces[i], id);
		if (read_oci(tree, f, path))
			return true;
	}
	return false;
}

static bool read_crio(const struct tree *tree, const char *id, struct runtime_facts *f)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path),
		 "/run/containers/storage/overlay-containers/%s/userdata/config.json", id);
	return read_oci(tree, f, path);
}

/* By the runtime's own file first; a path may hide its engine, so then by all. */
bool container_files_read(const char *fs_root, enum runtime runtime, const char *id,
			  struct runtime_facts *ret)
{
	const struct tree whole = { .root = fs_root, .owner = ANYBODY }, *tree = &whole;

	if (runtime == RUNTIME_LXC || runtime == RUNTIME_NSPAWN)
		return take(ret, id, NULL);
	if (!container_id_is_hex(id))
		return false;
	if (runtime == RUNTIME_PODMAN && read_podman_of_root(tree, id, ret))
		return true;
	if (runtime == RUNTIME_CRIO && read_crio(tree, id, ret))
		return true;
	return read_docker(tree, "/var/lib/docker/containers", id, ret) ||
	       read_containerd(tree, id, ret) || read_podman_of_root(tree, id, ret) ||
	       read_crio(tree, id, ret);
}

bool container_files_of_user(const char *home, uint32_t uid, const char *id,
			     struct runtime_facts *ret)
{
	const struct tree tree = { .root = home, .owner = uid };

	if (!container_id_is_hex(id))
		return false;
	return read_podman(&tree, "/.local/share", id, ret) ||
	       read_docker(&tree, "/.local/share/docker/containers", id, ret);
}
