/* SPDX-License-Identifier: Apache-2.0
 *
 * mock SECONDS: librdkafka with its mock cluster: a producer of 20 KB messages, and three consumers of one group, of which one
 * comes later and one leaves. Prints how many messages went through, as one JSON line.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#define SIZE 20000

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static rd_kafka_t *new_client(rd_kafka_type_t type, const char *const *settings)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char err[512];
	rd_kafka_t *client;

	for (size_t i = 0; settings[i]; i += 2) {
		if (rd_kafka_conf_set(conf, settings[i], settings[i + 1], err, sizeof(err)) != RD_KAFKA_CONF_OK) {
			fprintf(stderr, "%s: %s\n", settings[i], err);
			exit(2);
		}
	}
	client = rd_kafka_new(type, conf, err, sizeof(err));
	if (!client) {
		fprintf(stderr, "%s\n", err);
		exit(2);
	}
	return client;
}

static rd_kafka_t *new_consumer(const char *bootstrap, const char *name)
{
	const char *const settings[] = {
		"bootstrap.servers", bootstrap, "group.id", "mock", "client.id", name, "auto.offset.reset", "earliest",
		"session.timeout.ms", "6000", "heartbeat.interval.ms", "500", "partition.assignment.strategy", "range", NULL,
	};
	rd_kafka_t *c = new_client(RD_KAFKA_CONSUMER, settings);
	rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);

	rd_kafka_poll_set_consumer(c);
	rd_kafka_topic_partition_list_add(topics, "bulk", RD_KAFKA_PARTITION_UA);
	rd_kafka_subscribe(c, topics);
	rd_kafka_topic_partition_list_destroy(topics);
	return c;
}

static unsigned poll_one(rd_kafka_t *c)
{
	rd_kafka_message_t *m = c ? rd_kafka_consumer_poll(c, 5) : NULL;
	unsigned got = m && !m->err;

	if (m)
		rd_kafka_message_destroy(m);
	return got;
}

static void end(rd_kafka_t **c)
{
	if (!*c)
		return;
	rd_kafka_consumer_close(*c);
	rd_kafka_destroy(*c);
	*c = NULL;
}

int main(int argc, char **argv)
{
	const char *const settings[] = { "test.mock.num.brokers", "1", "client.id", "bulk-producer", "linger.ms", "20", NULL };
	double seconds = argc > 1 ? atof(argv[1]) : 10, start = now();
	rd_kafka_t *producer = new_client(RD_KAFKA_PRODUCER, settings), *c[3] = { NULL };
	rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(producer);
	const char *bootstrap = rd_kafka_mock_cluster_bootstraps(cluster);
	unsigned sent = 0, received = 0;
	const struct timespec pause = { .tv_nsec = 5000000 };
	bool left = false;
	char *payload = malloc(SIZE);

	if (!payload)
		return 2;
	memset(payload, 'p', SIZE);
	rd_kafka_mock_topic_create(cluster, "bulk", 4, 1);
	c[0] = new_consumer(bootstrap, "mock-1");
	c[1] = new_consumer(bootstrap, "mock-2");
	while (now() - start < seconds) {
		double at = (now() - start) / seconds;

		nanosleep(&pause, NULL); /* so that plain libpcap keeps up */
		if (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC("bulk"), RD_KAFKA_V_VALUE(payload, SIZE),
				      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR_NO_ERROR)
			sent++;
		rd_kafka_poll(producer, 0);
		if (!c[2] && at > 0.4)
			c[2] = new_consumer(bootstrap, "mock-3");
		if (!left && at > 0.7) {
			left = true;
			end(&c[1]);
		}
		for (int i = 0; i < 3; i++)
			received += poll_one(c[i]);
	}
	for (int i = 0; i < 3; i++)
		end(&c[i]);
	rd_kafka_flush(producer, 5000);
	rd_kafka_destroy(producer);
	free(payload);
	printf("{\"sent\":%u,\"received\":%u}\n", sent, received);
	return received ? 0 : 1;
}
