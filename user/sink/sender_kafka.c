/* SPDX-License-Identifier: Apache-2.0
 *
 * Kafka through librdkafka: an idempotent producer, acknowledged by all replicas in
 * sync. An event is done when its delivery report says so. What is not reported in
 * time goes with its producer: the next try has a new one, so that nothing left in a
 * queue can overtake what is sent again.
 */
#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/units.h"
#include "sink/sender.h"

enum {
	POLL_MS = 100,
	QUEUE_KBYTES = 8 << 10, /* at least; librdkafka's default is 1 GiB */
	QUEUE_MESSAGES = 2000,  /* above the largest batch */
};

struct sender {
	const struct params_sink *params;
	rd_kafka_t *kafka; /* NULL = none yet, or the last one failed */
	size_t outstanding;
	char why[200]; /* the last thing librdkafka complained of */
};

static int kafka_open(const struct params_sink *params, const char *host, struct sender **ret)
{
	struct sender *s = calloc(1, sizeof(*s));

	(void)host;
	if (!s)
		return -ENOMEM;
	s->params = params;
	*ret = s;
	return 0;
}

/* Ends the producer with all it holds; no report comes after. */
static void drop_producer(struct sender *s)
{
	if (!s->kafka)
		return;
	(void)rd_kafka_purge(s->kafka, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
					       RD_KAFKA_PURGE_F_NON_BLOCKING);
	rd_kafka_destroy_flags(s->kafka, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	s->kafka = NULL;
	s->outstanding = 0;
}

static void kafka_close(struct sender *s)
{
	drop_producer(s);
	free(s);
}

/* Refused for good is what no other try can mend; the broker may mean one of many. */
static enum send_verdict verdict_of(rd_kafka_resp_err_t e)
{
	switch (e) {
	case RD_KAFKA_RESP_ERR_NO_ERROR: return SEND_DONE;
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
	case RD_KAFKA_RESP_ERR_INVALID_RECORD: return SEND_REJECT;
	default: return SEND_RETRY;
	}
}

static void on_report(rd_kafka_t *kafka, const rd_kafka_message_t *m, void *ctx)
{
	struct sender *s = ctx;
	struct send_item *item = m->_private;

	(void)kafka;
	s->outstanding--;
	item->verdict = verdict_of(m->err);
	if (m->err)
		(void)snprintf(item->why, sizeof(item->why), "%s", rd_kafka_err2str(m->err));
}

static void on_error(rd_kafka_t *kafka, int error, const char *reason, void *ctx)
{
	struct sender *s = ctx;

	(void)kafka;
	(void)error;
	(void)snprintf(s->why, sizeof(s->why), "%s", reason);
}

/* What it says is said by on_error and the reports. */
static void on_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
	(void)kafka;
	(void)level;
	(void)facility;
	(void)text;
}

static const char *protocol_of(const struct params_sink *p)
{
	bool tls = strcmp(p->transport, "tls") == 0, sasl = strcmp(p->sasl, "none") != 0;

	return tls ? (sasl ? "sasl_ssl" : "ssl") : (sasl ? "sasl_plaintext" : "plaintext");
}

/* librdkafka names mechanisms in capitals. */
static const char *mechanism_of(const struct params_sink *p)
{
	return strcmp(p->sasl, "none") == 0            ? NULL
	       : strcmp(p->sasl, "plain") == 0         ? "PLAIN"
	       : strcmp(p->sasl, "scram-sha-256") == 0 ? "SCRAM-SHA-256"
						       : "SCRAM-SHA-512";
}

static const char *codec_of(const struct params_sink *p)
{
	return strcmp(p->compression, "auto") == 0 ? "zstd" : p->compression;
}

static rd_kafka_conf_t *settings(struct sender *s, struct send_result *result)
{
	const struct params_sink *p = s->params;
	const char *mechanism = mechanism_of(p);
	char kbytes[24], messages[24], timeout[24], bytes[24];
	const struct {
		const char *key, *value; /* no value: left at its default */
	} list[] = {
		{ "client.id", "egressd" },
		{ "bootstrap.servers", p->address },
		{ "security.protocol", protocol_of(p) },
		{ "enable.ssl.certificate.verification", p->verify ? "true" : "false" },
		{ "ssl.ca.pem", p->ca },
		{ "ssl.certificate.pem", p->cert },
		{ "ssl.key.pem", p->key },
		{ "sasl.mechanism", mechanism },
		{ "sasl.username", mechanism ? p->username : NULL },
		{ "sasl.password", mechanism ? p->token : NULL },
		{ "enable.idempotence", "true" },
		{ "compression.type", codec_of(p) },
		{ "partitioner", "murmur2_random" }, /* the Java clients' */
		{ "message.timeout.ms", "0" },       /* the spool decides */
		{ "message.max.bytes", bytes },
		{ "queue.buffering.max.kbytes", kbytes },
		{ "queue.buffering.max.messages", messages },
		{ "socket.connection.setup.timeout.ms", timeout },
		{ "reconnect.backoff.max.ms", "1000" },
	};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	(void)snprintf(kbytes, sizeof(kbytes), "%u",
		       (unsigned int)MAX(p->batch_bytes * 4 >> 10, (uint64_t)QUEUE_KBYTES));
	(void)snprintf(messages, sizeof(messages), "%d", QUEUE_MESSAGES);
	(void)snprintf(bytes, sizeof(bytes), "%u", (unsigned int)MAX(p->batch_bytes, 1000000u));
	(void)snprintf(timeout, sizeof(timeout), "%u", MAX(p->timeout_ms, 1000u));
	for (size_t i = 0; conf && i < ARRAY_SIZE(list); i++) {
		char why[200];

		if (!list[i].value || rd_kafka_conf_set(conf, list[i].key, list[i].value, why,
							sizeof(why)) == RD_KAFKA_CONF_OK)
			continue;
		sender_why(result, "%s: %s", list[i].key, why);
		rd_kafka_conf_destroy(conf);
		return NULL;
	}
	return conf;
}

