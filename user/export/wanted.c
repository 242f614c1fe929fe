/* SPDX-License-Identifier: Apache-2.0
 *
 * A sink's choice; see wanted.h.
 */
#include "export/wanted.h"

#include <string.h>

#include "base/vocab.h"
#include "config/sinks.h"
#include "sink/addressed.h"
#include "sink/record.h"

bool wanted(const struct params_sink *p, const char *line, size_t len)
{
	struct record r _cleanup_record_ = { 0 };
	enum eg_level level = EG_LEVEL_NOTICE, least = EG_LEVEL_NOTICE;
	const char *word, *name;
	size_t n;

	if (addressed_to(line, len, &name, &n))
		return strlen(p->name) == n && memcmp(p->name, name, n) == 0;
	if (record_parse(line, len, &r) < 0)
		return true; /* the sender says why not */
	if (r.kind == RECORD_HEARTBEAT)
		return p->heartbeat;
	if (r.kind == RECORD_FLOW || r.kind == RECORD_READ)
		return p->flows;
	if (r.kind == RECORD_GAP && record_str(&r, "gap.begin"))
		return p->flows; /* of the summaries, not of the spool */
	if (r.kind == RECORD_AUDIT)
		return p->audit;
	if (r.kind != RECORD_ALERT)
		return true;
	word = record_str(&r, "alert.peak_level");
	if (word)
		(void)level_parse(word, &level);
	(void)level_parse(p->level, &least);
	return level >= least;
}
