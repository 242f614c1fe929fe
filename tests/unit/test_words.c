/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operator declares: how it is read, whom it matches, when its budget begins
 * anew, and that a restart forgets none of it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/units.h"
#include "config/config.h"
#include "model/words.h"

enum { DAY = 86400, HOUR = 3600 };
static const int64_t t0 = 1714348800; /* 2024-04-29T00:00:00Z */
#define GB 1000000000ULL

struct bench {
	struct names *names;
	struct words *words;
};

static void start(struct bench *b)
{
	assert_int_equal(names_new(&b->names), 0);
	assert_int_equal(words_new(&b->words), 0);
}

static void end(struct bench *b)
{
	words_free(b->words);
	names_free(b->names);
}

/* "actor=restic destination=10.0.5.9 ..."; "" on success, else the problem. */
static const char *said(struct declaration *d, enum word_kind kind, const char *text, bool lasting)
{
	static char problem[256];
	_cleanup_buf_ struct buf why = BUF_INIT;
	char copy[512], *rest = copy, *word;
	int r = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	declaration_init(d, kind);
	while (r == 0 && (word = strsep(&rest, " "))) {
		char *equals = strchr(word, '=');

		if (!equals)
			continue;
		*equals = '\0';
		r = declaration_set(d, word, equals + 1, &why);
	}
	if (r == 0)
		r = declaration_check(d, lasting, &why);
	assert_int_equal(r == 0, why.len == 0);
	snprintf(problem, sizeof(problem), "%s", why.data ? why.data : "");
	return problem;
}

static const struct word *say(struct bench *b, enum word_kind kind, const char *text)
{
	const struct word *word;
	struct declaration d;

	assert_string_equal(said(&d, kind, text, true), "");
	assert_int_equal(words_add(b->words, &d, "uid 1000", t0, &word), 0);
	assert_int_equal(words_mark(b->words, b->names), 0);
	return word;
}

static struct tick_row row(struct bench *b, const char *exe, const char *user, const char *dst,
			   uint64_t bytes)
{
	return (struct tick_row){
		.actor = names_actor(b->names, exe, exe, "", user),
		.dest = names_dest(b->names, dst, EG_SCOPE_UNKNOWN),
		.tx_bytes = bytes,
	};
}

static uint64_t spend(struct bench *b, int64_t ts, const char *exe, const char *dst, uint64_t bytes)
{
	struct tick_row r = row(b, exe, "root", dst, bytes);

	words_begin(b->words, ts);
	return words_spend(b->words, &r, r.dest->scope == EG_SCOPE_PUBLIC);
}

static void bad_declarations_say_what_is_wrong(void **state)
{
	static const struct {
		enum word_kind kind;
		const char *text, *words;
	} bad[] = {
		{ WORD_EXPECT, "actor=restic destination=10.0.5.9 until=@2000000000",
		  "expect needs bytes" },
		{ WORD_EXPECT, "actor=restic bytes=1GB until=@2000000000",
		  "expect needs destination" },
		{ WORD_EXPECT, "actor=restic destination=10.0.5.9 bytes=1GB",
		  "expect needs until" },
		{ WORD_EXPECT, "actor=* destination=10.0.5.9 bytes=1GB until=@2000000000",
		  "expect is for one program" },
		{ WORD_EXPECT, "actor=restic destination=0.0.0.0/0", "destination: \"0.0.0.0/0\"" },
		{ WORD_EXPECT, "actor=restic destination=10.0.5.9/33", "destination: " },
		{ WORD_EXPECT, "bytes=0", "bytes: \"0\" will not do" },
		{ WORD_EXPECT, "bytes=18446744073709551616", "bytes: " },
		{ WORD_EXPECT, "between=1:00-5:00", "between: " },
		{ WORD_EXPECT, "between=01:00-24:01", "between: " },
		{ WORD_EXPECT, "between=01:00-01:00", "between: " },
		{ WORD_EXPECT, "days=sunday", "days: " },
		{ WORD_EXPECT, "days=Sun", "days: " },
		{ WORD_EXPECT, "days=mon,", "days: " },
		{ WORD_EXPECT, "days=mon-", "days: " },
		{ WORD_EXPECT, "days=mon-wed,tue", "days: " },
		{ WORD_EXPECT, "days=", "days: " },
		{ WORD_BUDGET, "days=sun", "budget has no key" },
		{ WORD_EXPECT, "until=2h", "until: " },
		{ WORD_EXPECT, "until=@99999999999999", "until: " },
		{ WORD_EXPECT, "bytes=1GB bytes=2GB", "bytes was already said" },
		{ WORD_EXPECT, "colour=red", "expect has no key \"colour\"" },
		{ WORD_EXPECT, "role=replica", "expect has no key \"role\"" },
		{ WORD_EXPECT, "actor=a destination=10.0.0.1 bytes=1 per=window until=@2000000000",
		  "per: window needs between" },
		{ WORD_ROLE, "role=king destination=10.0.5.9", "role: \"king\"" },
		{ WORD_ROLE, "role=replica", "role is for somebody" },
		{ WORD_ROLE, "role=replica actor=**", "role is for somebody" },
		{ WORD_BUDGET, "scope=public", "budget needs bytes" },
		{ WORD_BUDGET, "bytes=1GB level=none", "level: " },
		{ WORD_SILENCE, "actor=restic bytes=1GB", "silence needs until" },
		{ WORD_SILENCE, "actor=? bytes=1GB until=@2000000000", "silence is for somebody" },
	};
	struct declaration d;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *problem = said(&d, bad[i].kind, bad[i].text, false);

		if (strncmp(problem, bad[i].words, strlen(bad[i].words)) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", bad[i].text, problem, bad[i].words);
	}
}

