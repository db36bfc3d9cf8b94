/* SPDX-License-Identifier: Apache-2.0
 *
 * The verdict on a group, and what causes and storms mean.
 */
#include "support.h"

#include "events.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <regroup/text.h>

#define SECOND (1000 * MS)

struct page {
	struct why *why;
	FILE *out;
	char *text;
	size_t len;
	int32_t generation;
};

static void open_page(struct page *p, struct why_options o)
{
	memset(p, 0, sizeof *p);
	p->out = o.out = open_memstream(&p->text, &p->len);
	assert_non_null(p->out);
	p->why = why_new(&o);
	assert_non_null(p->why);
}

/* The capture ends 100 s after T0. */
static const char *end_page(struct page *p)
{
	struct group_event e = { .type = GROUP_EVENT_SUMMARY, .ts = T0 + 100 * SECOND };

	e.summary = (struct group_summary){ .packets = 20, .messages = 10, .captured_from = T0,
	                                    .captured_to = T0 + 100 * SECOND };
	why_event(p->why, &e);
	fflush(p->out);
	return p->text;
}

static void close_page(struct page *p)
{
	why_free(p->why);
	fclose(p->out);
	free(p->text);
}

static void shows(const struct page *p, const char *what)
{
	if (strstr(p->text, what) == NULL)
		fail_msg("no '%s' in:\n%s", what, p->text);
}

static struct group_event rebalance(struct page *p, const char *group, int64_t at, uint8_t cause, const char *who)
{
	static struct group_rebalance_member m;
	struct group_event e = bare_rebalance();

	m = (struct group_rebalance_member){ .member = who, .client_id = who, .host = "10.0.0.1", .rejoin_lag = -1,
		                             .downtime = -1, .wait = -1, .change = cause == 2 ? GROUP_RETURNED : GROUP_STAYED };
	e.group = group;
	e.ts = T0 + (at + 1) * SECOND;
	e.rebalance.outcome = GROUP_STABLE;
	e.rebalance.previous = p->generation++;
	e.rebalance.generation = p->generation;
	e.rebalance.started = T0 + at * SECOND;
	e.rebalance.ended = e.ts;
	e.rebalance.complete = true;
	e.rebalance.cause = (struct group_cause){ .id = cause, .confidence = 2, .name = group_cause_name(cause),
		                                  .client_id = who, .member = who, .host = "10.0.0.1" };
	e.rebalance.members = &m;
	e.rebalance.n_members = 1;
	return e;
}

static void happens(struct page *p, const char *group, int64_t at, uint8_t cause, const char *who)
{
	struct group_event e = rebalance(p, group, at, cause, who);

	why_event(p->why, &e);
}

static void stops_polling(struct page *p)
{
	happens(p, "billing", 0, 1, "payments-1");
	for (int i = 0; i < 6; i++) {
		happens(p, "billing", 10 + 10 * i, 9, "payments-7");
		happens(p, "billing", 15 + 10 * i, 2, "payments-7");
	}
}

static void the_sentence_says_it(void **state)
{
	struct page p;

	(void)state;
	open_page(&p, (struct why_options){ 0 });
	stops_polling(&p);
	end_page(&p);
	assert_ptr_equal(strstr(p.text, "billing rebalanced 12 times in 56 s, because payments-7 (10.0.0.1) stopped\n"
	                                "polling 6 times, and came back.\n"), p.text);
	shows(&p, "  not stable  13 s of 1 min 40 s (13%); longest 1 s at 10:56:07, generation 1\n"
	          "              (R1)\n");
	shows(&p, "  causes      6 x R9 max.poll.interval.ms exceeded (C2; 6 s): payments-7\n"
	          "              (10.0.0.1)\n"
	          "              6 x R2 new member (C2; 6 s): payments-7 (10.0.0.1); all had been\n"
	          "              members before\n"
	          "              1 x R1 group formation (C2; 1 s): payments-1 (10.0.0.1)\n");
	close_page(&p);
}

static void many_members(void **state)
{
	struct page p;
	char name[8];

	(void)state;
	open_page(&p, (struct why_options){ 0 });
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "c%d", i);
		happens(&p, "g", 10 * i, 7, name);
	}
	end_page(&p);
	shows(&p, "g rebalanced 5 times in 41 s, because 5 members left.\n");
	shows(&p, "5 x R7 member left (C2; 5 s): c0, c1, c2 and 2 more\n");
	close_page(&p);
}

