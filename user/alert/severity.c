/* SPDX-License-Identifier: Apache-2.0
 *
 * The severity table; see severity.h.
 */
#include "alert/severity.h"

enum { CRITICAL_DIVISOR = 100 }; /* 1 % of the database */

enum severity_row { ROW_NOTICE, ROW_TICKET, ROW_PAGE, ROW_CRITICAL };

static const struct alert_severity severities[] = {
	[ROW_NOTICE] = { "low", 21, 3, 5, 2, "Low" },
	[ROW_TICKET] = { "medium", 47, 6, 4, 3, "Medium" },
	[ROW_PAGE] = { "high", 73, 8, 3, 4, "High" },
	[ROW_CRITICAL] = { "critical", 99, 10, 2, 5, "Critical" },
};

bool alert_finding_public(const struct finding *f)
{
	if (f->dest)
		return f->dest->scope == EG_SCOPE_PUBLIC;
	return f->cls == CLASS_PUBLIC;
}

bool alert_finding_share(const struct finding *f)
{
	return f->kind != SERIES_FAN && f->db_bytes &&
	       f->value_bytes >= f->db_bytes / CRITICAL_DIVISOR;
}

const struct alert_severity *alert_severity(const struct alert_event *event)
{
	const struct finding *f = &event->headline;

	switch (event->level) {
	case EG_LEVEL_PAGE:
		if (f->kind != SERIES_READ && alert_finding_public(f) && alert_finding_share(f))
			return &severities[ROW_CRITICAL];
		return &severities[ROW_PAGE];
	case EG_LEVEL_TICKET: return &severities[ROW_TICKET];
	default: return &severities[ROW_NOTICE];
	}
}
