/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <limits.h>

#define MEMBER(m) .at = offsetof(struct options, m), .size = sizeof(((struct options *)NULL)->m)

#define BARE (1 << OPTIONS_NO_COMMAND)
#define LOG (1 << OPTIONS_LOG)
#define DECODE (1 << OPTIONS_DECODE)
#define CAPTURING (LOG | DECODE)
#define EVERYWHERE ((1 << OPTIONS_COMMANDS) - 1)

const char *const table_sections[SECTIONS] = {
	[SECTION_INPUT] = "Where packets come from",
	[SECTION_SAVE] = "Saving packets",
	[SECTION_SELECT] = "What to show",
	[SECTION_OUTPUT] = "How to show it",
};

const struct table_command table_commands[OPTIONS_COMMANDS] = {
	[OPTIONS_NO_COMMAND] = {
		.name = NULL,
		.usage = "regroup COMMAND [options] [capture filter]",
		.summary = "watches Kafka consumer groups from the wire",
	},
	[OPTIONS_LOG] = {
		.name = "log",
		.usage = "regroup log (-r FILE | -i INTERFACE) [options] [capture filter]",
		.summary = "what happened in consumer groups: rebalances, their causes, gaps",
		.more = "Follows the consumer groups in a capture and prints one entry for each rebalance, with its "
			"phases, its members, what moved and what set it off, and one line for every other event.",
	},
	[OPTIONS_DECODE] = {
		.name = "decode",
		.usage = "regroup decode (-r FILE | -i INTERFACE) [options] [capture filter]",
		.summary = "every Kafka message, one a line",
		.more = "Prints every Kafka request and response in the order it was seen. Record payloads are never "
			"shown.",
	},
	[OPTIONS_HELP] = {
		.name = "help",
		.usage = "regroup help [COMMAND]",
		.summary = "help, also on one command",
		.more = "The same as --help.",
	},
	[OPTIONS_VERSION] = {
		.name = "version",
		.usage = "regroup version",
		.summary = "version and libraries",
		.more = "The same as --version.",
	},
};