static void who_was_slow(void **state)
{
	struct page p;
	struct group_rebalance_member m;
	struct group_event e;

	(void)state;
	open_page(&p, (struct why_options){ 0 });
	e = rebalance(&p, "g", 10, 7, "other");
	m = e.rebalance.members[0];
	m.client_id = "snail";
	m.rejoin_lag = 3 * SECOND;
	m.wait = 4 * SECOND;
	m.downtime = 5 * SECOND;
	e.rebalance.members = &m;
	e.rebalance.slowest = "snail";
	why_event(p.why, &e);
	why_event(p.why, &e);
	end_page(&p);
	shows(&p, "  slowest     snail (10.0.0.1) joined last twice, the others waited 6 s; it took\n"
	          "              up to 3 s once it was told\n");
	shows(&p, "  downtime    at worst snail (10.0.0.1): 5 s without partitions, 10 s in 2\n"
	          "              rebalances\n");
	close_page(&p);
}

/* A round that comes to nothing goes on until the next, and at the end until the last packet. */
static void time_of_aborted_rounds(void **state)
{
	struct page p;
	struct group_event e;

	(void)state;
	open_page(&p, (struct why_options){ .json = true });
	e = rebalance(&p, "g", 10, 7, "c");
	e.rebalance.outcome = GROUP_ABORTED;
	e.rebalance.ended = GROUP_UNKNOWN_TIME;
	why_event(p.why, &e);
	happens(&p, "g", 20, 2, "c");
	e = rebalance(&p, "g", 90, 7, "c");
	e.rebalance.outcome = GROUP_UNFINISHED;
	e.rebalance.ended = GROUP_UNKNOWN_TIME;
	why_event(p.why, &e);
	end_page(&p);
	shows(&p, "\"rebalances\":1,\"formations\":0,\"followups\":0,\"empties\":0,\"aborted\":1,\"unfinished\":true");
	shows(&p, "\"not_stable_ms\":21000.0,\"not_stable_percent\":21.0,\"longest_ms\":11000.0");
	close_page(&p);
}

static void storms_and_commits(void **state)
{
	struct page p;
	struct group_event storm = { .type = GROUP_EVENT_STORM, .ts = T0, .group = "billing" };
	struct group_event commit = { .type = GROUP_EVENT_COMMIT_FAILED, .ts = T0, .group = "billing" };

	(void)state;
	open_page(&p, (struct why_options){ 0 });
	stops_polling(&p);
	storm.storm = (struct group_storm_event){ .class = GROUP_STORM_SLOW_PROCESSING, .rebalances = 5, .since = T0,
		                                  .latest = T0 + 50 * SECOND, .culprit = "payments-7", .host = "10.0.0.1",
		                                  .advice = "not this" };
	why_event(p.why, &storm);
	storm.storm.ended = true;
	storm.storm.rebalances = 12;
	storm.storm.latest = T0 + 71 * SECOND;
	storm.storm.advice = "6 x 2 = 12 rebalances; lower max.poll.records";
	why_event(p.why, &storm);
	commit.commit = (struct group_commit_event){ .client_id = "payments-7", .host = "10.0.0.1", .error = 25, .partitions = 3 };
	why_event(p.why, &commit);
	why_event(p.why, &commit);
	end_page(&p);
	shows(&p, "and came back: slow processing.\n");
	shows(&p, "  storm       slow processing, payments-7 (10.0.0.1), 10:56:07 to 10:57:18, not\n"
	          "              over when the capture ended\n"
	          "  change      6 x 2 = 12 rebalances; lower max.poll.records\n");
	assert_null(strstr(p.text, "not this"));
	shows(&p, "  commits     2 x UNKNOWN_MEMBER_ID, 6 partitions; most by payments-7\n");
	close_page(&p);
}