static void patterns(void **state)
{
	(void)state;
	assert_true(declaration_pattern("", "anything"));
	assert_true(declaration_pattern("pg_*", "pg_dump"));
	assert_true(declaration_pattern("*dump*", "mysqldump"));
	assert_true(declaration_pattern("a*b*c", "aXbYbZc"));
	assert_true(declaration_pattern("p?_dump", "pg_dump"));
	assert_true(declaration_pattern("*", ""));
	assert_false(declaration_pattern("pg_*", "postgres"));
	assert_false(declaration_pattern("pg", "pg_dump"));
	assert_false(declaration_pattern("?", ""));
	assert_false(declaration_pattern("a*b", "aXc"));
}

static void descriptions(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct declaration d;

	(void)state;
	assert_string_equal(said(&d, WORD_EXPECT,
				 "actor=restic user=backup destination=10.0.5.9 bytes=600GB "
				 "between=22:30-04:00 until=2027-01-01",
				 false),
			    "");
	declaration_describe(&d, &out);
	assert_string_equal(out.data, "restic (user backup) -> 10.0.5.9, 600 GB each 22:30-04:00, "
				      "until 2027-01-01T00:00:00Z");
	buf_clear(&out);
	assert_string_equal(said(&d, WORD_EXPECT,
				 "actor=a destination=10.0.5.9 bytes=1GB days=sat-mon,wed "
				 "between=22:30-04:00",
				 true),
			    "");
	declaration_describe(&d, &out);
	assert_string_equal(out.data, "a -> 10.0.5.9, 1.0 GB each mon,wed,sat,sun 22:30-04:00");
	buf_clear(&out);
	assert_string_equal(said(&d, WORD_EXPECT,
				 "actor=a destination=10.0.5.9 bytes=1GB days=mon-fri", true),
			    "");
	declaration_describe(&d, &out);
	assert_string_equal(out.data, "a -> 10.0.5.9, 1.0 GB a day, only mon-fri");
	buf_clear(&out);
	assert_string_equal(said(&d, WORD_BUDGET, "bytes=50GB scope=public", true), "");
	declaration_describe(&d, &out);
	assert_string_equal(out.data, "any program -> public addresses, 50 GB a day");
	buf_clear(&out);
	assert_string_equal(said(&d, WORD_ROLE, "role=replica destination=10.0.5.0/28", true), "");
	declaration_describe(&d, &out);
	assert_string_equal(out.data, "replica: any program -> 10.0.5.0/28");
}

