/* SPDX-License-Identifier: Apache-2.0
 *
 * State files of container engines, which in a home are whatever its user likes: they are
 * read to their end or not at all, names are text, and only the container asked for is told of.
 */
#include <sys/mman.h>

#include "../../user/enrich/container_files.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void check(bool named, struct runtime_facts *f, size_t size)
{
	if (named != (f->name != NULL) || (named && !*f->name))
		abort();
	/* Words of a file stand in it: at the shortest as they are. */
	if (f->name && strlen(f->name) > size)
		abort();
	runtime_facts_clear(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct tree tree = { .root = "/proc/self/fd/", .owner = ANYBODY };
	const struct tree of_another = { .root = "/proc/self/fd/", .owner = (int64_t)1 << 40 };
	struct runtime_facts f = { 0 };
	int fd _cleanup_close_ = memfd_create("state", MFD_CLOEXEC);
	char path[16];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	(void)snprintf(path, sizeof(path), "%d", fd);
	check(read_podman_store(&tree, id, &f, path), &f, size);
	check(read_oci(&tree, &f, path), &f, size);
	if (read_podman_store(&of_another, id, &f, path) || read_oci(&of_another, &f, path))
		abort();
	return 0;
}
