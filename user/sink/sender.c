/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of receivers and what they share; see sender.h.
 */
#include "sink/sender.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "sink/http.h"

const struct sender_ops *sender_find(const char *type)
{
	static const struct {
		const char *name;
		const struct sender_ops *ops;
	} table[] = {
		{ "file", &sender_file },
		{ "syslog", &sender_syslog },
		{ "journald", &sender_journald },
#if WITH_CURL
		{ "journal-remote", &sender_upload },
		{ "webhook", &sender_webhook },
		{ "elastic", &sender_elastic },
		{ "splunk", &sender_splunk },
		{ "otlp", &sender_otlp },
		{ "clickhouse", &sender_clickhouse },
#endif
#if WITH_KAFKA
		{ "kafka", &sender_kafka },
#endif
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (strcmp(type, table[i].name) == 0)
			return table[i].ops;
	return NULL;
}

int sender_init(void)
{
#if WITH_CURL
	return http_init();
#else
	return 0;
#endif
}

struct format_options sender_format_options(const struct params_sink *params)
{
	return (struct format_options){
		.index = *params->index ? params->index : NULL,
		.data_stream = params->data_stream,
		.enterprise = params->enterprise,
		.facility = params->facility,
		.cef_standard = strcmp(params->cef_bytes, "standard") == 0,
		.cef_wide_integers = params->cef_wide,
	};
}

int sender_format(const struct params_sink *params, const char *fallback,
		  const struct send_item *item, struct buf *out)
{
	struct format_options options = sender_format_options(params);
	const char *name = strcmp(params->format, "auto") == 0 ? fallback : params->format;
	struct record r _cleanup_record_ = { 0 };
	struct buf inner _cleanup_buf_ = BUF_INIT;
	int result = record_parse(item->line, item->len, &r);

	if (result < 0)
		return result == -ENODATA ? -EINVAL : result;
	if (strcmp(params->type, "syslog") != 0 || strcmp(name, "syslog") == 0)
		return format_find(name)->fn(&r, &options, out);
	result = format_find(name)->fn(&r, &options, &inner);
	return result < 0 ? result : format_syslog_around(&r, &options, inner.data, inner.len, out);
}

void sender_why(struct send_result *result, const char *format, ...)
{
	size_t len = strlen(result->why);
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(result->why + len, sizeof(result->why) - len, format, ap);
	va_end(ap);
}
