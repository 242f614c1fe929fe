/* SPDX-License-Identifier: Apache-2.0
 *
 * Peer credentials of a unix socket, as the kernel recorded them at connect time.
 */
#include "serve/peer.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "serve/serve.h"

/* A group entry of a directory service lists its members: up to this many bytes. */
#define GROUP_ENTRY_MAX (1u << 20)

/* Supplementary groups of the peer into *ret (to be freed); their number or -errno. */
static ssize_t peer_groups(int fd, gid_t **ret)
{
	_cleanup_free_ gid_t *groups = NULL;
	socklen_t len = 64 * sizeof(gid_t);

	for (;;) {
		gid_t *bigger = realloc(groups, len ? len : 1);

		if (!bigger)
			return -ENOMEM;
		groups = bigger;
		if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0)
			break;
		if (errno != ERANGE) /* ERANGE has put the length needed into len */
			return -errno;
	}
	*ret = TAKE_PTR(groups);
	return (ssize_t)(len / sizeof(gid_t));
}

static bool is_member(gid_t wanted, gid_t primary, const gid_t *groups, ssize_t count)
{
	if (wanted == PEER_NO_GROUP)
		return false;
	if (wanted == primary)
		return true;
	for (ssize_t i = 0; i < count; i++)
		if (groups[i] == wanted)
			return true;
	return false;
}

int peer_identify(int fd, gid_t read_gid, gid_t admin_gid, struct serve_peer *ret)
{
	_cleanup_free_ gid_t *groups = NULL;
	struct ucred cred;
	socklen_t len = sizeof(cred);
	ssize_t count;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	count = peer_groups(fd, &groups);
	if (count < 0)
		return (int)count;
	*ret = (struct serve_peer){ .uid = cred.uid, .gid = cred.gid, .pid = cred.pid };
	ret->may_change = cred.uid == 0 || cred.uid == geteuid() ||
			  is_member(admin_gid, cred.gid, groups, count);
	if (!ret->may_change && !is_member(read_gid, cred.gid, groups, count))
		return -EACCES;
	return 0;
}

int peer_group(const char *name, gid_t *ret)
{
	struct group entry, *found = NULL;

	*ret = PEER_NO_GROUP;
	if (!name || !*name)
		return 0;
	for (size_t size = 4096; size <= GROUP_ENTRY_MAX; size *= 4) {
		_cleanup_free_ char *space = malloc(size);
		int r;

		if (!space)
			return -ENOMEM;
		r = getgrnam_r(name, &entry, space, size, &found);
		if (r == ERANGE)
			continue;
		if (r != 0 && r != ENOENT)
			return -r;
		if (!found)
			return -ENOENT;
		*ret = found->gr_gid;
		return 0;
	}
	return -ERANGE;
}
