/* SPDX-License-Identifier: Apache-2.0
 *
 * A witness in JSON and in words.
 */
#include <inttypes.h>
#include <string.h>

#include "alert/witness.h"
#include "base/buf.h"
#include "base/jsonw.h"
#include "base/units.h"

enum { COMMAND_SHOWN = 120 }; /* bytes of a command line in a sentence */

struct text_key {
	const char *key;
	enum witness_text text;
};

static void add_texts(struct buf *out, const struct witness *w, const struct text_key *keys,
		      size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (w->text[keys[i].text][0])
			jsonw_str(out, keys[i].key, w->text[keys[i].text]);
}

void witness_json(struct buf *out, const struct witness *w, const struct finding *f)
{
	static const struct text_key keys[] = {
		{ "process.executable", WITNESS_EXECUTABLE },
		{ "process.hash.sha256", WITNESS_SHA256 },
		{ "process.command_line", WITNESS_COMMAND_LINE },
		{ "process.working_directory", WITNESS_DIRECTORY },
		{ "process.parent.name", WITNESS_PARENT },
		{ "process.ancestors", WITNESS_ANCESTORS },
		{ "process.real_user.name", WITNESS_REAL_USER },
		{ "user.audit.name", WITNESS_LOGIN_USER },
		{ "service.name", WITNESS_UNIT },
		{ "container.id", WITNESS_CONTAINER_ID },
		{ "container.name", WITNESS_CONTAINER_NAME },
		{ "container.image.name", WITNESS_CONTAINER_IMAGE },
		{ "container.owner", WITNESS_CONTAINER_OWNER },
		{ "orchestrator.resource.name", WITNESS_POD },
		{ "orchestrator.namespace", WITNESS_POD_NAMESPACE },
		{ "database.session", WITNESS_SESSION },
		{ "database.client", WITNESS_CLIENT },
		{ "database.command", WITNESS_DB_COMMAND },
		{ "database.session_by", WITNESS_SESSION_BY },
		{ "database.process.name", WITNESS_FEEDER },
		{ "db.system.name", WITNESS_DB_SYSTEM },
		{ "database.application", WITNESS_DB_APPLICATION },
		{ "db.query.text", WITNESS_DB_QUERY },
		{ "destination.domain", WITNESS_DOMAIN },
		{ "egress.domain_source", WITNESS_DOMAIN_SOURCE },
		{ "destination.as.organization.name", WITNESS_AS_NAME },
		{ "destination.geo.country_iso_code", WITNESS_COUNTRY },
		{ "network.transport", WITNESS_TRANSPORT },
	};
	uint64_t pid, as;

	if (!f->actor)
		jsonw_str(out, "process.name", w->text[WITNESS_NAME]);
	if (w->pid)
		jsonw_u64(out, "process.pid", w->pid);
	if (w->start_wall_ns)
		jsonw_time_ns(out, "process.start", w->start_wall_ns);
	if (w->parent_pid)
		jsonw_u64(out, "process.parent.pid", w->parent_pid);
	if (w->text[WITNESS_USER][0])
		jsonw_str(out, "user.name", w->text[WITNESS_USER]);
	add_texts(out, w, keys, ARRAY_SIZE(keys));
	if (w->text[WITNESS_FEEDER_PID][0] && parse_u64(w->text[WITNESS_FEEDER_PID], &pid) == 0)
		jsonw_u64(out, "database.process.pid", pid);
	if (w->text[WITNESS_AS][0] && parse_u64(w->text[WITNESS_AS], &as) == 0)
		jsonw_u64(out, "destination.as.number", as);
}

/* Names are a stranger's: cut, made valid. */
static void add_name(struct buf *out, const char *name, size_t max)
{
	utf8_add(out, name, strnlen(name, max));
	if (strnlen(name, max + 1) > max)
		buf_add_str(out, "...");
}

static void add_detail(struct buf *out, bool *open, const char *before, const char *name)
{
	enum { NAME_SHOWN = 64 };

	if (!name[0])
		return;
	buf_add_str(out, *open ? ", " : " (");
	*open = true;
	buf_add_str(out, before);
	add_name(out, name, NAME_SHOWN);
}

