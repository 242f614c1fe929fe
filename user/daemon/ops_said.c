/* SPDX-License-Identifier: Apache-2.0
 *
 * What the operator declares: `expect`, `role`, `budget`, `silence` on what matches; the
 * list of it, and taking it back. The keys of a request are those of the configuration.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "alert/alert.h"
#include "base/jsonw.h"
#include "base/units.h"
#include "base/vocab.h"
#include "config/declaration.h"
#include "daemon/manager.h"
#include "daemon/ops.h"
#include "model/words.h"

enum {
	SILENCE_MAX_S = 30 * 86400, /* longer is a declaration: expect */
};

static int kind_of(const char *name, enum word_kind *ret)
{
	for (unsigned int i = 0; name && i < WORD_KINDS; i++) {
		if (strcmp(name, word_kind_names[i]) == 0) {
			*ret = (enum word_kind)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* "seconds": an end counted from now. */
static int set_seconds(struct declaration *d, const struct manager *m, struct json_object *request,
		       struct buf *error)
{
	uint64_t seconds = op_u64(request, "seconds", 0);
	char until[24];

	if (!seconds || seconds > INT32_MAX) {
		buf_add_str(error, "seconds: give a number from 1 on");
		return -EINVAL;
	}
	snprintf(until, sizeof(until), "@%" PRId64, m->clock.now + (int64_t)seconds);
	return declaration_set(d, "until", until, error);
}

static int set_member(struct declaration *d, const char *key, struct json_object *value,
		      struct buf *error)
{
	if (!json_object_is_type(value, json_type_string) &&
	    !json_object_is_type(value, json_type_int)) {
		buf_addf(error, "%.60s: give text or a whole number", key);
		return -EINVAL;
	}
	return declaration_set(d, key, json_object_get_string(value), error);
}

/* The whole request but "op"; what it does not know it refuses. */
static int read_request(struct declaration *d, const struct manager *m, struct json_object *request,
			struct buf *error)
{
	int r = 0;

	json_object_object_foreach(request, key, value)
	{
		if (r < 0 || strcmp(key, "op") == 0)
			continue;
		if (strcmp(key, "seconds") == 0)
			r = set_seconds(d, m, request, error);
		else
			r = set_member(d, key, value, error);
	}
	return r < 0 ? r : declaration_check(d, d->kind != WORD_EXPECT, error);
}

static int check_end(const struct declaration *d, const struct manager *m, struct buf *error)
{
	if (d->until_ts && d->until_ts <= m->clock.now) {
		buf_add_str(error, "until: that is over already");
		return -EINVAL;
	}
	if (d->kind == WORD_SILENCE && d->until_ts > m->clock.now + SILENCE_MAX_S) {
		buf_addf(error, "a silence lasts at most %d days; for longer say expect",
			 SILENCE_MAX_S / 86400);
		return -EINVAL;
	}
	return 0;
}

static void add_said(struct buf *rows, const struct declaration *d)
{
	for (size_t i = 0; i < declaration_key_count; i++) {
		struct buf value _cleanup_buf_ = BUF_INIT;
		char key[32];

		/* these as numbers and times, below */
		if (strcmp(declaration_keys[i].name, "bytes") == 0 ||
		    strcmp(declaration_keys[i].name, "until") == 0 ||
		    strcmp(declaration_keys[i].name, "per") == 0 ||
		    !declaration_value(d, i, &value))
			continue;
		snprintf(key, sizeof(key), "word.%s", declaration_keys[i].name);
		jsonw_str(rows, key, value.data ? value.data : "");
	}
	if (d->until_ts) {
		jsonw_time(rows, "word.until", d->until_ts);
		jsonw_i64(rows, "word.until_ts", d->until_ts);
	}
}

static void add_budget(struct buf *rows, const struct word *word)
{
	uint64_t sent = word_sent_bytes(word);

	jsonw_str(rows, "word.per", word_period_names[word->said.period]);
	jsonw_u64(rows, "word.bytes", word->said.bytes);
	jsonw_u64(rows, "word.used_bytes", sent);
	jsonw_u64(rows, "word.left_bytes", word->said.bytes - MIN(sent, word->said.bytes));
	jsonw_bool(rows, "word.exceeded", word_is_exceeded(word));
}

static int add_word(struct buf *rows, const struct word *word, int64_t now)
{
	struct buf text _cleanup_buf_ = BUF_INIT;
	char id[WORD_ID_TEXT];

	words_id_text(word->id, id);
	declaration_describe(&word->said, &text);
	jsonw_open(rows, '{');
	jsonw_str(rows, "word.id", id);
	jsonw_str(rows, "word.kind", word_kind_names[word->said.kind]);
	jsonw_str(rows, "word.source", word->from_config ? "configuration" : "command");
	jsonw_str(rows, "word.by", word->by);
	if (word->made_ts)
		jsonw_time(rows, "word.made", word->made_ts);
	add_said(rows, &word->said);
	if (word->said.bytes)
		add_budget(rows, word);
	jsonw_bool(rows, "word.expired", word->said.until_ts && now >= word->said.until_ts);
	jsonw_str(rows, "word.text", text.data ? text.data : "");
	jsonw_close(rows, '}');
	buf_add_char(rows, '\n');
	return text.error ? text.error : rows->error;
}

static int refuse(int r, const struct word *word, struct buf *error, int *status)
{
	char id[WORD_ID_TEXT];

	if (r == -EEXIST) {
		words_id_text(word->id, id);
		buf_addf(error, "that was said already: %s; remove it to say it anew", id);
	} else if (r == -ENOSPC && !error->len) {
		buf_addf(error, "no more than %d can be said; remove some", WORDS_MAX);
	} else if (r == -EINVAL) {
		*status = 2;
	}
	return r;
}

/* The audit holds what it says, word for word. */
static void audit_word(struct manager *m, const struct serve_peer *peer, const struct word *word,
		       const char *suffix)
{
	struct buf text _cleanup_buf_ = BUF_INIT;
	char id[WORD_ID_TEXT], action[32];

	words_id_text(word->id, id);
	declaration_describe(&word->said, &text);
	snprintf(action, sizeof(action), "%s%s", word_kind_names[word->said.kind], suffix);
	op_audit(m, peer, action, "%s %s%s%s", id, text.data ? text.data : "",
		 word->said.why[0] ? ": " : "", word->said.why);
}

static int mark(struct manager *m, const struct declaration *said, struct buf *error)
{
	int r = said->has_prefix ? names_mark(m->names, &said->prefix) : 0;

	if (r == -ENOSPC)
		buf_add_str(error, "too many different destinations were declared since the "
				   "start; restart egressd, it forgets none that is listed");
	return r;
}

int op_say(void *ctx, const struct serve_peer *peer, struct json_object *request, struct buf *rows,
	   struct buf *error, int *status)
{
	struct manager *m = ctx;
	const struct word *word = NULL;
	struct declaration said;
	enum word_kind kind;
	char by[WORD_BY_MAX];
	int r = kind_of(op_string(request, "op"), &kind);

	if (r == 0) {
		declaration_init(&said, kind);
		r = read_request(&said, m, request, error);
	}
	if (r == 0)
		r = check_end(&said, m, error);
	if (r == 0)
		r = mark(m, &said, error);
	op_who(peer, by, sizeof(by));
	if (r == 0)
		r = words_add(m->words, &said, by, m->clock.now, &word);
	if (r < 0)
		return refuse(r, word, error, status);
	audit_word(m, peer, word, "");
	return add_word(rows, word, m->clock.now);
}

int op_forget(void *ctx, const struct serve_peer *peer, struct json_object *request,
	      struct buf *rows, struct buf *error, int *status)
{
	const char *id = op_string(request, "id"), *name = op_string(request, "kind");
	enum word_kind kind = WORD_KINDS;
	struct manager *m = ctx;
	struct word gone;
	int r;

	if (!id || !id[0] || (name && kind_of(name, &kind) < 0)) {
		buf_add_str(error, "which one? give its id or the beginning of it");
		*status = 2;
		return -EINVAL;
	}
	name = name ? name : "word";
	r = words_remove(m->words, id, kind, &gone);
	if (r == -ENOENT && kind == WORD_SILENCE && alerts_resolve(m->alerts, id, &id) == 0)
		return op_lift_silence(m, peer, id, rows);
	if (r == -ENOENT)
		buf_addf(error, "no %s begins with '%s'; see its list", name, id);
	else if (r == -ENOTUNIQ)
		buf_addf(error, "more than one %s begins with '%s'; give more of the id", name, id);
	else if (r == -EPERM)
		buf_addf(error, "%s '%s' is the configuration's; change the file and send SIGHUP",
			 name, id);
	if (r < 0)
		return r;
	audit_word(m, peer, &gone, " remove");
	return add_word(rows, &gone, m->clock.now);
}

/* The silence of an alert, told like the others. */
static int add_silenced(void *ctx, const struct alert_event *event)
{
	struct buf *rows = ctx;

	if (!event->silenced_by[0] || event->silenced_word)
		return 0;
	jsonw_open(rows, '{');
	jsonw_str(rows, "word.kind", word_kind_names[WORD_SILENCE]);
	jsonw_str(rows, "word.source", "alert");
	jsonw_str(rows, "alert.id", event->alert_id);
	jsonw_str(rows, "word.by", event->silenced_by);
	jsonw_time(rows, "word.until", event->silenced_until);
	jsonw_i64(rows, "word.until_ts", event->silenced_until);
	jsonw_u64(rows, "word.left_bytes", event->silenced_bytes);
	jsonw_str(rows, "word.text", event->subject);
	jsonw_close(rows, '}');
	buf_add_char(rows, '\n');
	return rows->error;
}

int op_words(void *ctx, const struct serve_peer *peer, struct json_object *request,
	     struct buf *rows, struct buf *error, int *status)
{
	const char *name = op_string(request, "kind");
	const struct manager *m = ctx;
	enum word_kind kind = WORD_KINDS;
	int r = 0;

	(void)peer;
	if (name && kind_of(name, &kind) < 0) {
		buf_addf(error, "there is no kind '%.40s'; it is expect, role, budget or silence",
			 name);
		*status = 2;
		return -EINVAL;
	}
	for (size_t i = 0; r == 0 && i < words_size(m->words); i++) {
		const struct word *word = words_at(m->words, i);

		if (kind == WORD_KINDS || word->said.kind == kind)
			r = add_word(rows, word, m->clock.now);
	}
	if (r == 0 && (kind == WORD_KINDS || kind == WORD_SILENCE))
		r = alerts_each(m->alerts, add_silenced, rows);
	return r;
}
