/* SPDX-License-Identifier: Apache-2.0
 *
 * What a group repeats is summed up, nothing else is, and ten thousand generations stay readable. Storms; the window.
 */
#include "support.h"

#include "events.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND (1000 * MS)

struct page {
	struct log *log;
	FILE *out;
	char *text;
	size_t len;
	int32_t generation;
};

static void open_page(struct page *p, struct log_options o)
{
	memset(p, 0, sizeof *p);
	p->out = o.out = open_memstream(&p->text, &p->len);
	assert_non_null(p->out);
	p->log = log_new(&o);
	assert_non_null(p->log);
}

/* The end of the capture: everything is printed. */
static const char *end_page(struct page *p)
{
	struct group_event e = { .type = GROUP_EVENT_SUMMARY, .ts = T0 };

	e.summary.captured_from = e.summary.captured_to = GROUP_UNKNOWN_TIME;
	log_event(p->log, &e);
	log_flush(p->log);
	fflush(p->out);
	return p->text;
}

static void close_page(struct page *p)
{
	log_free(p->log);
	fclose(p->out);
	free(p->text);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *p = text; (p = strstr(p, what)) != NULL; p += strlen(what))
		n++;
	return n;
}

/* A rebalance of a second, `at` seconds after T0. */
static void happens(struct page *p, const char *group, int64_t at, uint8_t cause, const char *who)
{
	struct group_event e = bare_rebalance();

	e.group = group;
	e.ts = T0 + (at + 1) * SECOND;
	e.rebalance.outcome = GROUP_STABLE;
	e.rebalance.previous = p->generation++;
	e.rebalance.generation = p->generation;
	e.rebalance.started = T0 + at * SECOND;
	e.rebalance.ended = e.ts;
	e.rebalance.cause = (struct group_cause){ .id = cause, .name = group_cause_name(cause), .client_id = who };
	log_event(p->log, &e);
}

static void member_leaves(struct page *p, int64_t at, const char *who)
{
	struct group_event e = { .type = GROUP_EVENT_MEMBER, .ts = T0 + at * SECOND, .group = "g" };

	e.member = (struct group_member_event){ .event = GROUP_LEFT, .client_id = who, .rebalance = true };
	log_event(p->log, &e);
}

static void commit_fails(struct page *p, int64_t at)
{
	struct group_event e = { .type = GROUP_EVENT_COMMIT_FAILED, .ts = T0 + at * SECOND, .group = "g" };

	e.commit = (struct group_commit_event){ .client_id = "c", .generation = 1, .error = 25, .partitions = 1 };
	log_event(p->log, &e);
}

static void ten_thousand(void **state)
{
	struct page p;
	const char *text;

	(void)state;
	open_page(&p, (struct log_options){ 0 });
	for (int i = 0; i < 5000; i++) {
		member_leaves(&p, 20 * i, "c");
		happens(&p, "g", 20 * i, 9, "c");
		commit_fails(&p, 20 * i + 5);
		happens(&p, "g", 20 * i + 10, 2, "c");
	}
	text = end_page(&p);
	assert_true(strlen(text) < 2500);
	assert_non_null(strstr(text, "  g  4,998 times more, every 20 s from 2026-11-21 10:56:47.036 to 2026-11-22 14:42:38.036, "
	                             "generations 5 to 10000:\n"
	                             "              R9 max.poll.interval.ms exceeded (c), then R2 new member (c); "
	                             "4,998 commits failed\n"));
	assert_int_equal(count(text, "commit failed"), 2);
	assert_int_equal(count(text, "  generation "), 4);
	close_page(&p);
}

/* What breaks the loop is shown, and so is the part of a repetition before it. */
static void a_loop_breaks(void **state)
{
	struct page p;
	const char *text;

	(void)state;
	open_page(&p, (struct log_options){ 0 });
	for (int i = 0; i < 4; i++) {
		happens(&p, "g", 20 * i, 9, "c");
		happens(&p, "g", 20 * i + 10, 2, "c");
	}
	happens(&p, "g", 80, 9, "c");
	member_leaves(&p, 85, "other");
	happens(&p, "g", 90, 7, "other");
	text = end_page(&p);
	assert_int_equal(count(text, "2 times more, every 20 s from"), 1);
	assert_int_equal(count(text, "generation "), 6);
	assert_non_null(strstr(text, "generation 8 -> 9"));
	assert_non_null(strstr(text, "generation 9 -> 10"));
	assert_true(strstr(text, "2 times more") < strstr(text, "generation 8 -> 9"));
	assert_true(strstr(text, "generation 8 -> 9") < strstr(text, "member left: other"));
	assert_true(strstr(text, "member left: other") < strstr(text, "generation 9 -> 10"));
	close_page(&p);
}

