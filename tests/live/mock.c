/* SPDX-License-Identifier: Apache-2.0
 *
 * mock SECONDS [SHIFT]: librdkafka with its mock cluster: a producer of 20 KB messages, and three consumers of one group, of
 * which one comes later and one leaves. Prints how many messages went through, as one JSON line.
 *
 * With SHIFT all clients speak TLS, to a port that is so much below the broker's: a proxy's, for the mock cluster has no TLS.
 * Prints the broker's port first, and waits for a line before it begins.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

static int connect_to_proxy(int fd, const struct sockaddr *to, int n, const char *id, void *opaque)
{
	const int *shift = opaque;
	struct sockaddr_in proxy;

	(void)id;
	if (to->sa_family != AF_INET || n < (int)sizeof(proxy))
		return EAFNOSUPPORT;
	memcpy(&proxy, to, sizeof(proxy));
	proxy.sin_port = htons((uint16_t)(ntohs(proxy.sin_port) - *shift));
	return connect(fd, (const struct sockaddr *)&proxy, sizeof(proxy)) == 0 || errno == EINPROGRESS ? 0 : errno;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char err[512];

	if (rd_kafka_conf_set(conf, name, value, err, sizeof(err)) == RD_KAFKA_CONF_OK)
		return;
	fprintf(stderr, "%s: %s\n", name, err);
	exit(2);
}

/* `shift` 0: no TLS. */
static rd_kafka_t *new_client(rd_kafka_type_t type, const char *const *settings, int *shift)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char err[512];
	rd_kafka_t *client;

	for (size_t i = 0; settings[i]; i += 2)
		set(conf, settings[i], settings[i + 1]);
	if (*shift) {
		set(conf, "security.protocol", "ssl");
		set(conf, "enable.ssl.certificate.verification", "false");
		rd_kafka_conf_set_connect_cb(conf, connect_to_proxy);
		rd_kafka_conf_set_opaque(conf, shift);
	}
	client = rd_kafka_new(type, conf, err, sizeof(err));
	if (!client) {
		fprintf(stderr, "%s\n", err);
		exit(2);
	}
	return client;
}

static rd_kafka_t *new_consumer(const char *bootstrap, const char *name, int *shift)
{
	const char *const settings[] = {
		"bootstrap.servers", bootstrap, "group.id", "mock", "client.id", name, "auto.offset.reset", "earliest",
		"session.timeout.ms", "6000", "heartbeat.interval.ms", "500", "partition.assignment.strategy", "range", NULL,
	};
	rd_kafka_t *c = new_client(RD_KAFKA_CONSUMER, settings, shift);
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

/* A cluster of one broker, in a client that has no other use. */
static rd_kafka_t *new_cluster(const char **bootstrap)
{
	static const char *const settings[] = { "test.mock.num.brokers", "1", "client.id", "cluster", NULL };
	int none = 0;
	rd_kafka_t *owner = new_client(RD_KAFKA_PRODUCER, settings, &none);
	rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(owner);

	rd_kafka_mock_topic_create(cluster, "bulk", 4, 1);
	*bootstrap = rd_kafka_mock_cluster_bootstraps(cluster);
	return owner;
}

static void wait_for_proxy(const char *bootstrap)
{
	printf("%s\n", strrchr(bootstrap, ':') + 1);
	fflush(stdout);
	while (getchar() != '\n')
		;
}

static unsigned produce(rd_kafka_t *producer, void *payload)
{
	rd_kafka_resp_err_t r = rd_kafka_producev(producer, RD_KAFKA_V_TOPIC("bulk"), RD_KAFKA_V_VALUE(payload, SIZE),
						  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);

	rd_kafka_poll(producer, 0);
	return r == RD_KAFKA_RESP_ERR_NO_ERROR;
}

int main(int argc, char **argv)
{
	int shift = argc > 2 ? atoi(argv[2]) : 0;
	const struct timespec pause = { .tv_nsec = 5000000 };
	const char *bootstrap;
	rd_kafka_t *cluster = new_cluster(&bootstrap), *producer, *c[3] = { NULL };
	unsigned sent = 0, received = 0;
	double seconds = argc > 1 ? atof(argv[1]) : 10, start;
	char *payload = malloc(SIZE);
	bool left = false;

	if (!payload)
		return 2;
	memset(payload, 'p', SIZE);
	if (shift)
		wait_for_proxy(bootstrap);
	producer = new_client(RD_KAFKA_PRODUCER, (const char *const[]){ "bootstrap.servers", bootstrap, "client.id", "bulk-producer",
			      "linger.ms", "20", NULL }, &shift);
	c[0] = new_consumer(bootstrap, "mock-1", &shift);
	c[1] = new_consumer(bootstrap, "mock-2", &shift);
	for (start = now(); now() - start < seconds;) {
		double at = (now() - start) / seconds;

		nanosleep(&pause, NULL); /* so that plain libpcap keeps up */
		sent += produce(producer, payload);
		if (!c[2] && at > 0.4)
			c[2] = new_consumer(bootstrap, "mock-3", &shift);
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
	rd_kafka_destroy(cluster);
	free(payload);
	printf("{\"sent\":%u,\"received\":%u}\n", sent, received);
	return received ? 0 : 1;
}
