/* SPDX-License-Identifier: Apache-2.0
 *
 * egressd-sessions: asks one database server for its sessions, again and again, and
 * writes the lists to egressd. Started by egressd as an unprivileged user with a socket
 * as descriptor 3, from which it reads where to ask; it keeps nothing on disk, and ends
 * with egressd or at the first failure, whose reason it tells.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/files.h"
#include "base/units.h"
#include "egress/version.h"
#include "enrich/dbsession.h"
#include "export/sandbox.h"
#include "sessions/ask.h"

enum { LINK_FD = 3, ORDERS_MAX = 16384 };

static const struct ask_kind *const kinds[] = { &ask_postgresql, &ask_mysql, &ask_redis };

uint32_t ask_peer_pid(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || peer.pid <= 0)
		return 0;
	return (uint32_t)peer.pid;
}

void ask_why(char why[256], const char *message)
{
	(void)snprintf(why, 256, "%.*s", (int)MIN(strcspn(message, "\n"), (size_t)255), message);
}

/* "/run/mysqld/mysqld.sock", "/run/postgresql:5433", "127.0.0.1:5432", "[::1]:5432". */
static int take_address(struct ask_server *s, const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);
	bool bracket = text[0] == '[';
	uint64_t port = 0;

	if (colon && (parse_u64(colon + 1, &port) < 0 || port > UINT16_MAX))
		return -EINVAL;
	if (bracket && (len < 2 || text[len - 1] != ']'))
		return -EINVAL;
	if (len - 2u * bracket >= sizeof(s->host))
		return -EINVAL;
	(void)snprintf(s->host, sizeof(s->host), "%.*s", (int)(len - 2u * bracket), text + bracket);
	s->port = (uint16_t)port;
	return 0;
}

static int take_pair(struct ask_server *s, const char *key, const char *value)
{
	const struct {
		const char *key;
		char *to;
		size_t size;
	} texts[] = { { "kind", s->kind, sizeof(s->kind) },
		      { "user", s->user, sizeof(s->user) },
		      { "password", s->password, sizeof(s->password) } };
	uint64_t v;

	if (strcmp(key, "address") == 0)
		return take_address(s, value);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcmp(key, texts[i].key) == 0)
			return snprintf(texts[i].to, texts[i].size, "%s", value) <
					       (int)texts[i].size
				       ? 0
				       : -EINVAL;
	if (parse_u64(value, &v) < 0 || v == 0 || v > UINT32_MAX)
		return -EINVAL;
	if (strcmp(key, "interval_ms") == 0)
		s->interval_ms = (uint32_t)v;
	else if (strcmp(key, "timeout_ms") == 0)
		s->timeout_ms = (uint32_t)v;
	else
		return -EINVAL;
	return 0;
}

/* A word of the orders; NULL when its end has not come. */
static const char *word(int fd, char *text, size_t *at, size_t *have)
{
	size_t start = *at;

	for (;;) {
		const char *nul = memchr(text + *at, '\0', *have - *at);
		ssize_t n;

		if (nul) {
			*at = (size_t)(nul - text) + 1;
			return text + start;
		}
		*at = *have;
		n = *have < ORDERS_MAX ? read(fd, text + *have, ORDERS_MAX - *have) : 0;
		if (n <= 0)
			return NULL;
		*have += (size_t)n;
	}
}

static int read_orders(int fd, struct ask_server *s)
{
	char text[ORDERS_MAX];
	size_t at = 0, have = 0;
	int r = 0;

	while (r == 0) {
		const char *key = word(fd, text, &at, &have), *value;

		if (key && !*key)
			break;
		value = key ? word(fd, text, &at, &have) : NULL;
		r = value ? take_pair(s, key, value) : -EBADMSG;
	}
	explicit_bzero(text, sizeof(text));
	return r;
}

static const struct ask_kind *find_kind(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

static void *open_connection(const struct ask_kind *kind, const struct ask_server *s, char why[256])
{
	if (kind->open)
		return kind->open(s, why);
	(void)snprintf(why, 256, "built without %s", kind->library);
	return NULL;
}

/* Until something fails; the daemon's end of the link is its order to stop. */
static int ask(const struct ask_kind *kind, struct ask_server *s, char why[256])
{
	struct pollfd link = { .fd = LINK_FD, .events = POLLIN };
	struct buf out _cleanup_buf_ = BUF_INIT;
	void *connection = open_connection(kind, s, why);
	int r;

	explicit_bzero(s->password, sizeof(s->password));
	if (!connection)
		return -EIO;
	do {
		buf_clear(&out);
		r = kind->list(connection, &out, why);
		if (r == 0)
			r = out.error;
		if (r == 0)
			r = files_write(LINK_FD, out.data, out.len);
	} while (r == 0 && poll(&link, 1, (int)s->interval_ms) == 0);
	return r;
}

static const char about[] =
	"egressd-sessions asks the database servers named under sessions: in the configuration.\n"
	"egressd starts it by itself; nobody else has to. See egressd(8).\n";

int main(int argc, char *argv[])
{
	struct ask_server server = { .kind = "" };
	struct buf out _cleanup_buf_ = BUF_INIT;
	const struct ask_kind *kind;
	char why[256] = "";
	int r;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fputs(about, stdout) < 0;
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return printf("egressd-sessions %s\n", EGRESS_VERSION) < 0;
	if (argc != 3 || strcmp(argv[1], "3") != 0) {
		fputs(about, stderr);
		return 2;
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN); /* Ctrl-C is the daemon's */
	r = sandbox_enter();
	if (r == 0)
		r = read_orders(LINK_FD, &server);
	kind = r == 0 ? find_kind(server.kind) : NULL;
	if (kind)
		r = ask(kind, &server, why);
	else if (r == 0)
		r = -EINVAL;
	if (r == 0)
		return 0;
	db_write_failure(&out, why[0] ? why : strerror(-r));
	(void)files_write(LINK_FD, out.data ? out.data : "", out.len);
	return 1;
}
