/* SPDX-License-Identifier: Apache-2.0
 *
 * The sentence of an exceeded budget: what was said, what was sent, by how much it is
 * beyond.
 */
#include "alert/incident.h"
#include "base/units.h"
#include "base/vocab.h"

static const char *period_words(const struct word *word)
{
	switch (word ? word->said.period : PERIOD_DAY) {
	case PERIOD_WINDOW: return "in this window";
	case PERIOD_TOTAL: return "since it was said";
	default: return "today (UTC)";
	}
}

static const char *scope_words(const struct finding *f)
{
	return f->cls == CLASS_PUBLIC     ? " to public addresses"
	       : f->cls == CLASS_INTERNAL ? " to internal addresses"
					  : "";
}

/* Who added to it lately, where that is not what it is about already. */
static void add_last(struct buf *out, const struct finding *f, const struct word *word)
{
	const struct dest *dest = word ? word->last_dest : NULL;

	if (!word || !word->last_actor || !dest || (f->actor && f->dest))
		return;
	buf_add_str(out, ", lately ");
	if (!f->actor) {
		alert_actor(out, word->last_actor);
		buf_add_char(out, ' ');
	}
	buf_add_str(out, "to ");
	alert_name(out, dest->example[0] ? dest->example : dest->group);
}

static void add_deed(struct buf *out, const struct finding *f, const struct word *word)
{
	if (f->actor)
		alert_actor(out, f->actor);
	else
		buf_add_str(out, "This host");
	buf_add_str(out, " sent ");
	format_bytes(out, f->value_bytes);
	if (word && word->said.destination[0]) {
		buf_add_str(out, " to ");
		alert_name(out, word->said.destination);
	} else {
		buf_add_str(out, scope_words(f));
	}
	buf_addf(out, " %s", period_words(word));
	add_last(out, f, word);
	buf_add_str(out, ". ");
}

static void add_limit(struct buf *out, const struct finding *f, const struct word *word)
{
	bool expected = word && word->said.kind == WORD_EXPECT;
	char id[WORD_ID_TEXT];

	words_id_text(finding_word_id(f), id);
	buf_add_str(out, expected ? "Declared: at most " : "The operator's budget: at most ");
	format_bytes(out, f->allowed_bytes);
	buf_addf(out, " (%s %s", expected ? word_kind_names[WORD_EXPECT] : "budget", id);
	if (word && word->said.why[0]) {
		buf_add_str(out, ", ");
		alert_name(out, word->said.why);
	}
	buf_add_str(out, "). ");
}

static void add_excess(struct buf *out, const struct finding *f)
{
	uint64_t over = f->value_bytes - MIN(f->value_bytes, f->allowed_bytes);

	format_bytes(out, over);
	buf_add_str(out, " over");
	if (f->ratio_milli >= 2000)
		buf_addf(out, ", %u times the budget", f->ratio_milli / 1000);
	buf_add_str(out, ". ");
}

void alert_reason_budget(struct buf *out, const struct alert_event *event, const struct word *word)
{
	const struct finding *f = &event->headline;

	if (event->kind == ALERT_CLOSE)
		buf_add_str(out, "Within its budget again. Before: ");
	add_deed(out, f, word);
	add_limit(out, f, word);
	add_excess(out, f);
	buf_addf(out, "%s.", event->technique);
}