static void static_members_and_brokers(void **state)
{
	struct page p;
	struct group_event m = { .type = GROUP_EVENT_MEMBER, .ts = T0, .group = "billing" };
	struct group_event e;

	(void)state;
	open_page(&p, (struct why_options){ 0 });
	e = rebalance(&p, "billing", 10, 10, "payments-7");
	e.rebalance.trouble = "10.0.0.5:9092";
	e.rebalance.trouble_node = 3;
	e.rebalance.trouble_since = T0 + 5 * SECOND;
	why_event(p.why, &e);
	m.member = (struct group_member_event){ .event = GROUP_REPLACED, .client_id = "p-1", .host = "10.0.0.1", .instance = "i-1",
		                                .note = "its subscription has changed" };
	why_event(p.why, &m);
	m.member.event = GROUP_FENCED;
	m.member.client_id = "p-2";
	m.member.note = "p-1 has it now";
	why_event(p.why, &m);
	why_event(p.why, &m);
	end_page(&p);
	shows(&p, "came back once without a rebalance; 2 members\nwere fenced.");
	shows(&p, "  broker      10.0.0.5:9092 (3), the coordinator, was in trouble at 10:56:12 and");
	shows(&p, "1 rebalance of this one began after that");
	shows(&p, "  static      p-1 (10.0.0.1) came back as i-1 without a rebalance at 10:56:07;");
	shows(&p, "p-2 (10.0.0.1) was fenced as i-1, 2 times, lastly at 10:56:07:\n              p-1 has it now");
	shows(&p, "two processes ran with group.instance.id i-1 at the same time");
	close_page(&p);
}

static void what_was_not_seen(void **state)
{
	static const char *const lost[] = { "packets are missing" };
	struct group_event gap = { .type = GROUP_EVENT_GAP, .ts = T0 };
	struct group_event tls = { .type = GROUP_EVENT_CONNECTION, .ts = T0 };
	struct group_event e;
	struct page p;

	(void)state;
	open_page(&p, (struct why_options){ 0 });
	e = rebalance(&p, "g", 10, 7, "c");
	e.rebalance.complete = false;
	e.rebalance.missing = lost;
	e.rebalance.n_missing = 1;
	why_event(p.why, &e);
	why_event(p.why, &e);
	gap.gap = (struct group_gap_event){ .bytes = 2048, .what = "x" };
	why_event(p.why, &gap);
	tls.connection = (struct group_connection_event){ .kind = "tls" };
	why_event(p.why, &tls);
	why_event(p.why, &tls);
	end_page(&p);
	shows(&p, "  not seen    packets are missing (2 rebalances)\n");
	shows(&p, "\n1 gap of 2 KiB in all in the streams. 2 connections could not be read (tls).\n");
	close_page(&p);
}

static void nothing_to_say(void **state)
{
	struct page p;

	(void)state;
	open_page(&p, (struct why_options){ 0 });
	end_page(&p);
	assert_string_equal(p.text, "No consumer group was seen.\n"
	                            "10 messages in 20 packets, 2026-11-21 10:56:07 to 10:57:47 UTC.\n");
	close_page(&p);
	open_page(&p, (struct why_options){ .group = "bill*" });
	happens(&p, "other", 1, 1, "c");
	end_page(&p);
	shows(&p, "Nothing was seen of such a group.\n");
	close_page(&p);
}

/* The group that was not stable for longest comes first; only so many get a page. */
static void many_groups(void **state)
{
	struct page p;
	char name[8];

	(void)state;
	open_page(&p, (struct why_options){ .most = 3 });
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof name, "g%d", i);
		for (int k = 0; k <= i; k++)
			happens(&p, name, 10 * k, 7, "c");
	}
	end_page(&p);
	assert_ptr_equal(strstr(p.text, "g7 rebalanced 8 times"), p.text);
	shows(&p, "\n\ng6 rebalanced 7 times");
	assert_null(strstr(p.text, "g4 "));
	shows(&p, "… and 5 more groups: --group NAME shows one, --format json all\n");
	close_page(&p);
}