static int start_producer(struct sender *s, struct send_result *result)
{
	rd_kafka_conf_t *conf = settings(s, result);
	char why[200];

	if (!conf)
		return -EINVAL;
	s->why[0] = '\0';
	s->outstanding = 0;
	rd_kafka_conf_set_opaque(conf, s);
	rd_kafka_conf_set_dr_msg_cb(conf, on_report);
	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_log_cb(conf, on_log);
	s->kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	if (s->kafka)
		return 0;
	rd_kafka_conf_destroy(conf);
	sender_why(result, "%s", why);
	return -EINVAL;
}

/* One event into the producer's queue. 0, or what librdkafka says at once. */
static rd_kafka_resp_err_t produce(struct sender *s, struct send_item *item, const struct record *r,
				   const struct buf *document)
{
	const struct params_sink *p = s->params;
	const char *alert = record_str(r, "alert.id");
	const char *key = strcmp(p->partition_by, "alert") == 0 && alert ? alert : r->host;
	union {
		const char *given;
		void *taken; /* the macro casts, librdkafka copies */
	} k = { key };
	rd_kafka_resp_err_t e;

	e = rd_kafka_producev(
		s->kafka, RD_KAFKA_V_TOPIC(p->topic), RD_KAFKA_V_KEY(k.taken, strlen(key)),
		RD_KAFKA_V_VALUE(document->data, document->len), RD_KAFKA_V_TIMESTAMP(r->ts * 1000),
		RD_KAFKA_V_HEADER("event.id", r->id, -1), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
		RD_KAFKA_V_OPAQUE(item), RD_KAFKA_V_END);
	s->outstanding += e == RD_KAFKA_RESP_ERR_NO_ERROR;
	return e;
}

/* False: nothing behind this one may go before it. */
static bool add_item(struct sender *s, struct send_item *item)
{
	struct record r _cleanup_record_ = { 0 };
	struct buf document _cleanup_buf_ = BUF_INIT;
	rd_kafka_resp_err_t e;
	int result = record_parse(item->line, item->len, &r);

	if (result == 0)
		result = sender_format(s->params, "ecs", item, &document);
	if (result == -ENOMEM || document.error)
		return false;
	if (result < 0) {
		item->verdict = SEND_REJECT;
		(void)snprintf(item->why, sizeof(item->why), "no record of ours");
		return true;
	}
	e = produce(s, item, &r, &document);
	if (!e)
		return true;
	item->verdict = verdict_of(e);
	(void)snprintf(item->why, sizeof(item->why), "%s", rd_kafka_err2str(e));
	return item->verdict == SEND_REJECT;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* True when every event has its report. */
static bool wait_for_reports(struct sender *s)
{
	int64_t until = now_ms() + s->params->timeout_ms;

	while (s->outstanding && now_ms() < until && !rd_kafka_fatal_error(s->kafka, NULL, 0))
		(void)rd_kafka_poll(s->kafka, (int)MIN(until - now_ms(), (int64_t)POLL_MS));
	return s->outstanding == 0;
}

static void kafka_send(struct sender *s, struct send_item *items, size_t count,
		       struct send_result *result)
{
	bool whole;
	size_t again = 0;

	if (!s->kafka && start_producer(s, result) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (!add_item(s, &items[i]))
			break;
	whole = wait_for_reports(s);
	for (size_t i = 0; i < count; i++) {
		again += items[i].verdict == SEND_RETRY;
		if (items[i].verdict == SEND_REJECT && count > 1)
			items[i].verdict = SEND_SPLIT;
		if (items[i].why[0] && !result->why[0])
			sender_why(result, "%s", items[i].why);
	}
	if (again && !result->why[0])
		sender_why(result, "%s", s->why[0] ? s->why : "not acknowledged in time");
	if (!whole || again)
		drop_producer(s);
}

const struct sender_ops sender_kafka = {
	.open = kafka_open,
	.send = kafka_send,
	.close = kafka_close,
};
