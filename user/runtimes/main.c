/* SPDX-License-Identifier: Apache-2.0
 *
 * egressd-runtimes: asks container runtimes for egressd, so that the daemon neither loads
 * an HTTP library nor reads what a runtime answers. Started by egressd with a socket as
 * descriptor 3, one question and one answer a packet (enrich/runtime_child.h); without
 * capabilities and below a seccomp filter, but as the daemon's user, because runtimes'
 * sockets are root's. Ends with its socket.
 */
#include <cap-ng.h>
#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "egress/version.h"
#include "enrich/runtime_child.h"
#include "export/sandbox.h"
#include "runtimes/ask.h"
#include "runtimes/http.h"

static int drop_privileges(void)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return -EPERM;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/* 0: answered; 1: egressd has closed; negative errno. */
static int serve_one(struct runtime_http *http)
{
	char packet[RUNTIME_PACKET_MAX];
	struct runtime_facts facts = { 0 };
	struct runtime_question q;
	struct buf reply _cleanup_buf_ = BUF_INIT;
	ssize_t n = recv(RUNTIME_CHILD_FD, packet, sizeof(packet), 0);
	int r;

	if (n <= 0)
		return n < 0 ? -errno : 1;
	if (runtime_question_get(packet, (size_t)n, &q) < 0)
		return -EBADMSG;
	r = q.speech == SPEECH_CRI ? runtime_ask_cri(http, q.socket, q.id, q.labels, &facts)
				   : runtime_ask_rest(http, q.socket, q.id, q.labels, &facts);
	runtime_reply_put(&reply, r, &facts);
	runtime_facts_clear(&facts);
	if (reply.error)
		return -ENOMEM;
	return send(RUNTIME_CHILD_FD, reply.data, reply.len, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static const char about[] =
	"egressd-runtimes asks the container runtimes of containers.sockets in the configuration.\n"
	"egressd starts it by itself; nobody else has to. See egressd(8).\n";

int main(int argc, char **argv)
{
	struct runtime_http *http;
	int r;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fputs(about, stdout) < 0;
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		(void)puts("egressd-runtimes " EGRESS_VERSION);
		return 0;
	}
	if (argc != 2 || strcmp(argv[1], "3") != 0) {
		(void)fputs(about, stderr);
		return 2;
	}
	if (drop_privileges() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) ||
	    runtime_http_new(&http) < 0 || sandbox_enter() < 0)
		return 1;
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	do {
		r = serve_one(http);
	} while (r == 0);
	runtime_http_free(http);
	return r < 0;
}