/* Eighty columns, and nothing that a terminal obeys. */
static void fits_and_is_safe(void **state)
{
	static const char evil[] = "e\x1b[2J\r\n\x9b\xe2\x80\xae\xff\t and a name that is long enough to need another line";
	struct page p;

	(void)state;
	open_page(&p, (struct why_options){ 0 });
	for (int i = 0; i < 6; i++)
		happens(&p, evil, 10 * i, 7, evil);
	end_page(&p);
	for (const char *line = p.text; *line != '\0'; line = strchr(line, '\n') + 1)
		assert_true(text_width(line, strcspn(line, "\n")) <= 80);
	for (const char *c = p.text; *c != '\0'; c++)
		assert_true(*c == '\n' || (unsigned char)*c >= 0x20);
	assert_null(strstr(p.text, "\xe2\x80\xae"));
	close_page(&p);
}

static void as_json(void **state)
{
	struct page p;

	(void)state;
	open_page(&p, (struct why_options){ .json = true });
	stops_polling(&p);
	end_page(&p);
	assert_ptr_equal(strstr(p.text, "{\"type\":\"verdict\",\"group\":\"billing\",\"text\":\"billing rebalanced 12 times in 56 s, "
	                                "because payments-7 (10.0.0.1) stopped polling 6 times, and came back.\","), p.text);
	shows(&p, "\"causes\":[{\"id\":\"R9\",\"name\":\"max.poll.interval.ms exceeded\",\"times\":6,\"confidence_least\":\"C2\","
	          "\"confidence_most\":\"C2\",\"not_stable_ms\":6000.0,\"members\":[{\"client_id\":\"payments-7\","
	          "\"host\":\"10.0.0.1\",\"times\":6,\"returns\":0,\"not_stable_ms\":6000.0}],"
	          "\"change\":\"let payments-7 (10.0.0.1) poll in time: ");
	shows(&p, "\"change\":null}");
	shows(&p, "\n{\"type\":\"capture\",\"groups\":1,");
	close_page(&p);
}

static void lost(struct page *p, const char *group, const char *type, uint8_t cause, uint8_t confidence)
{
	struct group_event e = rebalance(p, group, 10, cause, "pay-2");

	e.rebalance.group_type = type;
	e.rebalance.mode = strcmp(type, "classic") == 0 ? GROUP_EAGER : GROUP_BROKER;
	e.rebalance.cause.confidence = confidence;
	e.rebalance.cause.timer_ms = e.rebalance.mode == GROUP_EAGER ? 6000 : 0;
	why_event(p->why, &e);
}

static void what_to_change(void **state)
{
	struct page p;

	(void)state;
	open_page(&p, (struct why_options){ .json = true });
	lost(&p, "old", "classic", 10, 3);
	lost(&p, "new", "consumer", 10, 3);
	lost(&p, "jobs", "share", 10, 3);
	lost(&p, "words", "streams", 10, 3);
	end_page(&p);
	shows(&p, "a longer session.timeout.ms (6 s) bears longer silences");
	shows(&p, "the brokers' group.consumer.session.timeout.ms, or the group's own consumer.session.timeout.ms");
	shows(&p, "the brokers' group.share.session.timeout.ms, or");
	shows(&p, "the brokers' group.streams.session.timeout.ms, or");
	close_page(&p);
}

/* Guesses, what happens once by intent, and who left for good. */
static void nothing_to_change(void **state)
{
	struct page p;

	(void)state;
	open_page(&p, (struct why_options){ .json = true });
	lost(&p, "a", "classic", 10, 1);
	lost(&p, "b", "classic", 5, 3);
	lost(&p, "c", "classic", 7, 3);
	lost(&p, "d", "share", 7, 3);
	lost(&p, "d", "share", 2, 3);
	lost(&p, "e", "classic", 9, 3);
	lost(&p, "e", "classic", 7, 3);
	happens(&p, "e", 20, 2, "pay-2"); /* after the first of them */
	end_page(&p);
	assert_null(strstr(p.text, "\"change\":\"find"));
	assert_null(strstr(p.text, "\"change\":\"for restarts"));
	assert_null(strstr(p.text, "\"change\":\"make topics"));
	close_page(&p);
}

static void restarts(void **state)
{
	struct page p;

	(void)state;
	open_page(&p, (struct why_options){ 0 });
	lost(&p, "f", "classic", 7, 3);
	happens(&p, "f", 20, 2, "pay-2");
	end_page(&p);
	shows(&p, "  change      for restarts, group.instance.id with session.timeout.ms above the\n");
	close_page(&p);
}