/* One repetition that was not shown is shown after all: a line that stands for it would say less. */
static void only_once(void **state)
{
	struct page p;

	(void)state;
	open_page(&p, (struct log_options){ 0 });
	for (int i = 0; i < 3; i++)
		happens(&p, "g", 20 * i, 9, "c");
	happens(&p, "g", 70, 7, "other");
	end_page(&p);
	assert_int_equal(count(p.text, "generation "), 4);
	assert_non_null(strstr(p.text, "generation 2 -> 3"));
	assert_int_equal(count(p.text, "more, every"), 0);
	close_page(&p);
}

/* Less than a whole repetition is not worth hiding. */
static void not_for_nothing(void **state)
{
	struct page p;

	(void)state;
	open_page(&p, (struct log_options){ 0 });
	for (int i = 0; i < 2; i++) {
		happens(&p, "g", 20 * i, 9, "c");
		happens(&p, "g", 20 * i + 10, 2, "c");
	}
	happens(&p, "g", 50, 9, "c");
	end_page(&p);
	assert_int_equal(count(p.text, "generation "), 5);
	assert_int_equal(count(p.text, "more, every"), 0);
	close_page(&p);
}

/* Other members are another story: one after another is shown. */
static void not_the_same(void **state)
{
	struct page p;
	char name[8];

	(void)state;
	open_page(&p, (struct log_options){ 0 });
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "c%d", i);
		happens(&p, "g", 10 * i, 7, name);
	}
	end_page(&p);
	assert_int_equal(count(p.text, "generation "), 20);
	close_page(&p);
}

/* Loops of several groups at once, and rounds of ten steps: a restart that never ends. */
static void several(void **state)
{
	struct page p;
	char name[8];

	(void)state;
	open_page(&p, (struct log_options){ 0 });
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "c%d", i % 5);
		happens(&p, "many", 10 * i, 7, name);
		happens(&p, "many", 10 * i + 5, 2, name);
		happens(&p, "one", 10 * i, 4, "x");
	}
	end_page(&p);
	assert_int_equal(count(p.text, "18 times more, every 50 s"), 1);
	assert_int_equal(count(p.text, ", then 6 more"), 1);
	assert_int_equal(count(p.text, "98 times more, every 10 s"), 1);
	close_page(&p);
}

static void not_asked_for(void **state)
{
	struct page p;

	(void)state;
	open_page(&p, (struct log_options){ .uncollapsed = true });
	for (int i = 0; i < 50; i++)
		happens(&p, "g", 10 * i, 4, "x");
	end_page(&p);
	assert_int_equal(count(p.text, "generation "), 50);
	close_page(&p);
	open_page(&p, (struct log_options){ .json = true });
	for (int i = 0; i < 50; i++)
		happens(&p, "g", 10 * i, 4, "x");
	end_page(&p);
	assert_int_equal(count(p.text, "\"type\":\"rebalance\""), 50);
	close_page(&p);
}

/* Nothing of a group's or client's name reaches the terminal raw. */
static void hostile(void **state)
{
	struct page p;

	(void)state;
	open_page(&p, (struct log_options){ 0 });
	for (int i = 0; i < 50; i++)
		happens(&p, "g\x1b[2J", 10 * i, 4, "\x1b]0;x\a\xff");
	end_page(&p);
	assert_int_equal(count(p.text, "48 times more"), 1);
	assert_null(strchr(p.text, '\x1b'));
	assert_null(strchr(p.text, '\a'));
	close_page(&p);
}

static struct group_event storm(bool ended)
{
	struct group_event e = { .type = GROUP_EVENT_STORM, .ts = T0 + 60 * SECOND, .group = "g" };

	e.storm = (struct group_storm_event){
		.ended = ended,
		.class = GROUP_STORM_SLOW_PROCESSING,
		.rebalances = 12,
		.unstable_percent = 31.5,
		.since = T0,
		.latest = T0 + 60 * SECOND,
		.culprit = "payments-7",
		.host = "10.0.3.9",
		.advice = "lower max.poll.records",
	};
	return e;
}

