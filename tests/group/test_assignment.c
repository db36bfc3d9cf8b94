/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "assignment.h"
#include "texts.h"

struct seen {
	struct shift shift[16];
	size_t n;
};

static void see(void *ctx, const struct shift *s)
{
	struct seen *all = ctx;

	assert_true(all->n < 16);
	all->shift[all->n++] = *s;
}

static uint32_t owner_of(struct assignment *a, const char *id, const char *client_id)
{
	const char *kept_id = text_from(id), *kept_client = client_id ? text_from(client_id) : NULL;
	uint32_t i = assignment_owner(a, kept_id, kept_client);

	text_free(kept_id);
	text_free(kept_client);
	return i;
}

static void give(struct assignment *a, const char *who, uint32_t topic, int32_t first, int32_t last)
{
	uint32_t owner = owner_of(a, who, NULL);

	for (int32_t p = first; p <= last; p++)
		assert_true(assignment_add(a, topic, p, owner));
}

static void owners_are_kept_once(void **state)
{
	struct assignment a;

	(void)state;
	assignment_init(&a);
	assert_int_equal(owner_of(&a, "m1", "c1"), 0);
	assert_int_equal(owner_of(&a, "m2", NULL), 1);
	assert_int_equal(owner_of(&a, "m1", "c1"), 0);
	assert_int_equal(a.n_owners, 2);
	assignment_clear(&a);
	assert_int_equal(a.generation, -1);
}

static void shifts_name_what_moved_went_and_came(void **state)
{
	struct assignment before, after;
	struct seen all = { .n = 0 };

	(void)state;
	assignment_init(&before);
	assignment_init(&after);
	give(&before, "m2", 0, 2, 3);
	give(&before, "m1", 0, 0, 1);
	give(&before, "m1", 1, 7, 7);
	give(&after, "m1", 0, 0, 0); /* stays, though its owner has another index */
	give(&after, "m3", 0, 1, 1); /* moves */
	give(&after, "m2", 0, 2, 4); /* 2 and 3 stay, 4 is new; topic 1 is gone */
	assignment_sort(&before);
	assignment_sort(&after);
	assignment_shifts(&before, &after, see, &all);
	assert_int_equal(all.n, 3);
	assert_int_equal(all.shift[0].partition, 1);
	assert_string_equal(before.owner[all.shift[0].from].id, "m1");
	assert_string_equal(after.owner[all.shift[0].to].id, "m3");
	assert_int_equal(all.shift[1].partition, 4);
	assert_int_equal(all.shift[1].from, UINT32_MAX);
	assert_int_equal(all.shift[2].topic, 1);
	assert_int_equal(all.shift[2].to, UINT32_MAX);
	assignment_clear(&before);
	assignment_clear(&after);
}

static void the_owner_of_a_partition_is_found(void **state)
{
	struct assignment a;

	(void)state;
	assignment_init(&a);
	assert_null(assignment_owner_of(&a, 0, 0));
	give(&a, "m2", 1, 3, 9);
	give(&a, "m1", 0, 0, 4);
	assignment_sort(&a);
	assert_string_equal(assignment_owner_of(&a, 0, 4), "m1");
	assert_string_equal(assignment_owner_of(&a, 1, 3), "m2");
	assert_null(assignment_owner_of(&a, 1, 2));
	assert_null(assignment_owner_of(&a, 2, 0));
	assignment_clear(&a);
}

static void an_empty_side_is_nobody(void **state)
{
	struct assignment before, after;
	struct seen all = { .n = 0 };

	(void)state;
	assignment_init(&before);
	assignment_init(&after);
	assignment_shifts(&before, &after, see, &all);
	assert_int_equal(all.n, 0);
	give(&after, "m1", 3, 0, 9);
	assignment_sort(&after);
	assignment_shifts(&before, &after, see, &all);
	assert_int_equal(all.n, 10);
	assignment_clear(&after);
}

static void take_moves_the_content(void **state)
{
	struct assignment a, b;

	(void)state;
	assignment_init(&a);
	assignment_init(&b);
	give(&a, "old", 0, 0, 0);
	give(&b, "new", 0, 0, 1);
	b.generation = 4;
	assignment_take(&a, &b);
	assert_int_equal(a.generation, 4);
	assert_int_equal(a.n, 2);
	assert_int_equal(b.n, 0);
	assert_int_equal(b.generation, -1);
	assignment_clear(&a);
	assignment_clear(&b);
}

static void what_is_inserted_is_found(void **state)
{
	static const int32_t order[] = { 7, 3, 9, 0, 5 };
	struct assignment a;
	uint32_t owner;

	(void)state;
	assignment_init(&a);
	assert_null(assignment_find(&a, 1, 3));
	owner = owner_of(&a, "m1", NULL);
	for (size_t i = 0; i < 5; i++) {
		assert_true(assignment_insert(&a, 1, order[i], owner));
		assert_true(assignment_insert(&a, order[i] > 4 ? 0 : 2, order[i], owner));
	}
	assert_int_equal(a.n, 10);
	for (size_t i = 1; i < a.n; i++)
		assert_true(a.entry[i - 1].topic < a.entry[i].topic || a.entry[i - 1].partition < a.entry[i].partition);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(assignment_find(&a, 1, order[i])->partition, order[i]);
	assert_null(assignment_find(&a, 1, 4));
	assert_null(assignment_find(&a, 2, 9));
	assert_null(assignment_find(&a, 3, 0));
	assignment_clear(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_inserted_is_found),
		cmocka_unit_test(owners_are_kept_once),
		cmocka_unit_test(shifts_name_what_moved_went_and_came),
		cmocka_unit_test(the_owner_of_a_partition_is_found),
		cmocka_unit_test(an_empty_side_is_nobody),
		cmocka_unit_test(take_moves_the_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