const struct table_option table_options[] = {
	{
		.name = "read", .letter = 'r', .arg = "FILE", .kind = KIND_FILES, .complete = COMPLETE_FILE,
		.section = SECTION_INPUT, .commands = CAPTURING,
		.help = "read a capture file, - is standard input",
		.more = "pcap and pcapng are read, also compressed with gzip, zstd, xz or lz4. May be given several "
			"times: the files are merged by time.",
	},
	{
		.name = "interface", .letter = 'i', .arg = "INTERFACE", .kind = KIND_TEXT, MEMBER(interface),
		.complete = COMPLETE_INTERFACE, .section = SECTION_INPUT, .commands = CAPTURING,
		.help = "capture live, \"any\" for all interfaces",
	},
	{
		.name = "list-interfaces", .letter = 'D', .kind = KIND_FLAG, MEMBER(list_interfaces),
		.section = SECTION_INPUT, .commands = BARE | CAPTURING,
		.help = "list the interfaces and exit",
	},
	{
		.name = "count", .letter = 'c', .arg = "N", .kind = KIND_NUMBER, MEMBER(count), .min = 1,
		.max = UINT64_MAX, .section = SECTION_INPUT, .commands = CAPTURING,
		.help = "stop after N packets",
		.more = "Packets that the capture filter refuses are not counted.",
	},
	{
		.name = "port", .arg = "N[,N]", .kind = KIND_PORTS, .section = SECTION_INPUT, .commands = CAPTURING,
		.help = "only connections from or to these ports",
		.more = "Kafka is recognised by what it says, on any port, so that this is only needed to narrow the "
			"view. It looks behind tunnels and into fragments, which a capture filter does not.",
	},
	{
		.name = "memory", .arg = "SIZE", .kind = KIND_SIZE, MEMBER(memory), .unit = 1, .min = 1 << 20,
		.max = UINT64_MAX / 2, .section = SECTION_INPUT, .commands = CAPTURING,
		.help = "budget for connections and unfinished messages",
		.more = "In bytes, or with k, M or G. What has to be given up to stay within it is counted and said.",
	},
	{
		.name = "snapshot-length", .letter = 's', .arg = "N", .kind = KIND_SIZE, MEMBER(snaplen), .unit = 1,
		.max = INT_MAX, .section = SECTION_INPUT, .commands = CAPTURING,
		.help = "live: bytes to keep of each packet, 0 for all",
	},
	{
		.name = "buffer-size", .letter = 'B', .arg = "KIB", .kind = KIND_NUMBER, MEMBER(buffer_kib), .min = 1,
		.max = INT_MAX / 1024, .section = SECTION_INPUT, .commands = CAPTURING,
		.help = "live: kernel buffer in KiB",
	},
	{
		.name = "no-promiscuous-mode", .letter = 'p', .kind = KIND_FLAG, MEMBER(no_promisc),
		.section = SECTION_INPUT, .commands = CAPTURING,
		.help = "live: only what this host receives anyway",
	},
	{
		.name = "relinquish-privileges", .letter = 'Z', .arg = "USER", .kind = KIND_TEXT, MEMBER(user),
		.complete = COMPLETE_USER, .section = SECTION_INPUT, .commands = CAPTURING,
		.help = "live: become USER once the capture is open",
		.more = "Files written with -w then belong to that user.",
	},
	{
		.name = "no-names", .letter = 'n', .kind = KIND_NOTHING, .section = SECTION_INPUT, .commands = CAPTURING,
		.help = "accepted: names are never looked up",
	},
	{
		.name = "write", .letter = 'w', .arg = "FILE", .kind = KIND_TEXT, MEMBER(save_file),
		.complete = COMPLETE_FILE, .section = SECTION_SAVE, .commands = CAPTURING,
		.help = "save packets as pcapng, - is standard output",
		.more = "All of them that the capture filter lets through, whatever --port says. With -G the name is a "
			"pattern of strftime(3), in UTC. With - what the command prints goes to standard error.",
	},
	{
		.name = "file-size", .letter = 'C', .arg = "MB", .kind = KIND_SIZE, MEMBER(save_bytes), .unit = 1000000,
		.min = 1, .max = UINT64_MAX / 2, .section = SECTION_SAVE, .commands = CAPTURING,
		.help = "begin a new file after this many million bytes",
		.more = "With k, M or G it is a size in bytes.",
	},
	{
		.name = "rotate-seconds", .letter = 'G', .arg = "SECONDS", .kind = KIND_NUMBER, MEMBER(save_seconds),
		.min = 1, .max = UINT32_MAX, .section = SECTION_SAVE, .commands = CAPTURING,
		.help = "begin a new file after this much time",
	},
	{
		.name = "file-count", .letter = 'W', .arg = "COUNT", .kind = KIND_NUMBER, MEMBER(save_files), .min = 1,
		.max = UINT32_MAX, .section = SECTION_SAVE, .commands = CAPTURING,
		.help = "with -C or -G: keep this many files",
	},
	{
		.name = "packet-buffered", .letter = 'U', .kind = KIND_FLAG, MEMBER(save_flush), .section = SECTION_SAVE,
		.commands = CAPTURING,
		.help = "write each packet at once",
	},
	{
		.name = "group", .arg = "GLOB", .kind = KIND_TEXT, MEMBER(group), .section = SECTION_SELECT,
		.commands = LOG,
		.help = "only groups that match: * and ? are wild",
	},
	{
		.name = "type", .arg = "TYPE[,TYPE]", .kind = KIND_TYPES, .section = SECTION_SELECT, .commands = LOG,
		.help = "only events of these types",
	},
	{
		.name = "api", .arg = "API[,API]", .kind = KIND_APIS, .section = SECTION_SELECT, .commands = DECODE,
		.help = "only these APIs, by name or key",
	},
	{
		.name = "group", .arg = "NAME", .kind = KIND_TEXT, MEMBER(group), .section = SECTION_SELECT,
		.commands = DECODE,
		.help = "only messages of this consumer group",
	},
	{
		.name = "client-id", .arg = "NAME", .kind = KIND_TEXT, MEMBER(client_id), .section = SECTION_SELECT,
		.commands = DECODE,
		.help = "only messages of this client",
	},
	{
		.name = "errors", .kind = KIND_FLAG, MEMBER(errors), .section = SECTION_SELECT, .commands = DECODE,
		.help = "only responses that carry an error",
	},
	{
		.name = "connection", .arg = "N", .kind = KIND_NUMBER, MEMBER(connection), .min = 1, .max = UINT64_MAX,
		.section = SECTION_SELECT, .commands = DECODE,
		.help = "only the connection of this number",
	},
	{
		.name = "format", .arg = "FORMAT", .choices = "text|json", .kind = KIND_CHOICE, MEMBER(format),
		.section = SECTION_OUTPUT, .commands = CAPTURING,
		.help = "text or json (one object a line)",
	},
	{
		.name = "color", .arg = "WHEN", .choices = "auto|always|never", .kind = KIND_CHOICE, MEMBER(color),
		.section = SECTION_OUTPUT, .commands = CAPTURING,
		.help = "auto, always or never",
		.more = "By default text is coloured on a terminal, unless NO_COLOR is set.",
	},
	{
		.name = "verbose", .letter = 'v', .kind = KIND_REPEAT, MEMBER(verbose), .section = SECTION_OUTPUT,
		.commands = CAPTURING,
		.help = "say more (repeatable)",
	},
	{
		.name = "quiet", .letter = 'q', .kind = KIND_FLAG, MEMBER(quiet), .section = SECTION_OUTPUT,
		.commands = CAPTURING,
		.help = "no progress and no warnings on standard error",
	},
	{
		.name = "help", .letter = 'h', .kind = KIND_FLAG, MEMBER(help), .section = SECTION_OUTPUT,
		.commands = EVERYWHERE,
		.help = "print this help and exit",
	},
	{
		.name = "version", .letter = 'V', .kind = KIND_FLAG, MEMBER(version), .section = SECTION_OUTPUT,
		.commands = EVERYWHERE,
		.help = "print the version and the libraries and exit",
	},
};

const size_t table_n_options = sizeof(table_options) / sizeof(table_options[0]);
