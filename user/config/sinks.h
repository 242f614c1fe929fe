/* SPDX-License-Identifier: Apache-2.0
 *
 * The list `sinks:` of the configuration: where alerts are sent. One table of keys,
 * like config_options; a sink's text form (key, value) is also how the daemon hands
 * it to the exporter.
 */
#ifndef CONFIG_SINKS_H
#define CONFIG_SINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

#define SINKS_MAX 12 /* readers of the spool are 16 */
enum { SINK_OPTIONS_MAX = 56 };

struct place;

struct params_sink {
	const char *name; /* the spool's reader */
	const char *type;
	const char *format;
	const char *level; /* least level sent */
	const char *path;
	const char *address, *transport;
	const char *url, *metrics_url;
	const char *index, *table, *topic, *data_stream;
	const char *token_file, *secret_file, *ca_file, *cert_file, *key_file;
	const char *server_name;
	const char *username, *sasl, *partition_by, *compression;
	const char *cef_bytes;
	/* Not in the file: contents of the files above, read by the daemon. */
	const char *token, *secret, *ca, *cert, *key;
	uint64_t rotate_bytes;
	uint64_t batch_bytes;
	uint32_t rotate_keep;
	uint32_t batch_events;
	uint32_t linger_ms;
	uint32_t timeout_ms;
	uint32_t window_ms;  /* replay window of a receiver that does not acknowledge */
	uint32_t metrics_ms; /* OTLP metrics: at most so often */
	uint32_t ack_ms;     /* Splunk: give up waiting for an acknowledgement */
	uint32_t enterprise, facility;
	bool ack;
	bool verify;
	bool cef_wide;
	bool heartbeat;
	bool flows, audit;
};

struct sink_config {
	struct params_sink params;
	char *text[SINK_OPTIONS_MAX];  /* strings of params */
	char *value[SINK_OPTIONS_MAX]; /* as the file said; NULL = default */
	int line;                      /* where it begins */
};

struct sinks {
	struct sink_config *list;
	size_t count;
};

extern const struct option_def sink_options[];
extern const size_t sink_option_count;

/* A new one with defaults; *ret NULL (with an error said) when there are too many. */
int sinks_add(struct sinks *s, struct place *at, struct sink_config **ret);
void sinks_free(struct sinks *s);
void sink_config_free(struct sink_config *c);
/* Defaults. -ENOMEM. */
int sink_config_init(struct sink_config *c);

/* One key; problems are said at `at`. Only -ENOMEM is returned. */
int sink_config_set(struct sink_config *c, const char *key, const char *value, struct place *at);
/* The same without a file: -EINVAL, -ENOENT (no such key). Also takes the contents
 * (token, secret, ca, cert, key). */
int sink_config_take(struct sink_config *c, const char *key, const char *value);

/* What the sink promises, in words for `status`; what it does not, too. */
const char *sink_promise(const struct params_sink *p);

/* Names are unique and well-formed; each type has what it needs. */
void sinks_check(const struct sinks *s, struct place *at);

#endif
