/* SPDX-License-Identifier: Apache-2.0
 *
 * Which MITRE ATT&CK technique (Enterprise) describes a finding best. One id, the
 * most telling; people read it, rules may match it.
 */
#include <string.h>

#include "alert/incident.h"
#include "alert/severity.h"

enum { HORIZON_1H = 3 }; /* the shortest horizon that speaks of small pieces */

/* Tools whose business is a web or cloud storage service. */
static bool is_cloud_tool(const struct actor *actor)
{
	static const char *const names[] = { "rclone", "aws",   "gsutil", "gcloud", "azcopy",
					     "az",     "s3cmd", "s5cmd",  "mc",     "megatools" };

	for (size_t i = 0; actor && i < ARRAY_SIZE(names); i++)
		if (strcmp(actor->exe, names[i]) == 0)
			return true;
	return false;
}

const char *alert_technique(const struct finding *f, uint32_t horizons)
{
	bool slow = f->kind != SERIES_BUDGET && f->horizon >= HORIZON_1H &&
		    !(horizons & ((1U << HORIZON_1H) - 1));

	if (f->kind == SERIES_READ)
		return f->actor && f->actor->is_tool ? "T1005"
						     : "T1213"; /* local system; repository */
	if (f->kind == SERIES_FAN)
		return "T1020"; /* automated exfiltration */
	if (slow && f->cls != CLASS_INTERNAL)
		return "T1030"; /* data transfer size limits: in pieces below a threshold */
	if (!alert_finding_public(f) && (f->cls == CLASS_INTERNAL || f->dest))
		return "T1074"; /* data staged on another machine of ours */
	if (is_cloud_tool(f->actor))
		return "T1567"; /* over a web service */
	if (f->actor && f->init == EG_INIT_ACCEPTED)
		return "T1213"; /* taken through the database's own service */
	if (f->actor && f->init == EG_INIT_CONNECTED && !f->actor->is_tool)
		return "T1041"; /* over the channel a program holds open */
	return "T1048";         /* over an alternative protocol */
}