static void storms(void **state)
{
	struct group_event e = storm(false);
	char *text = log_print(&(struct log_options){ 0 }, &e);

	(void)state;
	assert_string_equal(text, "10:57:07.036  g  storm: slow processing, payments-7 (10.0.3.9);\n"
	                          "              12 rebalances in 1 min since 10:56:07.036, 32% of it not stable\n");
	free(text);
	text = log_print(&(struct log_options){ .live = true }, &e);
	assert_non_null(strstr(text, "\n              lower max.poll.records\n"));
	free(text);
	e = storm(true);
	text = log_print(&(struct log_options){ 0 }, &e);
	assert_non_null(strstr(text, "storm still on at the end: slow processing"));
	assert_non_null(strstr(text, "\n              lower max.poll.records\n"));
	free(text);
	e.storm.over = true;
	text = log_print(&(struct log_options){ .json = true }, &e);
	assert_string_equal(text, "{\"type\":\"storm\",\"ts\":\"2026-11-21T10:57:07.036000000Z\",\"group\":\"g\",\"event\":\"ended\","
	                          "\"class\":\"slow processing\",\"rebalances\":12,\"unstable_percent\":31.5,"
	                          "\"since\":\"2026-11-21T10:56:07.036000000Z\",\"latest\":\"2026-11-21T10:57:07.036000000Z\","
	                          "\"culprit\":\"payments-7\",\"host\":\"10.0.3.9\",\"advice\":\"lower max.poll.records\","
	                          "\"over\":true}\n");
	free(text);
	e.storm.class = GROUP_STORM_UNKNOWN;
	e.storm.culprit = e.storm.host = e.storm.advice = NULL;
	text = log_print(&(struct log_options){ .json = true }, &e);
	assert_non_null(strstr(text, "\"class\":null"));
	assert_non_null(strstr(text, "\"culprit\":null"));
	free(text);
}

/* What was under way at either end of the window belongs to it. */
static void the_window(void **state)
{
	struct page p;

	(void)state;
	open_page(&p, (struct log_options){ .json = true });
	log_window(p.log, T0 + 20 * SECOND + 500 * MS, T0 + 40 * SECOND + 500 * MS);
	for (int i = 0; i < 6; i++)
		happens(&p, "g", 10 * i, 7, "c");
	end_page(&p);
	assert_int_equal(count(p.text, "\"type\":\"rebalance\""), 3);
	assert_non_null(strstr(p.text, "\"generation\":3,"));
	assert_non_null(strstr(p.text, "\"generation\":4,"));
	assert_non_null(strstr(p.text, "\"generation\":5,"));
	assert_int_equal(count(p.text, "\"type\":\"summary\""), 1);
	close_page(&p);
	open_page(&p, (struct log_options){ .json = true, .types = 1U << GROUP_EVENT_REBALANCE, .group = "h*" });
	log_window(p.log, 0, T0 + 15 * SECOND);
	for (int i = 0; i < 3; i++) {
		happens(&p, "g", 10 * i, 7, "c");
		happens(&p, "h", 10 * i, 7, "c");
	}
	end_page(&p);
	assert_int_equal(count(p.text, "\n"), 2);
	assert_int_equal(count(p.text, "\"group\":\"h\""), 2);
	close_page(&p);
}

/* Who watches a loop is told every minute how far it is, and not of each beginning. */
static void a_live_loop_is_told_by_the_minute(void **state)
{
	struct group_event began = bare_rebalance();
	struct page p;

	(void)state;
	open_page(&p, (struct log_options){ .live = true });
	began.type = GROUP_EVENT_REBALANCE_STARTED;
	began.group = "g";
	for (int i = 0; i < 30; i++) {
		began.ts = T0 + 10 * i * SECOND;
		log_event(p.log, &began);
		happens(&p, "g", 10 * i, 9, "slow");
	}
	fflush(p.out);
	log_flush(p.log);
	fflush(p.out);
	assert_int_equal(count(p.text, "times more, every 10 s"), 4);
	assert_int_equal(count(p.text, "rebalance began"), 3);
	end_page(&p);
	close_page(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_thousand),
		cmocka_unit_test(a_loop_breaks),
		cmocka_unit_test(only_once),
		cmocka_unit_test(not_for_nothing),
		cmocka_unit_test(not_the_same),
		cmocka_unit_test(several),
		cmocka_unit_test(not_asked_for),
		cmocka_unit_test(hostile),
		cmocka_unit_test(storms),
		cmocka_unit_test(the_window),
		cmocka_unit_test(a_live_loop_is_told_by_the_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
