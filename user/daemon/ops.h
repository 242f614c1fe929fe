/* SPDX-License-Identifier: Apache-2.0
 *
 * Handlers of the control socket's operations, one file a family. All are
 * serve_handler; ctx is the manager.
 */
#ifndef DAEMON_OPS_H
#define DAEMON_OPS_H

#include <json-c/json.h>

#include "base/cleanup.h"
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
int op_silence(void *ctx, const struct serve_peer *peer, struct json_object *request,
	       struct buf *rows, struct buf *error, int *status);
int op_approve(void *ctx, const struct serve_peer *peer, struct json_object *request,
	       struct buf *rows, struct buf *error, int *status);
int op_decline(void *ctx, const struct serve_peer *peer, struct json_object *request,
	       struct buf *rows, struct buf *error, int *status);
int op_spool(void *ctx, const struct serve_peer *peer, struct json_object *request,
	     struct buf *rows, struct buf *error, int *status);
int op_spool_retry(void *ctx, const struct serve_peer *peer, struct json_object *request,
		   struct buf *rows, struct buf *error, int *status);
int op_say(void *ctx, const struct serve_peer *peer, struct json_object *request, struct buf *rows,
	   struct buf *error, int *status);
int op_forget(void *ctx, const struct serve_peer *peer, struct json_object *request,
	      struct buf *rows, struct buf *error, int *status);
int op_words(void *ctx, const struct serve_peer *peer, struct json_object *request,
	     struct buf *rows, struct buf *error, int *status);
int op_audit_list(void *ctx, const struct serve_peer *peer, struct json_object *request,
		  struct buf *rows, struct buf *error, int *status);
int op_history(void *ctx, const struct serve_peer *peer, struct json_object *request,
	       struct buf *rows, struct buf *error, int *status);
int op_connections(void *ctx, const struct serve_peer *peer, struct json_object *request,
		   struct buf *rows, struct buf *error, int *status);
int op_files(void *ctx, const struct serve_peer *peer, struct json_object *request,
	     struct buf *rows, struct buf *error, int *status);
int op_baseline(void *ctx, const struct serve_peer *peer, struct json_object *request,
		struct buf *rows, struct buf *error, int *status);
int op_baseline_change(void *ctx, const struct serve_peer *peer, struct json_object *request,
		       struct buf *rows, struct buf *error, int *status);

struct manager;

/* The alert the request names by a prefix; words and status are set on failure. */
int op_alert_id(struct manager *m, struct json_object *request, const char **ret_id,
		struct buf *error, int *status);
/* Ends the silence of an alert, by its full id. */
int op_lift_silence(struct manager *m, const struct serve_peer *peer, const char *id,
		    struct buf *rows);
/* "uid 1000". */
void op_who(const struct serve_peer *peer, char *ret, size_t size);
/* A change on record: in the log, and in the history when it is kept. */
_printf_(4, 5) void op_audit(struct manager *m, const struct serve_peer *peer, const char *action,
			     const char *format, ...);

/* A string member of the request; NULL if absent or not a string. */
const char *op_string(struct json_object *request, const char *key);
bool op_bool(struct json_object *request, const char *key);
/* The id behind "workload"; 0 if absent. -EINVAL: it is none. */
int op_workload(struct json_object *request, uint64_t *ret);
/* A whole number >= 0; `fallback` if absent. */
uint64_t op_u64(struct json_object *request, const char *key, uint64_t fallback);

#endif
