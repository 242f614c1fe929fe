/* SPDX-License-Identifier: Apache-2.0
 *
 * What all operations need: members of the request, who asked, and the audit.
 */
#include "base/jsonw.h"
#include "base/log.h"
#include "daemon/manager.h"
#include "daemon/ops.h"
#include "store/store.h"

const char *op_string(struct json_object *request, const char *key)
{
	struct json_object *v;

	if (!json_object_object_get_ex(request, key, &v) ||
	    !json_object_is_type(v, json_type_string))
		return NULL;
	return json_object_get_string(v);
}

bool op_bool(struct json_object *request, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(request, key, &v) && json_object_get_boolean(v);
}

uint64_t op_u64(struct json_object *request, const char *key, uint64_t fallback)
{
	struct json_object *v;

	if (!json_object_object_get_ex(request, key, &v) ||
	    !json_object_is_type(v, json_type_int) || json_object_get_int64(v) < 0)
		return fallback;
	return json_object_get_uint64(v);
}

void op_who(const struct serve_peer *peer, char *ret, size_t size)
{
	snprintf(ret, size, "uid %u", (unsigned int)peer->uid);
}

void op_audit(struct manager *m, const struct serve_peer *peer, const char *action,
	      const char *format, ...)
{
	struct buf detail _cleanup_buf_ = BUF_INIT, line _cleanup_buf_ = BUF_INIT;
	va_list ap;

	va_start(ap, format);
	buf_addv(&detail, format, ap);
	va_end(ap);
	/* what a peer wrote goes to a log that terminals show */
	jsonw_str(&line, NULL, detail.data ? detail.data : "");
	m->saved_ts = 0; /* to disk this tick: a crash forgets nothing that was said */
	log_warning("audit: %s by uid %u: %s", action, (unsigned int)peer->uid,
		    line.data ? line.data : "");
	if (m->store)
		(void)store_add_audit(m->store, m->clock.now, peer->uid, action,
				      detail.data ? detail.data : "");
	audit_send(m, m->clock.now, peer->uid, action, detail.data ? detail.data : "");
}
