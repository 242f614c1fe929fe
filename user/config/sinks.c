/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys of a sink, their defaults, and what each type needs; see sinks.h.
 */
#include "config/sinks.h"

#include <errno.h>
#include <string.h>

#include "config/internal.h"

#define AT(field) offsetof(struct params_sink, field)
#define KIB (1ll << 10)
#define MIB (1ll << 20)
#define GIB (1ll << 30)
#define PATH_CHARS 4000
#define URL_CHARS 2000

#define TYPES "file syslog journald journal-remote webhook elastic splunk otlp clickhouse kafka"

const struct option_def sink_options[] = {
	{ "name", OPT_STRING, AT(name), "", 0, 31, "of a-z 0-9 _ -; its place in the spool", NULL },
	{ "type", OPT_CHOICE, AT(type), "file", 0, 0, "kind of receiver", TYPES },
	{ "format", OPT_CHOICE, AT(format), "auto", 0, 0,
	  "document; auto: what the receiver expects",
	  "auto ecs ocsf cef leef syslog cloudevents hec row json" },
	{ "level", OPT_CHOICE, AT(level), "notice", 0, 0, "least level sent",
	  "notice ticket page" },
	{ "heartbeat", OPT_BOOL, AT(heartbeat), "true", 0, 0,
	  "send heartbeats, so that silence can be alarmed on", NULL },
	{ "flows", OPT_BOOL, AT(flows), "false", 0, 0,
	  "send summaries of flows and of database files read, each export.flows", NULL },
	{ "audit", OPT_BOOL, AT(audit), "true", 0, 0, "send what is changed on the sensor", NULL },
	{ "path", OPT_PATH, AT(path), "", 0, PATH_CHARS,
	  "file: where to; journald: its socket, empty: the host's", NULL },
	{ "rotate_bytes", OPT_SIZE, AT(rotate_bytes), "64MiB", 4 * KIB, 64 * GIB,
	  "file: rotate above this", NULL },
	{ "rotate_keep", OPT_U32, AT(rotate_keep), "5", 1, 1000, "file: old ones kept", NULL },
	{ "address", OPT_STRING, AT(address), "", 0, 300,
	  "syslog: host:port; kafka: bootstrap servers, comma between", NULL },
	{ "transport", OPT_CHOICE, AT(transport), "tls", 0, 0, "syslog, kafka: how",
	  "udp tcp tls" },
	{ "topic", OPT_STRING, AT(topic), "egressd", 1, 249, "kafka: topic", NULL },
	{ "partition_by", OPT_CHOICE, AT(partition_by), "host", 0, 0,
	  "kafka: key of an event; order is kept within a key", "host alert" },
	{ "sasl", OPT_CHOICE, AT(sasl), "none", 0, 0, "kafka: mechanism, for username",
	  "none plain scram-sha-256 scram-sha-512" },
	{ "username", OPT_STRING, AT(username), "", 0, 255,
	  "user; the password is in token_file (HTTP: Basic)", NULL },
	{ "compression", OPT_CHOICE, AT(compression), "auto", 0, 0,
	  "HTTP, kafka: auto: zstd for kafka, gzip for elastic, splunk, otlp, clickhouse",
	  "auto none gzip zstd" },
	{ "window", OPT_DURATION_MS, AT(window_ms), "5s", 0, 600000,
	  "syslog over tcp and tls, journald: what was sent so lately is sent again after a reset",
	  NULL },
	{ "enterprise", OPT_U32, AT(enterprise), "32473", 1, INT32_MAX,
	  "syslog: private enterprise number of the structured data", NULL },
	{ "facility", OPT_U32, AT(facility), "13", 1, 23, "syslog: facility", NULL },
	{ "url", OPT_STRING, AT(url), "", 0, URL_CHARS, "HTTP: of the receiver", NULL },
	{ "metrics_url", OPT_STRING, AT(metrics_url), "", 0, URL_CHARS,
	  "otlp: the sensor's metrics go there, its /v1/metrics", NULL },
	{ "metrics_every", OPT_DURATION_MS, AT(metrics_ms), "1m", 1000, 3600000,
	  "otlp: metrics at most so often", NULL },
	{ "index", OPT_STRING, AT(index), "", 0, 255,
	  "splunk: index; elastic: index or data stream, empty: logs-DATASET-NAMESPACE", NULL },
	{ "data_stream", OPT_STRING, AT(data_stream), "default", 1, 100,
	  "elastic: namespace of the data stream", NULL },
	{ "table", OPT_STRING, AT(table), "egressd", 0, 200, "clickhouse: table", NULL },
	{ "ack", OPT_BOOL, AT(ack), "false", 0, 0,
	  "splunk: wait for indexer acknowledgement (Enterprise only)", NULL },
	{ "ack_timeout", OPT_DURATION_MS, AT(ack_ms), "5m", 1000, 3600000,
	  "splunk: send again when not acknowledged by then", NULL },
	{ "token_file", OPT_PATH, AT(token_file), "", 0, PATH_CHARS,
	  "file with the token; elastic: API key", NULL },
	{ "secret_file", OPT_PATH, AT(secret_file), "", 0, PATH_CHARS,
	  "webhook: file with the key of the signature", NULL },
	{ "ca_file", OPT_PATH, AT(ca_file), "", 0, PATH_CHARS,
	  "authorities trusted; empty: the system's", NULL },
	{ "cert_file", OPT_PATH, AT(cert_file), "", 0, PATH_CHARS, "our certificate (mTLS)", NULL },
	{ "key_file", OPT_PATH, AT(key_file), "", 0, PATH_CHARS, "its key", NULL },
	{ "server_name", OPT_STRING, AT(server_name), "", 0, 255,
	  "syslog: name in the receiver's certificate; empty: the host of address", NULL },
	{ "verify", OPT_BOOL, AT(verify), "true", 0, 0, "verify the receiver's certificate", NULL },
	{ "cef_bytes", OPT_CHOICE, AT(cef_bytes), "device", 0, 0,
	  "CEF out: what this host sent (device), or as the standard says", "device standard" },
	{ "cef_wide", OPT_BOOL, AT(cef_wide), "false", 0, 0, "CEF in, out above 2147483647", NULL },
	{ "batch_events", OPT_U32, AT(batch_events), "200", 1, 1000, "at most, in one request",
	  NULL },
	{ "batch_bytes", OPT_SIZE, AT(batch_bytes), "1MiB", 4 * KIB, 32 * MIB,
	  "at most, in one request", NULL },
	{ "linger", OPT_DURATION_MS, AT(linger_ms), "200ms", 0, 10000,
	  "wait for more events so long", NULL },
	{ "timeout", OPT_DURATION_MS, AT(timeout_ms), "10s", 100, 600000, "for one request", NULL },
};
const size_t sink_option_count = ARRAY_SIZE(sink_options);

