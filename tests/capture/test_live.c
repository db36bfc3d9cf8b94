/* SPDX-License-Identifier: Apache-2.0
 *
 * A live capture on the loopback interface; needs the right to capture, and says so where it is missing.
 */
#include "support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PORT 39092

/* NULL, told, when this user may not capture. */
static struct capture *open_live(struct cap_options *o)
{
	char err[512] = "";
	struct capture *c = cap_open(o, err, sizeof(err));

	if (!c)
		print_message("SKIPPED, no live capture here: %s\n", err);
	if (!c && geteuid() == 0 && !strstr(err, "no such interface") && !strstr(err, "permission"))
		fail_msg("root cannot capture: %s", err);
	return c;
}

/* "datagram 7", with zeros up to `size`. */
static void send_datagrams(unsigned int n, size_t size)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(s >= 0);
	for (unsigned int i = 0; i < n; i++) {
		char text[1400] = "";

		snprintf(text, sizeof(text), "datagram %u", i);
		assert_int_equal(sendto(s, text, size, 0, (struct sockaddr *)&to, sizeof(to)), (ssize_t)size);
	}
	close(s);
}

static void datagrams_on_loopback(void **state)
{
	struct cap_options o = { .interface = "lo", .filter = "udp dst port 39092", .wait_ms = 50 };
	struct capture *c = open_live(&o);
	struct cap_packet out[4];
	unsigned int seen = 0, idle = 0;
	struct cap_stats stats;
	uint16_t link;
	size_t n;

	(void)state;
	if (!c)
		return;
	assert_true(cap_is_live(c));
	assert_int_equal(cap_link_types(c, &link, 1), 1);
	assert_int_equal(link, 1);
	assert_int_equal(cap_read(c, out, 4, &n), CAP_IDLE);
	send_datagrams(10, 20);
	while (seen < 10 && idle < 40) {
		enum cap_status status = cap_read(c, out, 4, &n);

		assert_true(status == CAP_PACKETS || status == CAP_IDLE);
		idle += status == CAP_IDLE;
		for (size_t i = 0; i < n; i++, seen++) {
			char text[20] = "";

			snprintf(text, sizeof(text), "datagram %u", seen);
			assert_int_equal(out[i].frame, seen + 1);
			assert_int_equal(out[i].caplen, 42 + sizeof(text));
			assert_memory_equal(out[i].data + 42, text, sizeof(text));
			assert_in_range(out[i].ts / 1000000000, time(NULL) - 60, time(NULL) + 60);
		}
	}
	assert_int_equal(seen, 10);
	cap_get_stats(c, &stats);
	assert_int_equal(stats.packets, 10);
	assert_int_equal(stats.kernel_dropped, 0);
	cap_stop(c);
	assert_int_equal(cap_read(c, out, 4, &n), CAP_END);
	cap_free(c);
}

/* More than the arena holds at once: nothing is lost between two reads. */
static void many_datagrams(void **state)
{
	struct cap_options o = { .interface = "lo", .filter = "udp dst port 39092", .max_packets = 3000 };
	struct capture *c = open_live(&o);
	static struct cap_packet out[4096];
	unsigned int seen = 0, idle = 0;
	enum cap_status status;
	size_t n;

	(void)state;
	if (!c)
		return;
	send_datagrams(3100, 1400);
	while ((status = cap_read(c, out, 4096, &n)) != CAP_END && idle < 40) {
		idle += status == CAP_IDLE;
		for (size_t i = 0; i < n; i++) {
			char text[1400] = "";

			snprintf(text, sizeof(text), "datagram %u", seen);
			assert_int_equal(out[i].frame, ++seen);
			assert_int_equal(out[i].caplen, 42 + sizeof(text));
			assert_memory_equal(out[i].data + 42, text, sizeof(text));
		}
	}
	assert_int_equal(seen, 3000);
	cap_free(c);
}

static void unknown_interface(void **state)
{
	struct cap_options o = { .interface = "nothere0" };
	char err[512];

	(void)state;
	assert_null(cap_open(&o, err, sizeof(err)));
	if (geteuid() == 0)
		assert_string_equal(err, "nothere0: no such interface; `regroup -D` lists them");
	else
		assert_non_null(strstr(err, "nothere0: "));
}

static void bad_filter(void **state)
{
	struct cap_options o = { .interface = "lo", .filter = "((" };
	char err[512] = "";

	(void)state;
	assert_null(cap_open(&o, err, sizeof(err)));
	if (!strstr(err, "permission"))
		assert_non_null(strstr(err, "filter '((': "));
}

/* Runs `body` in a child as root; its exit code. */
static int in_child(int (*body)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(body());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int capture_as_nobody(void)
{
	struct cap_options o = { .interface = "lo", .user = "nobody" };
	char err[512];
	struct capture *c = cap_open(&o, err, sizeof(err));
	struct cap_packet out[64];
	size_t n;

	if (!c)
		return 1;
	if (geteuid() == 0 || getuid() == 0 || getegid() == 0 || setuid(0) == 0)
		return 2;
	return cap_read(c, out, 64, &n) == CAP_FAILED ? 3 : 0;
}

static int no_right(void)
{
	struct cap_options o = { .interface = "lo" };
	char err[512] = "";

	if (setgid(65534) != 0 || setuid(65534) != 0)
		return 1;
	if (cap_open(&o, err, sizeof(err)))
		return 2;
	return strstr(err, "lo: you don't have permission to capture: run as root, or once `setcap ") ? 0 : 3;
}

static int no_such_user(void)
{
	struct cap_options o = { .interface = "lo", .user = "no-such-user-here" };
	char err[512] = "";

	return !cap_open(&o, err, sizeof(err)) && strcmp(err, "user no-such-user-here: no such user") == 0 ? 0 : 1;
}

static void privileges(void **state)
{
	struct cap_options o = { .interface = "lo" };
	struct capture *c;

	(void)state;
	if (geteuid() != 0) {
		print_message("SKIPPED, not root: rights cannot be given up\n");
		return;
	}
	assert_int_equal(in_child(no_right), 0);
	c = open_live(&o);
	if (!c)
		return;
	cap_free(c);
	assert_int_equal(in_child(capture_as_nobody), 0);
	assert_int_equal(in_child(no_such_user), 0);
}

static void find_loopback(void *ctx, const char *line)
{
	if (strstr(line, ".lo [") && strstr(line, "Loopback]"))
		*(bool *)ctx = true;
}

static void list_of_interfaces(void **state)
{
	bool found = false;
	char err[512];

	(void)state;
	assert_int_equal(cap_list_interfaces(find_loopback, &found, err, sizeof(err)), 0);
	if (!found)
		print_message("no loopback interface in the list\n");
	assert_true(found || geteuid() != 0);
	assert_non_null(strstr(cap_libpcap_version(), "libpcap version"));
	assert_non_null(strstr(cap_libarchive_version(), "libarchive "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datagrams_on_loopback),
		cmocka_unit_test(many_datagrams),
		cmocka_unit_test(unknown_interface),
		cmocka_unit_test(bad_filter),
		cmocka_unit_test(privileges),
		cmocka_unit_test(list_of_interfaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