static void a_transfer_is_covered_up_to_its_budget(void **state)
{
	const struct word *word;
	struct bench b;

	(void)state;
	start(&b);
	word = say(&b, WORD_EXPECT,
		   "actor=restic destination=10.0.5.9 bytes=10GB until=@1714400000");
	assert_true(spend(&b, t0, "restic", "10.0.5.9", 4 * GB) == 4 * GB);
	assert_true(words_expects(b.words, row(&b, "restic", "root", "10.0.5.9", 1).actor,
				  row(&b, "restic", "root", "10.0.5.9", 1).dest));
	assert_true(spend(&b, t0 + 60, "restic", "10.0.5.9", 7 * GB) == 6 * GB);
	assert_true(word->used_bytes == 10 * GB && word->over_bytes == GB);
	assert_true(word_is_exceeded(word) && word_sent_bytes(word) == 11 * GB);
	assert_true(spend(&b, t0 + 120, "restic", "10.0.5.9", GB) == 0);
	assert_false(words_expects(b.words, row(&b, "restic", "root", "10.0.5.9", 1).actor,
				   row(&b, "restic", "root", "10.0.5.9", 1).dest));
	end(&b);
}

static void all_of_it_must_hold(void **state)
{
	struct bench b;
	struct tick_row r;

	(void)state;
	start(&b);
	(void)say(&b, WORD_EXPECT,
		  "actor=restic user=root destination=10.0.5.9 bytes=10GB between=01:00-05:00");
	assert_true(spend(&b, t0 + 2 * HOUR, "restic", "10.0.5.9", GB) == GB);
	assert_true(spend(&b, t0 + 2 * HOUR, "rclone", "10.0.5.9", GB) == 0);
	/* its neighbour is of the same group and yet another */
	assert_true(spend(&b, t0 + 2 * HOUR, "restic", "10.0.5.77", GB) == 0);
	assert_true(spend(&b, t0 + 2 * HOUR, "restic", "203.0.113.7", GB) == 0);
	assert_true(spend(&b, t0 + HOUR - 1, "restic", "10.0.5.9", GB) == 0);
	assert_true(spend(&b, t0 + HOUR, "restic", "10.0.5.9", GB) == GB);
	assert_true(spend(&b, t0 + 5 * HOUR - 1, "restic", "10.0.5.9", GB) == GB);
	assert_true(spend(&b, t0 + 5 * HOUR, "restic", "10.0.5.9", GB) == 0);
	words_begin(b.words, t0 + 2 * HOUR);
	r = row(&b, "restic", "mallory", "10.0.5.9", GB);
	assert_true(words_spend(b.words, &r, false) == 0);
	r.actor = NULL;
	assert_true(words_spend(b.words, &r, false) == 0);
	end(&b);
}

static void a_destination_may_be_a_network_or_a_name(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	(void)say(&b, WORD_EXPECT, "actor=a destination=10.2.0.0/16 bytes=10GB per=day");
	(void)say(&b, WORD_EXPECT, "actor=b destination=backup.example bytes=10GB per=day");
	(void)say(&b, WORD_EXPECT, "actor=a destination=10.2.3.4 bytes=1GB per=day");
	assert_true(spend(&b, t0, "a", "10.2.200.1", GB) == GB);
	assert_true(spend(&b, t0, "a", "10.3.0.1", GB) == 0);
	assert_true(spend(&b, t0, "b", "backup.example", GB) == GB);
	assert_true(spend(&b, t0, "a", "backup.example", GB) == 0);
	/* inside both: the first budget, then the second */
	assert_true(spend(&b, t0, "a", "10.2.3.4", 11 * GB) == 10 * GB);
	end(&b);
}

static void a_window_over_midnight_is_one_budget(void **state)
{
	const struct word *word;
	struct bench b;

	(void)state;
	start(&b);
	word = say(&b, WORD_EXPECT, "actor=a destination=10.0.5.9 bytes=10GB between=22:00-02:00");
	assert_true(spend(&b, t0 + 23 * HOUR, "a", "10.0.5.9", 6 * GB) == 6 * GB);
	assert_true(spend(&b, t0 + 25 * HOUR, "a", "10.0.5.9", 6 * GB) == 4 * GB);
	assert_true(word->over_bytes == 2 * GB);
	words_begin(b.words, t0 + 30 * HOUR); /* closed, and yet exceeded until the next one */
	assert_true(!word->active && word_is_exceeded(word));
	assert_true(spend(&b, t0 + 47 * HOUR, "a", "10.0.5.9", 6 * GB) == 6 * GB);
	assert_false(word_is_exceeded(word));
	end(&b);
}