/* What the daemon reads from the files, by the exporter's keys. */
static const struct option_def contents[] = {
	{ "token", OPT_STRING, AT(token), "", 0, 0, "", NULL },
	{ "secret", OPT_STRING, AT(secret), "", 0, 0, "", NULL },
	{ "ca", OPT_STRING, AT(ca), "", 0, 0, "", NULL },
	{ "cert", OPT_STRING, AT(cert), "", 0, 0, "", NULL },
	{ "key", OPT_STRING, AT(key), "", 0, 0, "", NULL },
};

_Static_assert(ARRAY_SIZE(sink_options) + ARRAY_SIZE(contents) <= SINK_OPTIONS_MAX,
	       "raise SINK_OPTIONS_MAX");

static const struct option_def *find(const char *key)
{
	for (size_t i = 0; i < sink_option_count; i++)
		if (strcmp(key, sink_options[i].name) == 0)
			return &sink_options[i];
	return NULL;
}

int sink_config_init(struct sink_config *c)
{
	struct buf why _cleanup_buf_ = BUF_INIT;

	*c = (struct sink_config){ 0 };
	for (size_t i = 0; i < sink_option_count; i++)
		if (option_set_in(&c->params, &c->text[i], &sink_options[i], sink_options[i].def,
				  &why) == -ENOMEM)
			return -ENOMEM;
	return 0;
}

void sink_config_free(struct sink_config *c)
{
	for (size_t i = 0; i < SINK_OPTIONS_MAX; i++) {
		free(c->text[i]);
		free(c->value[i]);
	}
}

