/* SPDX-License-Identifier: Apache-2.0
 *
 * Handlers of the control socket's operations, one file a family. All are
 * serve_handler; ctx is the manager.
 */
#ifndef DAEMON_OPS_H
#define DAEMON_OPS_H

#include <json-c/json.h>

#include "serve/serve.h"

int op_status(void *ctx, const struct serve_peer *peer, struct json_object *request,
	      struct buf *rows, struct buf *error, int *status);
int op_support(void *ctx, const struct serve_peer *peer, struct json_object *request,
	       struct buf *rows, struct buf *error, int *status);
int op_flows(void *ctx, const struct serve_peer *peer, struct json_object *request,
	     struct buf *rows, struct buf *error, int *status);
int op_alerts(void *ctx, const struct serve_peer *peer, struct json_object *request,
	      struct buf *rows, struct buf *error, int *status);
int op_export(void *ctx, const struct serve_peer *peer, struct json_object *request,
	      struct buf *rows, struct buf *error, int *status);
int op_show(void *ctx, const struct serve_peer *peer, struct json_object *request, struct buf *rows,
	    struct buf *error, int *status);
int op_ack(void *ctx, const struct serve_peer *peer, struct json_object *request, struct buf *rows,
	   struct buf *error, int *status);
int op_history(void *ctx, const struct serve_peer *peer, struct json_object *request,
	       struct buf *rows, struct buf *error, int *status);
int op_baseline(void *ctx, const struct serve_peer *peer, struct json_object *request,
		struct buf *rows, struct buf *error, int *status);
int op_baseline_change(void *ctx, const struct serve_peer *peer, struct json_object *request,
		       struct buf *rows, struct buf *error, int *status);

/* A string member of the request; NULL if absent or not a string. */
const char *op_string(struct json_object *request, const char *key);
bool op_bool(struct json_object *request, const char *key);
/* The id behind "workload"; 0 if absent. -EINVAL: it is none. */
int op_workload(struct json_object *request, uint64_t *ret);
/* A whole number >= 0; `fallback` if absent. */
uint64_t op_u64(struct json_object *request, const char *key, uint64_t fallback);

#endif