static void days_of_the_week(void **state)
{
	const struct word *word;
	struct bench b;

	(void)state;
	start(&b); /* on a Monday */
	word = say(&b, WORD_EXPECT, "actor=a destination=10.0.5.9 bytes=10GB days=tue,fri");
	assert_true(spend(&b, t0 + 23 * HOUR, "a", "10.0.5.9", GB) == 0);
	assert_true(spend(&b, t0 + DAY, "a", "10.0.5.9", 12 * GB) == 10 * GB);
	words_begin(b.words, t0 + 3 * DAY); /* exceeded until the next such day */
	assert_true(!word->active && word_is_exceeded(word));
	assert_true(spend(&b, t0 + 4 * DAY, "a", "10.0.5.9", 6 * GB) == 6 * GB);
	assert_false(word_is_exceeded(word));
	end(&b);
	start(&b); /* over midnight: what begins on a Monday ends on a Tuesday */
	(void)say(&b, WORD_EXPECT,
		  "actor=a destination=10.0.5.9 bytes=10GB days=mon between=22:00-02:00");
	assert_true(spend(&b, t0 + HOUR, "a", "10.0.5.9", GB) == 0);
	assert_true(spend(&b, t0 + 23 * HOUR, "a", "10.0.5.9", GB) == GB);
	assert_true(spend(&b, t0 + 25 * HOUR, "a", "10.0.5.9", GB) == GB);
	assert_true(spend(&b, t0 + 47 * HOUR, "a", "10.0.5.9", GB) == 0);
	assert_true(spend(&b, t0 + 7 * DAY + 22 * HOUR, "a", "10.0.5.9", 10 * GB) == 10 * GB);
	end(&b);
}

static void ids_outlive_new_keys(void **state)
{
	struct bench b;

	(void)state;
	start(&b); /* as version 1.0 gave it, which had no days */
	assert_int_equal(say(&b, WORD_EXPECT,
			     "actor=restic destination=10.0.5.9 bytes=1GB until=@2000000000")
				 ->id,
			 0x3973a8aeU);
	end(&b);
}

static void an_expired_one_covers_nothing_and_goes_a_day_later(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	(void)say(&b, WORD_EXPECT, "actor=a destination=10.0.5.9 bytes=10GB until=@1714348860");
	assert_true(spend(&b, t0 + 59, "a", "10.0.5.9", GB) == GB);
	assert_true(spend(&b, t0 + 60, "a", "10.0.5.9", GB) == 0);
	assert_int_equal(words_size(b.words), 1);
	words_begin(b.words, t0 + 60 + DAY);
	assert_int_equal(words_size(b.words), 0);
	end(&b);
}

static void a_budget_counts_all_that_it_is_about(void **state)
{
	const struct word *word;
	struct bench b;

	(void)state;
	start(&b);
	word = say(&b, WORD_BUDGET, "bytes=5GB scope=public");
	(void)say(&b, WORD_EXPECT, "actor=a destination=203.0.113.7 bytes=100GB per=day");
	assert_true(spend(&b, t0, "a", "203.0.113.7", 4 * GB) == 4 * GB); /* declared: counts */
	(void)spend(&b, t0, "b", "10.0.0.1", 4 * GB);                     /* not public */
	assert_false(word_is_exceeded(word));
	(void)spend(&b, t0, "b", "198.51.100.1", 2 * GB);
	assert_true(word_is_exceeded(word) && word_sent_bytes(word) == 6 * GB);
	words_begin(b.words, t0 + DAY);
	assert_false(word_is_exceeded(word));
	end(&b);
}

static void reads_for_a_transfer_are_covered_too(void **state)
{
	struct bench b;
	struct tick_row r;

	(void)state;
	start(&b);
	(void)say(&b, WORD_EXPECT, "actor=pg_basebackup destination=10.0.5.9 bytes=1GB per=day");
	words_begin(b.words, t0);
	r = row(&b, "pg_basebackup", "root", "10.0.5.9", 0);
	r.rd_bytes = 6 * GB;
	assert_true(words_spend_read(b.words, &r) == WORD_READ_FACTOR * GB);
	r = row(&b, "cat", "root", "10.0.5.9", 0);
	r.rd_bytes = GB;
	assert_true(words_spend_read(b.words, &r) == 0);
	end(&b);
}