int sinks_add(struct sinks *s, struct place *at, struct sink_config **ret)
{
	struct sink_config *list;

	*ret = NULL;
	if (s->count == SINKS_MAX) {
		place_error(at, "more than %d sinks; leave some out", SINKS_MAX);
		return 0;
	}
	list = realloc(s->list, (s->count + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	s->list = list;
	if (sink_config_init(&list[s->count]) < 0) {
		sink_config_free(&list[s->count]);
		return -ENOMEM;
	}
	*ret = &list[s->count++];
	(*ret)->line = at->line;
	return 0;
}

void sinks_free(struct sinks *s)
{
	for (size_t i = 0; i < s->count; i++)
		sink_config_free(&s->list[i]);
	free(s->list);
	*s = (struct sinks){ 0 };
}

static void unknown_key(struct place *at, const char *key)
{
	struct nearest n = { .word = key };

	for (size_t i = 0; i < sink_option_count; i++)
		nearest_try(&n, sink_options[i].name);
	place_error(at, "a sink has no key \"%.60s\"" NEAREST_FORMAT, key, NEAREST_ARGS(n.found));
}

int sink_config_set(struct sink_config *c, const char *key, const char *value, struct place *at)
{
	const struct option_def *option = find(key);
	struct buf why _cleanup_buf_ = BUF_INIT;
	size_t index;
	int r;

	if (!option) {
		unknown_key(at, key);
		return 0;
	}
	index = (size_t)(option - sink_options);
	if (c->value[index]) {
		place_error(at, "%s was already set for this sink; keep one of them", key);
		return 0;
	}
	c->value[index] = strdup(value);
	if (!c->value[index])
		return -ENOMEM;
	r = option_set_in(&c->params, &c->text[index], option, value, &why);
	if (r == -EINVAL)
		place_error(at, "%s", why.data ? why.data : key);
	return r == -ENOMEM ? r : 0;
}

int sink_config_take(struct sink_config *c, const char *key, const char *value)
{
	const struct option_def *option = find(key);
	struct buf why _cleanup_buf_ = BUF_INIT;

	if (option)
		return option_set_in(&c->params, &c->text[option - sink_options], option, value,
				     &why);
	for (size_t i = 0; i < ARRAY_SIZE(contents); i++) {
		char **text = &c->text[sink_option_count + i];

		if (strcmp(key, contents[i].name) != 0)
			continue;
		free(*text);
		*text = strdup(value);
		*(const char **)((char *)&c->params + contents[i].offset) = *text;
		return *text ? 0 : -ENOMEM;
	}
	return -ENOENT;
}

const char *sink_promise(const struct params_sink *p)
{
	if (strcmp(p->type, "syslog") == 0 && strcmp(p->transport, "udp") == 0)
		return "none";
	if (strcmp(p->type, "syslog") == 0 || strcmp(p->type, "journald") == 0)
		return "not acknowledged; repeated for the window";
	if (strcmp(p->type, "splunk") == 0 && !p->ack)
		return "at least once, to the collector's memory";
	return "at least once";
}

static bool name_is_good(const char *name)
{
	return *name && strlen(name) <= 31 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == strlen(name) &&
	       strcmp(name, "console") != 0;
}

static bool is_http(const char *type)
{
	static const char *const plain[] = { "file", "syslog", "journald", "kafka" };

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (strcmp(type, plain[i]) == 0)
			return false;
	return true;
}

/* What this build was made without, of what the sink needs; NULL = nothing. */
static const char *left_out(const struct params_sink *p)
{
	bool syslog_tls = strcmp(p->type, "syslog") == 0 && strcmp(p->transport, "tls") == 0;

	if (strcmp(p->type, "kafka") == 0 && !WITH_KAFKA)
		return "kafka";
	if (is_http(p->type) && !WITH_CURL)
		return "libcurl";
	return (syslog_tls || *p->secret_file) && !WITH_OPENSSL ? "OpenSSL" : NULL;
}

static void check_type(const struct params_sink *p, struct place *at)
{
	bool file = strcmp(p->type, "file") == 0, syslog = strcmp(p->type, "syslog") == 0;
	bool kafka = strcmp(p->type, "kafka") == 0;

	if (left_out(p))
		place_error(at, "sink %s: this egressd was built without %s (WITH_* in README.md)",
			    p->name, left_out(p));
	else if (file && !*p->path)
		place_error(at, "sink %s: a file needs path", p->name);
	else if (syslog && !strrchr(p->address, ':'))
		place_error(at, "sink %s: syslog needs address: host:port", p->name);
	else if (kafka && (!strrchr(p->address, ':') || strcmp(p->transport, "udp") == 0))
		place_error(at, "sink %s: kafka needs address: host:port, and transport tcp or tls",
			    p->name);
	else if (kafka && strcmp(p->sasl, "none") != 0 && (!*p->username || !*p->token_file))
		place_error(at, "sink %s: sasl needs username and token_file", p->name);
	else if (is_http(p->type) && strncmp(p->url, "http://", 7) != 0 &&
		 strncmp(p->url, "https://", 8) != 0)
		place_error(at, "sink %s: %s needs url: https://...", p->name, p->type);
	else if (strcmp(p->type, "splunk") == 0 && !*p->token_file)
		place_error(at, "sink %s: splunk needs token_file", p->name);
	if (*p->cert_file && !*p->key_file)
		place_error(at, "sink %s: cert_file needs key_file", p->name);
}

void sinks_check(const struct sinks *s, struct place *at)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct params_sink *p = &s->list[i].params;

		at->line = s->list[i].line;
		if (!name_is_good(p->name)) {
			place_error(at, "a sink needs a name of a-z 0-9 _ - (not \"console\")");
			continue;
		}
		for (size_t k = 0; k < i; k++)
			if (strcmp(p->name, s->list[k].params.name) == 0)
				place_error(at, "two sinks are named %s; rename one", p->name);
		check_type(p, at);
	}
}
