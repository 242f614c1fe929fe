/* SPDX-License-Identifier: Apache-2.0
 *
 * How loud an alert is, in every standard's own number: the one place where the
 * levels are mapped.
 */
#ifndef ALERT_SEVERITY_H
#define ALERT_SEVERITY_H

#include <stdbool.h>
#include <stdint.h>

#include "alert/alert.h"

struct alert_severity {
	const char *word; /* "low", "medium", "high", "critical" */
	uint8_t ecs;      /* event.severity and risk_score, 0 to 100 */
	uint8_t cef;      /* 0 to 10 */
	uint8_t syslog;   /* RFC 5424: 5 notice, 4 warning, 3 error, 2 critical */
	uint8_t ocsf;     /* severity_id: 2 Low to 5 Critical */
	const char *ocsf_name;
};

/* Critical is a page where 1 % of the database or more has left to a public place.
 * Never NULL; a level outside the enumeration counts as a notice. */
const struct alert_severity *alert_severity(const struct alert_event *event);

/* Whether the finding's bytes went to a public place. */
bool alert_finding_public(const struct finding *f);
/* Whether its bytes are 1 % of the database or more; false if its size is unknown. */
bool alert_finding_share(const struct finding *f);

#endif
