/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <limits.h>

#define MEMBER(m) .at = offsetof(struct options, m), .size = sizeof(((struct options *)NULL)->m)

#define BARE (1 << OPTIONS_NO_COMMAND)
#define LOG (1 << OPTIONS_LOG)
#define DECODE (1 << OPTIONS_DECODE)
#define APIS (1 << OPTIONS_APIS)
#define DOCTOR (1 << OPTIONS_DOCTOR)
#define WHY (1 << OPTIONS_WHY)
#define EXPLAIN (1 << OPTIONS_EXPLAIN)
#define TUI (1 << OPTIONS_TUI)
#define CHECK (1 << OPTIONS_CHECK)
#define RULES (1 << OPTIONS_RULES)
#define DIFF (1 << OPTIONS_DIFF)
#define PRINTING (LOG | DECODE | WHY | CHECK)
#define CAPTURING (PRINTING | TUI | BARE)
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
		.usage = "regroup [COMMAND] [options] [capture filter]",
		.summary = "watches Kafka consumer groups from the wire",
	},
	[OPTIONS_LOG] = {
		.name = "log",
		.usage = "regroup log (-r FILE | -i INTERFACE) [options] [capture filter]",
		.summary = "what happened in consumer groups: rebalances, their causes, gaps",
		.more = "Follows the consumer groups in a capture and prints one entry for each rebalance, with its "
			"phases, its members, what moved and what set it off, and one line for every other event.",
	},
	[OPTIONS_WHY] = {
		.name = "why",
		.usage = "regroup why (-r FILE | -i INTERFACE) [options] [capture filter]",
		.summary = "the verdict on each group: why it rebalances, and what to change",
		.more = "One page for each consumer group in a capture: how often it rebalanced and how long it was not "
			"stable, the causes in the order of their weight with the members behind them, who was slow, "
			"storms with the configuration that would end them, commits that failed, and what the capture "
			"could not show. A live capture is judged when it ends.",
	},
	[OPTIONS_TUI] = {
		.name = "tui",
		.usage = "regroup [tui] (-r FILE | -i INTERFACE) [options] [capture filter]",
		.summary = "the groups on a screen, live: timelines, rebalances, messages",
		.more = "Shows the consumer groups as they are and as they were: a list of groups, each group's members "
			"over time, its rebalances, the messages between members and coordinator, and the verdict. "
			"Arrows and Enter lead from a group to the cause; F1 shows all keys. Keys of your own are read "
			"from ~/.config/regroup/keys. It is what regroup does when no command is given.",
	},
	[OPTIONS_EXPLAIN] = {
		.name = "explain",
		.usage = "regroup explain [CAUSE | STORM | EVENT | ERROR | RULE]",
		.summary = "what a cause, a storm, an event, an error or a rule means",
		.more = "Takes the id of a cause (R9), its name (session timeout), or a class of storms (rolling "
			"restart), of an event (commit-failed, producer fenced), an error by name or code "
			"(FENCED_MEMBER_EPOCH, 110), or the id of a rule of regroup check (W13), and tells what it means, how it shows on the wire, what else looks like it, and "
			"what to change. Without one, all are listed.",
	},
	[OPTIONS_DECODE] = {
		.name = "decode",
		.usage = "regroup decode (-r FILE | -i INTERFACE) [options] [capture filter]",
		.summary = "every Kafka message, one a line",
		.more = "Prints every Kafka request and response in the order it was seen. Record payloads are never "
			"shown.",
	},
	[OPTIONS_APIS] = {
		.name = "apis",
		.usage = "regroup apis [API [VERSION]]",
		.summary = "the Kafka messages that regroup knows, and their fields",
		.more = "Without an API all of them are listed: key, name, versions, first flexible version, header "
			"versions, and whether the API is about groups. With one, by name or key, the fields of its "
			"request and response: type, versions that have the field, versions where it may be null, "
			"tag, and default.",
	},
	[OPTIONS_CHECK] = {
		.name = "check",
		.usage = "regroup check (-r FILE | -i INTERFACE) [options] [-- COMMAND ARGS]",
		.summary = "judges clients and scenarios by 42 rules and a rule file",
		.more = "Each rule passes, fails, or was not exercised, for each client and each group; it never passes "
			"unless what it is about has happened. A failure is told with its frames, what was expected and "
			"what was seen. With a command behind --, packets are captured while it runs and judged when it "
			"has ended. What the capture lost is never held against a client. The exit code is 0 when all "
			"passed, 1 when something failed (or the command did), 3 when nothing was exercised or the capture "
			"could not show what is expected.",
	},
	[OPTIONS_RULES] = {
		.name = "rules",
		.usage = "regroup rules [options]",
		.summary = "the rules of regroup check",
		.more = "One line for each rule, with the severity that it has unless a rule file says otherwise. "
			"regroup explain W13 tells more of one.",
	},
	[OPTIONS_DIFF] = {
		.name = "diff",
		.usage = "regroup diff FILE FILE [options]",
		.summary = "two captures side by side: what a client does differently",
		.more = "For two captures of the same scenario with two versions of a client: the APIs and versions that "
			"are used, the order of the handshake, how fast things are answered and repeated, what the groups "
			"did, and which rules of regroup check are passed or failed. The exit code is 0 when both behave "
			"alike, 1 when they differ.",
	},
	[OPTIONS_DOCTOR] = {
		.name = "doctor",
		.usage = "regroup doctor [--format FORMAT]",
		.summary = "what this kernel and this user can capture, and what to grant",
		.more = "Tries all that a live capture can make use of: packet sockets, eBPF programs, whose connections "
			"are, TLS plaintext; and says how to get the rights that are missing. Nothing is changed.",
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
		.section = SECTION_INPUT, .commands = CAPTURING,
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
		.more = "In bytes, or with k, M or G. What has to be given up to stay within it is counted and said. The "
			"terminal UI remembers as much again of what it shows, 256 MiB without this option.",
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
		.more = "Without this option 65536 (64 MiB), and 16384 for the ring of the eBPF program, whose size is rounded up to "
			"a power of two.",
	},
	{
		.name = "no-promiscuous-mode", .letter = 'p', .kind = KIND_FLAG, MEMBER(no_promisc),
		.section = SECTION_INPUT, .commands = CAPTURING,
		.help = "live: only what this host receives anyway",
	},
	{
		.name = "ebpf", .arg = "MODE", .bare = "filter", .choices = "auto|filter|ring|off", .kind = KIND_CHOICE,
		MEMBER(ebpf), .section = SECTION_INPUT, .commands = CAPTURING,
		.help = "live: cut bulk data off in the kernel",
		.more = "An eBPF program follows the frames of each connection and lets only the heads of Produce "
			"requests and Fetch answers through, and all of every other message. By default (auto) it is used "
			"where it can be loaded, else packets are copied whole, and one line says why. filter insists "
			"on it. ring hands over nothing but those parts, through a ring buffer, for the busiest "
			"brokers. off copies all packets whole. What is cut is missing from files written with -w, too; "
			"their header says so.",
	},
	{
		.name = "tls", .arg = "PID", .bare = "auto", .kind = KIND_TEXT, MEMBER(tls), .section = SECTION_INPUT,
		.commands = CAPTURING,
		.help = "live: TLS plaintext of local processes, by eBPF",
		.more = "In place of an interface: what a process on this host gives to and takes from OpenSSL's libssl "
			"(SSL_write, SSL_read and their _ex forms) is read before it is encrypted and after it was decrypted, "
			"and analysed as if it had been captured. Without a PID, or with auto, all processes that use "
			"a libssl. Not covered: Java's own TLS (JSSE, which Kafka's brokers and Java clients use), Go, "
			"OpenSSL that is linked statically, and programs that let OpenSSL write to memory.",
	},
	{
		.name = "pid", .arg = "PID", .kind = KIND_NUMBER, MEMBER(pid), .min = 1, .max = INT_MAX,
		.section = SECTION_INPUT, .commands = CAPTURING,
		.help = "live: only connections of this local process",
		.more = "Of either end. Whose connections are is found out with eBPF, for existing connections, too, "
			"and in containers; without the right to that, from /proc, as far as its files may be read.",
	},
	{
		.name = "comm", .arg = "NAME", .kind = KIND_TEXT, MEMBER(comm), .section = SECTION_INPUT,
		.commands = CAPTURING,
		.help = "live: only of local processes of this name",
		.more = "The command's name as ps(1) has it, cut to 15 bytes; * and ? are wild.",
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
		.name = "save", .arg = "WHAT", .choices = "all|groups", .kind = KIND_CHOICE, MEMBER(save),
		.section = SECTION_SAVE, .commands = CAPTURING,
		.help = "with -w: all packets, or groups' connections",
		.more = "groups: the connections that speak of consumer groups, from their beginning where the capture has "
			"it. Costs next to nothing beside bulk traffic. What is read off Fetch requests, such as the "
			"time that members were without partitions, is not in such a file. Packets are written up "
			"to two seconds of capture time late.",
	},
	{
		.name = "group", .arg = "GLOB", .kind = KIND_TEXT, MEMBER(group), .section = SECTION_SELECT,
		.commands = LOG | WHY,
		.help = "only groups that match: * and ? are wild",
	},
	{
		.name = "group", .arg = "GLOB", .kind = KIND_TEXT, MEMBER(group), .section = SECTION_SELECT,
		.commands = DIFF,
		.help = "only groups that match: * and ? are wild",
	},
	{
		.name = "client", .arg = "GLOB[,GLOB]", .kind = KIND_TEXT, MEMBER(diff_client), .section = SECTION_SELECT,
		.commands = DIFF,
		.help = "only clients whose id or software matches",
		.more = "After a comma: those of the second capture, which may be the same one: 'kgo*,sarama*' sets two libraries "
			"side by side.",
	},
	{
		.name = "type", .arg = "TYPE[,TYPE]", .kind = KIND_TYPES, .section = SECTION_SELECT, .commands = LOG,
		.help = "only events of these types",
	},
	{
		.name = "since", .arg = "TIME", .kind = KIND_TIME, MEMBER(since), .section = SECTION_SELECT,
		.commands = LOG,
		.help = "only what happened at TIME or later",
		.more = "The time of the capture, in UTC: 10:56:07.5 of its day, 2026-11-21T10:56:07Z, or +90s (m, h) "
			"from the first packet. What was still under way then is shown. The whole capture is "
			"analysed, whatever is shown.",
	},
	{
		.name = "until", .arg = "TIME", .kind = KIND_TIME, MEMBER(until), .section = SECTION_SELECT,
		.commands = LOG,
		.help = "only what began at TIME or earlier",
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
		.help = "only failing responses, and what was asked",
	},
	{
		.name = "connection", .arg = "N", .kind = KIND_NUMBER, MEMBER(connection), .min = 1, .max = UINT64_MAX,
		.section = SECTION_SELECT, .commands = DECODE,
		.help = "only the connection of this number",
	},
	{
		.name = "rules", .arg = "FILE", .kind = KIND_TEXT, MEMBER(rules), .complete = COMPLETE_FILE,
		.section = SECTION_SELECT, .commands = CHECK,
		.help = "severities, thresholds and expectations (YAML)",
		.more = "regroup-rules(5) and --help-rules tell what may stand in it.",
	},
	{
		.name = "baseline", .arg = "FILE", .kind = KIND_TEXT, MEMBER(baseline), .complete = COMPLETE_FILE,
		.section = SECTION_SELECT, .commands = CHECK,
		.help = "accept the failures that FILE lists",
		.more = "A failure is recognised by its rule, client id, group and words, not by times and numbers.",
	},
	{
		.name = "update-baseline", .kind = KIND_FLAG, MEMBER(update_baseline), .section = SECTION_SELECT,
		.commands = CHECK,
		.help = "write today's failures to --baseline",
	},
	{
		.name = "complete", .kind = KIND_FLAG, MEMBER(complete), .section = SECTION_SELECT, .commands = CHECK,
		.help = "the capture has every connection of the clients",
		.more = "Failures that a message on another connection would have averted are told without further signs "
			"of its absence. With -- COMMAND it is so: the capture is ready before the command starts.",
	},
	{
		.name = "strict", .kind = KIND_FLAG, MEMBER(strict), .section = SECTION_SELECT, .commands = CHECK,
		.help = "what was not exercised is a failure",
	},
	{
		.name = "help-rules", .kind = KIND_FLAG, MEMBER(help_rules), .section = SECTION_SELECT,
		.commands = CHECK | RULES,
		.help = "print what a rule file may say, and exit",
	},
	{
		.name = "schema", .kind = KIND_FLAG, MEMBER(rules_schema), .section = SECTION_SELECT, .commands = RULES,
		.help = "print the JSON schema of rule files",
	},
	{
		.name = "format", .arg = "FORMAT", .choices = "text|json|junit|tap|sarif|github", .kind = KIND_CHOICE,
		MEMBER(check_format), .section = SECTION_OUTPUT, .commands = CHECK,
		.help = "text, json, junit, tap, sarif or github",
	},
	{
		.name = "output", .arg = "FORMAT:FILE", .kind = KIND_OUTPUTS, .section = SECTION_OUTPUT, .commands = CHECK,
		.help = "also write FILE in this format (repeatable)",
	},
	{
		.name = "format", .arg = "FORMAT", .choices = "text|json", .kind = KIND_CHOICE, MEMBER(format),
		.section = SECTION_OUTPUT, .commands = LOG | DECODE | WHY | APIS | EXPLAIN | RULES | DIFF | DOCTOR,
		.help = "text or json (one object a line)",
	},
	{
		.name = "collapse", .kind = KIND_FLAG, MEMBER(collapse), .section = SECTION_OUTPUT, .commands = LOG,
		.help = "sum up what a group repeats in one line",
		.more = "What repeats is the same causes by the same members in the same order: the first two times are "
			"shown in full, then how many more there were, how often and until when; gaps and unreadable "
			"connections in a row are one line as well. Text does this by itself unless the capture is live "
			"or -v is given; live, how far a loop is is said every minute. JSON is never summed up.",
	},
	{
		.name = "no-collapse", .kind = KIND_FLAG, MEMBER(no_collapse), .section = SECTION_OUTPUT,
		.commands = LOG,
		.help = "show every repetition in full",
	},
	{
		.name = "color", .arg = "WHEN", .choices = "auto|always|never", .kind = KIND_CHOICE, MEMBER(color),
		.section = SECTION_OUTPUT, .commands = CAPTURING | APIS | EXPLAIN | RULES | DIFF,
		.help = "auto, always or never",
		.more = "By default text is coloured on a terminal, unless NO_COLOR is set.",
	},
	{
		.name = "verbose", .letter = 'v', .kind = KIND_REPEAT, MEMBER(verbose), .section = SECTION_OUTPUT,
		.commands = PRINTING | DIFF,
		.help = "say more (repeatable)",
	},
	{
		.name = "quiet", .letter = 'q', .kind = KIND_FLAG, MEMBER(quiet), .section = SECTION_OUTPUT,
		.commands = CAPTURING | DIFF,
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
