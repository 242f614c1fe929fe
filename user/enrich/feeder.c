/* SPDX-License-Identifier: Apache-2.0
 *
 * What a relay is known to pass on: the session of the database process behind it, for how
 * long that holds, and when it is time to look again. Who is joined to whom is locallink.c.
 */
#include <string.h>

#include "base/cleanup.h"
#include "enrich/internal.h"

/* A relay may hold what a database gave it for so long before it sends it on. */
static const uint64_t fed_keep_ns = 3600ull * 1000000000;
/* Who takes what a database process sends locally is looked for this often. */
static const uint64_t take_again_ns = 30ull * 1000000000;

/* A descriptor's number is used again: it means something for as long as the socket behind
 * it is the same. */
static void take_feed(struct process *p, const struct feed_ends *ends, struct feed_local *ret)
{
	uint64_t inode;

	feed_ends_get(ends, ret, &inode);
	if (inode != p->feed_inode) {
		p->feed_inode = inode;
		p->feed_inode_ns = boot_now_ns();
	}
	ret->fd_since_ns = p->feed_inode_ns;
}

/* A server with one process for all has no session of its own: that of its local socket. */
static void name_feeder(struct enrich *e, struct process *p, const struct ident *feeder,
			const struct feed_ends *ends)
{
	static const struct ident nobody = { .feeder = "",
					     .db_session = "",
					     .db_client = "",
					     .db_command = "",
					     .db_system = "",
					     .db_application = "",
					     .db_query = "" };
	struct ident f = feeder ? *feeder : nobody;
	const char *comm = feeder ? feeder->comm : "";
	struct feed_local feed = { .count = 0 };
	struct db_names names;

	if (ends)
		take_feed(p, ends, &feed);
	if (f.db_session[0])
		f.db_by = DB_BY_PROCESS;
	if (feeder && !f.db_session[0] && db_match_local(e, feeder, &feed, &names)) {
		f.db_by = names.by;
		f.db_session = names.session;
		f.db_client = names.client;
		f.db_command = names.command;
		f.db_application = names.application;
		f.db_query = names.query;
		f.db_system = names.system;
	}
	p->id.feeder_pid = f.tgid;
	p->id.db_system = f.db_system;
	p->id.db_by = f.db_by;
	(void)set_text(&p->id.feeder, comm, strlen(comm));
	(void)set_text(&p->id.db_session, f.db_session, strlen(f.db_session));
	(void)set_text(&p->id.db_client, f.db_client, strlen(f.db_client));
	(void)set_text(&p->id.db_command, f.db_command, strlen(f.db_command));
	(void)set_text(&p->id.db_application, f.db_application, strlen(f.db_application));
	(void)set_text(&p->id.db_query, f.db_query, strlen(f.db_query));
}

void enrich_feed_set(struct enrich *e, const struct ident *relay, const struct ident *feeder,
		     const struct feed_ends *ends)
{
	struct process *p = process_of(e, relay);

	if (!p || p->id.is_database)
		return;
	/* What it was given before is what it may be sending now. */
	if (!feeder && p->fed_ns && boot_now_ns() - p->fed_ns < fed_keep_ns)
		return;
	name_feeder(e, p, feeder, ends);
}

void enrich_feed_keep(struct enrich *e, const struct ident *relay, const struct ident *feeder,
		      const struct feed_ends *ends)
{
	struct process *p = process_of(e, relay);

	if (!p || p->id.is_database)
		return;
	p->fed_ns = boot_now_ns();
	name_feeder(e, p, feeder, ends);
}

bool enrich_take_due(struct enrich *e, const struct ident *feeder)
{
	struct process *p = process_of(e, feeder);
	uint64_t now = boot_now_ns();

	if (!p || p->id.exited || (p->taken_ns && now - p->taken_ns < take_again_ns))
		return false;
	p->taken_ns = now;
	return true;
}

bool enrich_feed_due(struct enrich *e, const struct ident *relay)
{
	static const uint64_t soon_ns = 900000000, later_ns = 10000000000;
	enum { SOON_TRIES = 5 };
	struct process *p = process_of(e, relay);
	uint64_t now = boot_now_ns();

	if (!p || p->id.is_database || p->id.exited || p->id.is_kernel)
		return false;
	if (p->feed_tries && now - p->feed_ns < (p->feed_tries < SOON_TRIES ? soon_ns : later_ns))
		return false;
	p->feed_ns = now;
	p->feed_tries += p->feed_tries < SOON_TRIES;
	return true;
}
