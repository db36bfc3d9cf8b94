/* SPDX-License-Identifier: Apache-2.0
 *
 * Frame heads: the message header and the few body bytes that decide how to go on.
 */
#ifndef REGROUP_KAFKA_HEADER_H
#define REGROUP_KAFKA_HEADER_H

#include <regroup/kafka.h>

#define REQUEST_SMALLEST  8u
#define REQUEST_LARGEST   (100u << 20) /* socket.request.max.bytes, its default */
#define RESPONSE_SMALLEST 4u
#define RESPONSE_LARGEST  (1u << 30)   /* no limit in the protocol: policy */
#define TOKEN_LARGEST     (512u << 10) /* sasl.server.max.receive.size, its default */

/* Keys above the known ones that still pass as an API of tomorrow. */
#define API_KEYS 128

enum head_status { HEAD_OK, HEAD_MORE, HEAD_BAD };

enum answer {
	ANSWER_YES,
	ANSWER_NO,    /* Produce with acks=0 */
	ANSWER_MAYBE, /* Produce whose acks field was not seen or cannot be found */
};

struct head {
	const struct kf_message *schema; /* NULL: API unknown */
	struct kf_bytes client_id;       /* requests: borrowed from the bytes read */
	int32_t correlation_id;
	int32_t replica;  /* requests of followers: the broker id; -1 otherwise */
	uint32_t body_at; /* offset of the body in the frame (without its length prefix) */
	int16_t api_key;
	int16_t asked;   /* version, as the request has it */
	int16_t version; /* version to decode as */
	uint8_t status;  /* enum kafka_status */
	uint8_t answer;  /* enum answer */
};

/* `p` has the first `have` bytes of a frame of `size` bytes (length prefix not counted). HEAD_MORE is never
 * returned when have == size. */
enum head_status head_request(const uint8_t *p, uint32_t have, uint32_t size, struct head *h);

/* What can be told of a request whose head is cut after `have` bytes (at least 8): no client id unless it is
 * whole. */
void head_request_cut(const uint8_t *p, uint32_t have, struct head *h);

/* The same for the answer to a request of `api_key` and `version`. */
enum head_status head_response(const uint8_t *p, uint32_t have, uint32_t size, int16_t api_key,
			       int16_t version, struct head *h);
void head_response_cut(const uint8_t *p, int16_t api_key, int16_t version, struct head *h);

/* True when the API belongs to talk among brokers and controllers only. */
bool head_inter_broker(const struct head *h);

static inline uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

#endif