/* Members that are turned away, each once with what to do; a change of protocol is said to be expected. */
static void turned_away(void **state)
{
	struct group_event e = { .type = GROUP_EVENT_MEMBER, .ts = T0, .group = "g" };
	struct page p;

	(void)state;
	open_page(&p, (struct why_options){ 0 });
	e.member = (struct group_member_event){ .event = GROUP_FENCED, .member = "m", .client_id = "dup", .host = "10.0.0.1",
		                                .instance = "i-1", .error = 111 };
	for (int i = 0; i < 3; i++)
		why_event(p.why, &e);
	e.member.client_id = "odd";
	e.member.instance = NULL;
	e.member.error = 110;
	why_event(p.why, &e);
	lost(&p, "g", "classic", 7, 3);
	lost(&p, "g", "consumer", 21, 3);
	end_page(&p);
	shows(&p, "  fenced      dup (10.0.0.1) as i-1: UNRELEASED_INSTANCE_ID x3; odd (10.0.0.1):\n");
	shows(&p, "  change      the one before still has this group.instance.id, and keeps it:\n");
	shows(&p, "  migration   from classic to consumer at ");
	close_page(&p);
}

static void deliveries(void **state)
{
	struct group_event e = { .type = GROUP_EVENT_DELIVERY, .ts = T0, .group = "jobs" };
	struct page p;

	(void)state;
	open_page(&p, (struct why_options){ 0 });
	e.delivery = (struct group_delivery_event){ .client_id = "a", .acquired = 100, .redelivered = 30, .accepted = 60 };
	why_event(p.why, &e);
	end_page(&p);
	shows(&p, "  delivered   100 records (30 not for the first time), 60 accepted\n");
	shows(&p, "group.share.record.lock.duration.ms");
	close_page(&p);
}

/* ---- explain ------------------------------------------------------------------------------------------- */

static void everything_is_explained(void **state)
{
	size_t found;

	(void)state;
	assert_true(explain_count() > 22 + 15); /* causes and storms, and all else: test_explain.c */
	for (size_t i = 0; i < explain_count(); i++) {
		char *text = NULL;
		size_t len;
		FILE *out = open_memstream(&text, &len);

		explain_print(out, i, false, false);
		fclose(out);
		assert_non_null(strstr(text, explain_name(i)));
		assert_non_null(strstr(text, "\n  means       "));
		assert_non_null(strstr(text, "\n  on the wire "));
		assert_non_null(strstr(text, "\n  change      "));
		for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1)
			assert_true(text_width(line, strcspn(line, "\n")) <= 80);
		free(text);
		assert_true(explain_find(explain_name(i), &found));
		assert_int_equal(found, i);
	}
}

static void found_by(const char *what, const char *name)
{
	size_t found = 0;

	assert_true(explain_find(what, &found));
	assert_string_equal(explain_name(found), name);
}

static void by_any_name(void **state)
{
	size_t found;

	(void)state;
	found_by("R9", "max.poll.interval.ms exceeded");
	found_by("r0", "unknown");
	found_by("R21", "protocol migration");
	found_by("Session Timeout", "session timeout");
	found_by("rolling-restart", "rolling restart");
	found_by("duplicate_instance_id", "duplicate instance id");
	found_by("connect/streams planned", "Connect/Streams planned");
	assert_false(explain_find("R22", &found));
	assert_false(explain_find("R", &found));
	assert_false(explain_find("", &found));
	assert_false(explain_find("rolling", &found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sentence_says_it),
		cmocka_unit_test(many_members),
		cmocka_unit_test(who_was_slow),
		cmocka_unit_test(time_of_aborted_rounds),
		cmocka_unit_test(storms_and_commits),
		cmocka_unit_test(static_members_and_brokers),
		cmocka_unit_test(what_was_not_seen),
		cmocka_unit_test(nothing_to_say),
		cmocka_unit_test(many_groups),
		cmocka_unit_test(fits_and_is_safe),
		cmocka_unit_test(as_json),
		cmocka_unit_test(what_to_change),
		cmocka_unit_test(nothing_to_change),
		cmocka_unit_test(restarts),
		cmocka_unit_test(turned_away),
		cmocka_unit_test(deliveries),
		cmocka_unit_test(everything_is_explained),
		cmocka_unit_test(by_any_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
