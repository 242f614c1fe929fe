/* SPDX-License-Identifier: Apache-2.0
 *
 * librdkafka's mock cluster as a process of its own: prints its bootstrap address, then
 * takes a command a line on standard input until that ends.
 *
 *   kafka_mock BROKERS TOPIC PARTITIONS
 *     down N | up N           a broker goes away, comes back
 *     error KEY CODE TIMES    the next TIMES requests of that API key fail with CODE
 *     rtt N MS                a broker answers so much later
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLICAS = 1, ERRORS_MAX = 256 };

static void push_errors(rd_kafka_mock_cluster_t *c, int key, int code, int times)
{
	rd_kafka_resp_err_t list[ERRORS_MAX];
	int n = times < ERRORS_MAX ? times : ERRORS_MAX;

	for (int i = 0; i < n; i++)
		list[i] = (rd_kafka_resp_err_t)code;
	rd_kafka_mock_push_request_errors_array(c, (int16_t)key, (size_t)n, list);
}

static void obey(rd_kafka_mock_cluster_t *c, const char *line)
{
	int a = 0, b = 0, n = 0;

	if (sscanf(line, "down %d", &a) == 1)
		rd_kafka_mock_broker_set_down(c, a);
	else if (sscanf(line, "up %d", &a) == 1)
		rd_kafka_mock_broker_set_up(c, a);
	else if (sscanf(line, "error %d %d %d", &a, &b, &n) == 3)
		push_errors(c, a, b, n);
	else if (sscanf(line, "rtt %d %d", &a, &b) == 2)
		rd_kafka_mock_broker_set_rtt(c, a, b);
	puts("done");
	fflush(stdout);
}

int main(int argc, char *argv[])
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256], line[128];
	rd_kafka_mock_cluster_t *c;
	rd_kafka_t *rk;

	if (argc != 4 || !conf) {
		fputs("usage: kafka_mock BROKERS TOPIC PARTITIONS\n", stderr);
		return 2;
	}
	(void)rd_kafka_conf_set(conf, "log_level", "0", why, sizeof(why));
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	c = rk ? rd_kafka_mock_cluster_new(rk, (int)strtol(argv[1], NULL, 10)) : NULL;
	if (!c) {
		fprintf(stderr, "kafka_mock: %s\n", rk ? "no cluster" : why);
		return 1;
	}
	(void)rd_kafka_mock_topic_create(c, argv[2], (int)strtol(argv[3], NULL, 10), REPLICAS);
	puts(rd_kafka_mock_cluster_bootstraps(c));
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin))
		obey(c, line);
	rd_kafka_mock_cluster_destroy(c);
	rd_kafka_destroy(rk);
	return 0;
}
