/* SPDX-License-Identifier: Apache-2.0
 *
 * Who an alert is about and where the bytes went, as a sentence names them.
 */
#include <string.h>

#include "alert/incident.h"
#include "base/jsonw.h"

void alert_name(struct buf *out, const char *name)
{
	enum { NAME_MAX_BYTES = 128 };

	utf8_add(out, name, strnlen(name, NAME_MAX_BYTES));
}

void alert_actor(struct buf *out, const struct actor *actor)
{
	alert_name(out, actor->exe[0] ? actor->exe : actor->comm);
	if (!actor->user[0] && !actor->container[0])
		return;
	buf_add_str(out, " (");
	alert_name(out, actor->user);
	if (actor->user[0] && actor->container[0])
		buf_add_str(out, ", ");
	if (actor->container[0]) {
		buf_add_str(out, "container ");
		alert_name(out, actor->container);
	}
	buf_add_char(out, ')');
}

void alert_dest(struct buf *out, const struct finding *f, const char *address)
{
	const char *name = address               ? address
			   : f->dest->example[0] ? f->dest->example
						 : f->dest->group;
	bool port = f->port && f->init != EG_INIT_ACCEPTED;
	bool bracket = port && strchr(name, ':');

	if (bracket)
		buf_add_char(out, '[');
	alert_name(out, name);
	if (bracket)
		buf_add_char(out, ']');
	if (port)
		buf_addf(out, ":%u", f->port);
	/* a name the operator gave, not a prefix */
	if (!strchr(f->dest->group, '/') && strcmp(f->dest->group, name) != 0) {
		buf_add_str(out, " (");
		alert_name(out, f->dest->group);
		buf_add_char(out, ')');
	}
}

void alert_subject(struct buf *out, const struct finding *f, const char *host, const char *address)
{
	if (f->actor)
		alert_actor(out, f->actor);
	else
		alert_name(out, host);
	if (f->kind == SERIES_READ) {
		buf_add_str(out, " reads database files");
	} else if (f->kind == SERIES_FAN) {
		buf_add_str(out, " -> many destinations");
	} else if (f->dest) {
		buf_add_str(out, " -> ");
		alert_dest(out, f, address);
		if (f->init == EG_INIT_ACCEPTED && f->port)
			buf_addf(out, " (accepted on %u)", f->port);
	} else if (f->kind == SERIES_NOVEL) {
		buf_add_str(out, " -> new destinations");
	} else {
		buf_addf(out, " -> %s",
			 f->cls == CLASS_PUBLIC     ? "public addresses"
			 : f->cls == CLASS_INTERNAL ? "internal addresses"
						    : "anywhere");
	}
}
