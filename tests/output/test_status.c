/* SPDX-License-Identifier: Apache-2.0
 *
 * What decode calls messages that are whole, cut, damaged, too long, and unknown: for every API and version.
 */
#include "support.h"

#include "dissect/vectors.h"

#include <regroup/json.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct state {
	struct bench bench;
	size_t printed; /* bytes of the output that were looked at */
	uint64_t random;
	size_t messages;
};

/* The line of a message, which is valid JSON. It is good until the next one. */
static const char *line_of(struct state *s, const struct vector *v, const uint8_t *bytes, uint32_t len,
                           enum kafka_status status)
{
	const struct maker none = { .len = 0 };
	struct kafka_message m = bench_message(&s->bench, v->message->key, (enum kf_direction)v->message->direction,
	                                       v->version, &none);
	const char *line;
	size_t n;

	m.body = (struct kf_body){ .ptr = bytes, .len = len, .cut = status == KAFKA_TRUNCATED };
	m.status = status;
	m.note = NULL;
	bench_tell(&s->bench, &m);
	line = bench_text(&s->bench) + s->printed;
	n = strlen(line);
	assert_true(n > 1 && line[n - 1] == '\n' && !memchr(line, '\n', n - 1));
	assert_true(json_check(line, n));
	s->printed += n;
	return line;
}

static void expect(const struct vector *v, const char *line, const char *status)
{
	char member[48];

	snprintf(member, sizeof member, "\"status\":\"%s\",", status);
	if (!strstr(line, member))
		fail_msg("%s v%d: not %s: %.300s", v->message->name, v->version, status, line);
	assert_true((strstr(line, "\"error\":{\"field\":") != NULL) == (strcmp(status, "malformed") == 0));
}

/* Starts over, so that the output does not grow without bound. */
static void fresh(struct state *s)
{
	if (s->messages++ % 100)
		return;
	if (s->messages > 1)
		bench_close(&s->bench);
	bench_open(&s->bench, (struct decode_options){ .json = true });
	s->printed = 0;
}

static void check(const struct vector *v, void *ctx)
{
	struct state *s = ctx;
	uint8_t *longer = malloc(v->len + 1);

	assert_non_null(longer);
	memcpy(longer, v->body, v->len);
	longer[v->len] = 0;
	fresh(s);
	expect(v, line_of(s, v, v->body, v->len, KAFKA_OK), "ok");
	expect(v, line_of(s, v, longer, v->len + 1, KAFKA_OK), "malformed");
	for (int i = 0; i < 3 && v->len > 0; i++) {
		uint32_t len = next_random(&s->random) % v->len;

		expect(v, line_of(s, v, v->body, len, KAFKA_TRUNCATED), "truncated");
		expect(v, line_of(s, v, v->body, len, KAFKA_OK), "malformed");
	}
	free(longer);
}

static void test_known(void **arg)
{
	struct state s = { .random = 1 };

	(void)arg;
	vectors_each(check, &s);
	assert_true(s.messages > 2000);
	bench_close(&s.bench);
}

/* Flipped bits: whatever comes out is one of three, and JSON. */
static void damage(const struct vector *v, void *ctx)
{
	struct state *s = ctx;
	uint8_t *bad = malloc(v->len + 1);
	const char *line;

	assert_non_null(bad);
	fresh(s);
	for (int i = 0; i < 6 && v->len > 0; i++) {
		memcpy(bad, v->body, v->len);
		bad[next_random(&s->random) % v->len] ^= (uint8_t)(1u << next_random(&s->random) % 8);
		line = line_of(s, v, bad, v->len, KAFKA_OK);
		assert_true(strstr(line, "\"status\":\"ok\"") || strstr(line, "\"status\":\"malformed\""));
	}
	free(bad);
}

static void test_damaged(void **arg)
{
	struct state s = { .random = 2 };

	(void)arg;
	vectors_each(damage, &s);
	bench_close(&s.bench);
}

static void unknown(const struct vector *v, void *ctx)
{
	struct state *s = ctx;

	fresh(s);
	for (int i = 0; i < 3; i++) {
		static const enum kafka_status status[] = { KAFKA_UNKNOWN_VERSION, KAFKA_UNKNOWN_API, KAFKA_NO_REQUEST };
		static const char *const names[] = { "unknown-version", "unknown-api", "no-request" };
		const char *line = line_of(s, v, NULL, 0, status[i]);

		expect(v, line, names[i]);
		assert_non_null(strstr(line, "\"body\":null,\"blobs\":[]"));
		assert_non_null(strstr(line, "\"correlation_id\":8,"));
	}
}

static void test_unknown(void **arg)
{
	struct state s = { .random = 3 };

	(void)arg;
	vectors_each(unknown, &s);
	bench_close(&s.bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