static void roles(void **state)
{
	struct tick_row r;
	struct bench b;

	(void)state;
	start(&b);
	(void)say(&b, WORD_ROLE, "role=replica destination=10.0.5.0/28");
	(void)say(&b, WORD_ROLE, "role=backup actor=restic");
	words_begin(b.words, t0);
	r = row(&b, "postgres", "root", "10.0.5.9", 0);
	assert_int_equal(words_role(b.words, r.actor, r.dest), ROLE_REPLICA);
	r = row(&b, "postgres", "root", "10.0.5.77", 0);
	assert_int_equal(words_role(b.words, r.actor, r.dest), -1);
	assert_int_equal(words_role(b.words, r.actor, NULL), -1);
	r = row(&b, "restic", "root", "10.0.5.77", 0);
	assert_int_equal(words_role(b.words, r.actor, r.dest), ROLE_BACKUP);
	assert_int_equal(words_role(b.words, r.actor, NULL), ROLE_BACKUP);
	end(&b);
}

static void silences_are_used_up(void **state)
{
	struct tick_row r;
	struct bench b;
	uint32_t id;

	(void)state;
	start(&b);
	(void)say(&b, WORD_SILENCE, "actor=rsync bytes=1000 until=@1714400000");
	words_begin(b.words, t0);
	r = row(&b, "rsync", "root", "10.0.5.9", 0);
	id = words_silence(b.words, r.actor, r.dest);
	assert_int_not_equal(id, 0);
	assert_true(words_hush(b.words, id, 600));
	assert_true(words_hush(b.words, id, 400));
	assert_int_equal(words_silence(b.words, r.actor, r.dest), 0);
	assert_false(words_hush(b.words, id, 1));
	end(&b);
}

static void the_list(void **state)
{
	const struct word *word, *same;
	struct word gone;
	struct declaration d;
	struct bench b;
	char id[WORD_ID_TEXT];

	(void)state;
	start(&b);
	word = say(&b, WORD_BUDGET, "bytes=5GB");
	words_id_text(word->id, id);
	assert_string_equal(said(&d, WORD_BUDGET, "bytes=5000000000", true), "");
	assert_int_equal(words_add(b.words, &d, "uid 0", t0, &same), -EEXIST);
	assert_ptr_equal(same, word);
	(void)say(&b, WORD_BUDGET, "bytes=6GB");
	assert_int_equal(words_remove(b.words, "", WORD_BUDGET, &gone), -ENOTUNIQ);
	assert_int_equal(words_remove(b.words, id, WORD_EXPECT, &gone), -ENOENT);
	assert_int_equal(words_remove(b.words, id, WORD_BUDGET, &gone), 0);
	assert_true(gone.said.bytes == 5 * GB);
	assert_int_equal(words_size(b.words), 1);
	for (unsigned int i = 1; i < WORDS_MAX; i++) {
		_cleanup_buf_ struct buf text = BUF_INIT;

		buf_addf(&text, "bytes=%u", i);
		(void)say(&b, WORD_BUDGET, text.data);
	}
	assert_string_equal(said(&d, WORD_BUDGET, "bytes=9GB", true), "");
	assert_int_equal(words_add(b.words, &d, "uid 0", t0, &same), -ENOSPC);
	end(&b);
}