/* "Process 4242 (child of bash, cron.service): pg_dump -Fc prod. " */
static void add_process(struct buf *out, const struct witness *w, const struct finding *f)
{
	const char *command = w->text[WITNESS_COMMAND_LINE];
	bool open = false;

	buf_addf(out, "%s %" PRIu32, f->actor ? "Process" : "Most of it by process", w->pid);
	if (!f->actor) {
		add_detail(out, &open, "", w->text[WITNESS_NAME]);
		add_detail(out, &open, "user ", w->text[WITNESS_USER]);
	}
	if (strcmp(w->text[WITNESS_LOGIN_USER], w->text[WITNESS_USER]) != 0)
		add_detail(out, &open, "logged in as ", w->text[WITNESS_LOGIN_USER]);
	add_detail(out, &open, "child of ", w->text[WITNESS_PARENT]);
	add_detail(out, &open, "", w->text[WITNESS_UNIT]);
	add_detail(out, &open, "container ", w->text[WITNESS_CONTAINER_NAME]);
	add_detail(out, &open, "a container of user ", w->text[WITNESS_CONTAINER_OWNER]);
	add_detail(out, &open, "pod ", w->text[WITNESS_POD]);
	if (open)
		buf_add_char(out, ')');
	if (!f->dest && w->text[WITNESS_ADDRESS][0] && f->kind != SERIES_READ &&
	    f->kind != SERIES_FAN) {
		buf_add_str(out, f->actor ? ", most of it to " : " to ");
		add_name(out, w->text[WITNESS_ADDRESS], COMMAND_SHOWN);
	}
	if (command[0]) {
		buf_add_str(out, ": ");
		add_name(out, command, COMMAND_SHOWN);
	}
	buf_add_str(out, ". ");
}

/* "Database session app@prod from 10.0.0.7: COPY. " */
static void add_session(struct buf *out, const struct witness *w)
{
	if (w->text[WITNESS_FEEDER][0]) {
		buf_add_str(out, "It passes on what ");
		add_name(out, w->text[WITNESS_FEEDER], COMMAND_SHOWN);
		buf_addf(out, " (process %s) gives it. ", w->text[WITNESS_FEEDER_PID]);
	}
	if (!w->text[WITNESS_SESSION][0])
		return;
	buf_add_str(out, "Database session ");
	add_name(out, w->text[WITNESS_SESSION], COMMAND_SHOWN);
	if (w->text[WITNESS_CLIENT][0]) {
		buf_add_str(out, " from ");
		add_name(out, w->text[WITNESS_CLIENT], COMMAND_SHOWN);
	}
	if (strcmp(w->text[WITNESS_SESSION_BY], "busiest") == 0)
		buf_add_str(out, " (the busiest of several there)");
	if (w->text[WITNESS_DB_COMMAND][0]) {
		buf_add_str(out, ": ");
		add_name(out, w->text[WITNESS_DB_COMMAND], COMMAND_SHOWN);
	}
	if (w->text[WITNESS_DB_APPLICATION][0]) {
		buf_add_str(out, ", program ");
		add_name(out, w->text[WITNESS_DB_APPLICATION], COMMAND_SHOWN);
	}
	if (w->text[WITNESS_DB_QUERY][0]) {
		buf_add_str(out, ", query ");
		add_name(out, w->text[WITNESS_DB_QUERY], COMMAND_SHOWN);
	}
	buf_add_str(out, ". ");
}

/* "198.51.100.7 was asked for as files.example (AS64500 Example, QM). " */
static void add_peer(struct buf *out, const struct witness *w)
{
	const char *domain = w->text[WITNESS_DOMAIN];
	bool open = false;

	if (!domain[0] && !w->text[WITNESS_AS][0] && !w->text[WITNESS_COUNTRY][0])
		return;
	add_name(out, w->text[WITNESS_ADDRESS], COMMAND_SHOWN);
	if (domain[0]) {
		buf_add_str(out, strcmp(w->text[WITNESS_DOMAIN_SOURCE], "dns") == 0
					 ? " was asked for as "
					 : " is called ");
		add_name(out, domain, COMMAND_SHOWN);
	} else {
		buf_add_str(out, " has no known name");
	}
	if (w->text[WITNESS_AS][0]) {
		add_detail(out, &open, "AS", w->text[WITNESS_AS]);
		if (w->text[WITNESS_AS_NAME][0]) {
			buf_add_char(out, ' ');
			add_name(out, w->text[WITNESS_AS_NAME], COMMAND_SHOWN);
		}
	}
	add_detail(out, &open, "", w->text[WITNESS_COUNTRY]);
	buf_add_str(out, open ? "). " : ". ");
}

void witness_reason(struct buf *out, const struct witness *w, const struct finding *f)
{
	if (!w || !w->pid)
		return;
	add_process(out, w, f);
	add_session(out, w);
	add_peer(out, w);
}
