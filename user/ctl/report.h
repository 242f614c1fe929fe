/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of an incident report: one HTML file, without scripts, without anything from
 * elsewhere. The daemon's answers are gathered first (report_fetch.c), then written down
 * (report_page.c, report_incident.c, report_tables.c).
 */
#ifndef CTL_REPORT_H
#define CTL_REPORT_H

#include <stdint.h>

#include "ctl/ctl.h"
#include "ctl/past.h"

/* One incident, as far as the daemon knows it. */
struct incident_report {
	struct json_object *alert; /* its last event; borrowed from the events */
	const struct rows *events; /* of all incidents, oldest first */
	struct past past;
	struct rows sent;     /* where its workload sent to meanwhile: see report_sent() */
	struct rows baseline; /* its series, if it is still known */
	struct rows files;    /* database files its process holds open */
	struct rows audit;
	int64_t from, until; /* of `sent` and `audit` */
};
void incident_report_free(struct incident_report *r);
#define _cleanup_incident_report_ _cleanup_(incident_report_free)

/* Exit status; what went wrong has been said. `audit`: all of it since long enough. */
int report_fetch(const struct ctl *ctl, struct json_object *alert, const struct rows *events,
		 struct incident_report *ret);
/* History lines to one object a destination: the keys of a line, `tx` summed, and `last`,
 * its last ts. Adds one line; -ENOMEM. `places` holds where each stands. */
int report_sent(struct rows *sent, struct json_object *places, struct json_object *line);
/* The largest first. */
void report_sort_sent(struct rows *sent);

struct page {
	const char *host;
	int64_t now;
	int64_t since; /* 0: the page is about one alert */
	size_t shown, found;
};
void page_begin(struct buf *out, const struct page *page);
void page_end(struct buf *out);
/* Links to the incidents below. */
void page_overview(struct buf *out, const struct page *page, struct json_object *const *alerts);

void report_incident(struct buf *out, const struct incident_report *r);

/* Tables of an incident; nothing where there is nothing to show. */
void table_destinations(struct buf *out, const struct incident_report *r);
void table_processes(struct buf *out, const struct incident_report *r);
void table_files(struct buf *out, const struct incident_report *r);
void table_normal(struct buf *out, const struct incident_report *r);
void table_events(struct buf *out, const struct incident_report *r);
void table_audit(struct buf *out, const struct incident_report *r);

#endif