static void the_configuration_comes_and_goes(void **state)
{
	static const char one[] = "budget:\n- bytes: 5GB\nexpect:\n- {actor: a, destination: "
				  "10.0.5.9, bytes: 2GB}\n";
	static const char two[] = "expect:\n- {actor: a, destination: 10.0.5.9, bytes: 2GB}\n";
	struct buf error = BUF_INIT;
	struct config *first, *second;
	struct word gone;
	struct bench b;

	(void)state;
	start(&b);
	assert_int_equal(config_parse("f", one, sizeof(one) - 1, &first, &error), 0);
	assert_int_equal(config_parse("f", two, sizeof(two) - 1, &second, &error), 0);
	(void)say(&b, WORD_BUDGET, "bytes=7GB");
	assert_int_equal(words_adopt(b.words, config_words(first), t0), 0);
	assert_int_equal(words_mark(b.words, b.names), 0);
	assert_int_equal(words_size(b.words), 3);
	assert_int_equal(words_remove(b.words, "", WORD_EXPECT, &gone), -EPERM);
	assert_true(spend(&b, t0, "a", "10.0.5.9", GB) == GB);
	assert_int_equal(words_adopt(b.words, config_words(second), t0), 0);
	assert_int_equal(words_size(b.words), 2);
	assert_true(spend(&b, t0 + 1, "a", "10.0.5.9", 2 * GB) ==
		    GB); /* what was used stays used */
	assert_int_equal(words_adopt(b.words, NULL, t0), 0);
	assert_int_equal(words_size(b.words), 1);
	config_free(first);
	config_free(second);
	buf_free(&error);
	end(&b);
}

static void a_restart_forgets_nothing(void **state)
{
	_cleanup_buf_ struct buf saved = BUF_INIT;
	const struct word *word;
	struct bench b, again;

	(void)state;
	start(&b);
	start(&again);
	(void)say(&b, WORD_EXPECT,
		  "actor=restic user=root destination=10.0.5.9 bytes=10GB between=01:00-05:00 "
		  "until=@1800000000 level=page why=nightly");
	(void)say(&b, WORD_ROLE, "role=replica destination=10.0.6.0/28");
	(void)say(&b, WORD_SILENCE, "actor=rsync bytes=1000 until=@1714400000");
	assert_true(spend(&b, t0 + 2 * HOUR, "restic", "10.0.5.9", 4 * GB) == 4 * GB);
	assert_int_equal(words_save(b.words, &saved), 0);
	assert_int_equal(words_load(again.words, saved.data, saved.len), 0);
	assert_int_equal(words_mark(again.words, again.names), 0);
	assert_int_equal(words_size(again.words), 3);
	word = words_at(again.words, 0);
	assert_int_equal(word->id, words_at(b.words, 0)->id);
	assert_string_equal(word->by, "uid 1000");
	assert_string_equal(word->said.why, "nightly");
	assert_int_equal(word->said.level, EG_LEVEL_PAGE);
	assert_true(spend(&again, t0 + 3 * HOUR, "restic", "10.0.5.9", 7 * GB) == 6 * GB);
	/* cut short, changed, or of a newer version: nothing changes */
	for (size_t len = 0; len < saved.len; len++)
		assert_int_equal(words_load(b.words, saved.data, len), -EBADMSG);
	/* a word that this version would not take costs only itself */
	memcpy(memmem(saved.data, saved.len, "replica", 7), "replicX", 7);
	words_free(again.words);
	assert_int_equal(words_new(&again.words), 0);
	assert_int_equal(words_load(again.words, saved.data, saved.len), 0);
	assert_int_equal(words_size(again.words), 2);
	saved.data[4]++;
	assert_int_equal(words_load(b.words, saved.data, saved.len), -EBADMSG);
	assert_int_equal(words_size(b.words), 3);
	end(&b);
	end(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_declarations_say_what_is_wrong),
		cmocka_unit_test(patterns),
		cmocka_unit_test(descriptions),
		cmocka_unit_test(a_transfer_is_covered_up_to_its_budget),
		cmocka_unit_test(all_of_it_must_hold),
		cmocka_unit_test(a_destination_may_be_a_network_or_a_name),
		cmocka_unit_test(a_window_over_midnight_is_one_budget),
		cmocka_unit_test(days_of_the_week),
		cmocka_unit_test(ids_outlive_new_keys),
		cmocka_unit_test(an_expired_one_covers_nothing_and_goes_a_day_later),
		cmocka_unit_test(a_budget_counts_all_that_it_is_about),
		cmocka_unit_test(reads_for_a_transfer_are_covered_too),
		cmocka_unit_test(roles),
		cmocka_unit_test(silences_are_used_up),
		cmocka_unit_test(the_list),
		cmocka_unit_test(the_configuration_comes_and_goes),
		cmocka_unit_test(a_restart_forgets_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
