/* SPDX-License-Identifier: Apache-2.0
 *
 * The questions; see ask.h. CRI takes three: the container by its id, its
 * image's name where the list gave a digest, and its pod. An id that is no container's
 * is a pod's own sandbox.
 */
#include "runtimes/ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/protobuf.h"
#include "runtimes/http.h"

/* Field numbers of api.proto. */
enum { LIST_FILTER = 1, FILTER_ID = 1, POD_SANDBOX_ID = 1, CONTAINER_STATUS_ID = 1 };

#define CRI "/runtime.v1.RuntimeService/"

int runtime_ask_rest(struct runtime_http *http, const char *socket, const char *id,
		     const char *labels, struct runtime_facts *ret)
{
	_cleanup_buf_ struct buf answer = BUF_INIT;
	char path[256];
	int r;

	snprintf(path, sizeof(path), "/containers/%s/json", id);
	r = runtime_http_get(http, socket, path, &answer);
	return r < 0 ? r : runtime_rest_read(answer.data, answer.len, labels, ret);
}

/* A request whose only field is an id. */
static int call_with_id(struct runtime_http *http, const char *socket, const char *method,
			uint32_t field, const char *id, struct buf *answer)
{
	_cleanup_buf_ struct buf request = BUF_INIT;

	protobuf_string(&request, field, id);
	return runtime_http_call(http, socket, method, &request, answer);
}

static int ask_container(struct runtime_http *http, const char *socket, const char *id,
			 const char *labels, struct runtime_facts *ret)
{
	_cleanup_buf_ struct buf filter = BUF_INIT, request = BUF_INIT, answer = BUF_INIT;
	int r;

	protobuf_string(&filter, FILTER_ID, id);
	protobuf_message(&request, LIST_FILTER, &filter);
	r = runtime_http_call(http, socket, CRI "ListContainers", &request, &answer);
	if (r < 0)
		return r;
	return runtime_cri_read_container((const uint8_t *)answer.data, answer.len, labels, ret);
}

static int ask_pod(struct runtime_http *http, const char *socket, const char *id,
		   const char *labels, struct runtime_facts *ret)
{
	_cleanup_buf_ struct buf answer = BUF_INIT;
	int r = call_with_id(http, socket, CRI "PodSandboxStatus", POD_SANDBOX_ID, id, &answer);

	if (r < 0)
		return r;
	return runtime_cri_read_pod((const uint8_t *)answer.data, answer.len, labels, ret);
}

static void ask_image(struct runtime_http *http, const char *socket, const char *id,
		      struct runtime_facts *ret)
{
	_cleanup_buf_ struct buf answer = BUF_INIT;

	if (call_with_id(http, socket, CRI "ContainerStatus", CONTAINER_STATUS_ID, id, &answer))
		return;
	(void)runtime_cri_read_image((const uint8_t *)answer.data, answer.len, ret);
}

int runtime_ask_cri(struct runtime_http *http, const char *socket, const char *id,
		    const char *labels, struct runtime_facts *ret)
{
	int r = ask_container(http, socket, id, labels, ret);

	if (r == -ENOENT)
		return ask_pod(http, socket, id, labels, ret);
	if (r < 0)
		return r;
	if (!ret->image || strncmp(ret->image, "sha256:", strlen("sha256:")) == 0)
		ask_image(http, socket, id, ret);
	/* The container is known by now: what its pod cannot tell stays empty. */
	if (ret->sandbox_id)
		(void)ask_pod(http, socket, ret->sandbox_id, labels, ret);
	return 0;
}
