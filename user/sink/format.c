/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of formats; see format.h.
 */
#include "sink/format.h"

#include <string.h>

#include "base/buf.h"

static const struct format formats[] = {
	{ "ecs", format_ecs, true, "Elastic Common Schema " FORMAT_ECS_VERSION },
	{ "ocsf", format_ocsf, true, "OCSF " FORMAT_OCSF_VERSION },
	{ "cef", format_cef, true, "Common Event Format" },
	{ "leef", format_leef, true, "LEEF 2.0" },
	{ "syslog", format_syslog, true, "RFC 5424 with structured data" },
	{ "cloudevents", format_cloudevents, true, "CloudEvents 1.0 around an ECS document" },
	{ "hec", format_hec, true, "Splunk HTTP Event Collector, with CIM names" },
	{ "row", format_row, true, "flat JSON with column names" },
	{ "json", format_json, true, "as it is stored" },
	{ "otlp", format_otlp, false, "OpenTelemetry log record (protobuf)" },
};

const struct format *format_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (strcmp(name, formats[i].name) == 0)
			return &formats[i];
	return NULL;
}

const char *format_names(void)
{
	return "ecs ocsf cef leef syslog cloudevents hec row json otlp";
}
