#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rule files, baselines and exit codes of regroup check: rulefile.py REGROUP

Every kind of mistake in a rule file is told with its line, its column and the nearest valid name. What a rule file sets
takes effect, for everybody or for whom it names. The JSON schema accepts what regroup accepts, and nothing else.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

import scenes_connection
import scenes_data
import scenes_group
from consumer import alone
from peer import Peer, Schemas
from schema import faults

# (file, what has to be said). The message names line and column of the mistake.
MISTAKES = [
	("rules:\n  W99: off\n", "2:3: unknown rule 'W99': did you mean 'W09'?"),
	("rules:\n  W1: off\n", "2:3: unknown rule 'W1': did you mean 'W01'?"),
	("rules:\n  W10: eror\n", "2:8: unknown severity 'eror': did you mean 'error'?"),
	("rules:\n  W10: {per_secnd: 3}\n", "2:9: unknown threshold 'per_secnd': did you mean 'per_second'?"),
	("rules:\n  W10: {per_second: many}\n", "2:21: per_second of W10: a number is expected"),
	("rules:\n  W10: {per_second: -1}\n", "2:21: per_second of W10: a number is expected"),
	("rules:\n  W13: {within: 3}\n", "2:17: within of W13: a duration with a unit is expected, such as 500ms, 3s or 5m"),
	("rules:\n  W13: {within: 3 weeks}\n", "2:17: within of W13: a duration"),
	("rules:\n  W34: {required: perhaps}\n", "2:19: required of W34: true or false is expected"),
	("rules:\n  W13: [3s]\n", "2:9: error, warning or off is expected"),
	("rules: off\n", "1:8: a map is expected here (name: value)"),
	("rules:\n", "1:1: a map is expected here"),
	("- W01\n", "1:3: a map is expected here"),
	("rulez:\n  W01: off\n", "1:1: unknown key 'rulez': did you mean 'rules'?"),
	("expect:\n  rebalance: {max: 1}\n", "2:3: unknown key 'rebalance': did you mean 'rebalances'?"),
	("expect:\n  rebalances: {maxx: 1}\n", "2:16: unknown key 'maxx': did you mean 'max'?"),
	("expect:\n  rebalances: 1\n", "2:15: a map is expected here"),
	("expect:\n  rebalances: {max: 1.5}\n", "2:21: max: a number is expected"),
	("expect:\n  downtime: {p95: fast}\n", "2:19: p95: a duration with a unit is expected"),
	("expect:\n  causes: {forbid: [R99]}\n", "2:21: unknown cause 'R99'"),
	("expect:\n  causes: {forbid: [R9, sesion timeout]}\n", "2:25: unknown cause 'sesion timeout': did you mean 'session timeout'?"),
	("expect:\n  causes: {forbid: {R9: yes}}\n", "2:21: a list is expected here"),
	("expect:\n  apis: {forbid: [LeavGroup]}\n", "2:19: unknown API 'LeavGroup': did you mean 'LeaveGroup'?"),
	("expect:\n  apis: {versions: {JoinGroup: new}}\n", "2:32: versions of JoinGroup"),
	("expect:\n  apis: {versions: {JoinGroup: \"9-5\"}}\n", "2:33: versions of JoinGroup"),
	("expect:\n  apis: {versions: {JonGroup: \"5\"}}\n", "2:21: unknown API 'JonGroup': did you mean 'JoinGroup'?"),
	("expect:\n  assignor: [range]\n", "2:14: assignor: a text is expected"),
	("scopes:\n  - group: a\n    rules: {W01: of}\n", "3:18: unknown severity 'of': did you mean 'off'?"),
	("scopes:\n  - rules: {W01: off}\n", "2:5: a scope needs group, client_id or address"),
	("scopes:\n  - address: 10.0.0.0/40\n", "2:14: '10.0.0.0/40' is no address and no network"),
	("scopes:\n  - adress: 10.0.0.1\n", "2:5: unknown key 'adress': did you mean 'address'?"),
	("scopes:\n  group: a\n", "2:3: a list is expected here"),
	("rules: {W01: off\n", "2:1: "),
	("rules:\n\tW01: off\n", "2:"),
	("rules:\n  W01: *nowhere\n", "2:"),
	("rules:\n  W01: off\n  W01: error\n", "3:3: "),
	("rules:\n  W01: off\n%YAML 1.2\n", "3:1: directives (%) are not for rule files"),
	("rules:\n  W01: \x01\n", "2:8: a control character"),
	("rules:\n  ? [a]\n  : off\n", "2:6: a name is expected here"),
]

GOOD = {
	"rules": {"all": "warning", "W13": {"severity": "error", "within": "3s"}, "W34": {"required": True}, "W41": "off"},
	"expect": {"rebalances": {"min": 0, "max": 2}, "causes": {"forbid": ["R9"], "allow": ["R1", "R2"]},
		   "downtime": {"p95": "1.5s", "max": "1m"}, "assignor": "range", "generations": {"max": 9},
		   "apis": {"forbid": ["DeleteGroups"], "versions": {"JoinGroup": ">=5", "SyncGroup": "3-5"}},
		   "commits": {"failed": 0}},
	"scopes": [{"group": "a*", "rules": {"W01": "off"}}, {"client_id": "x", "address": "fd00::/8",
							      "expect": {"rebalances": {"max": 1}}}],
}

# Paths into GOOD and what makes it bad there.
BAD = [
	(["rules", "W13", "within"], "soon"), (["rules", "W13", "inside"], "3s"), (["rules", "W77"], "off"),
	(["rules", "all"], "fatal"), (["expect", "rebalances", "max"], "two"), (["expect", "downtime", "p95"], "quick"),
	(["expect", "apis", "versions", "JoinGroup"], "new"), (["expect", "nothing"], 1), (["scopes"], {}),
]


class Bench:
	def __init__(self, regroup, folder):
		self.regroup, self.folder, self.schemas, self.found = regroup, folder, Schemas(regroup), []

	def path(self, name):
		return os.path.join(self.folder, name)

	def capture(self, function, *args):
		peer = Peer(self.schemas)
		function(peer, *args)
		peer.write(self.path("capture.pcap"))

	def run(self, *options):
		run = subprocess.run([self.regroup, "check", "-q", "-r", self.path("capture.pcap"), "--format", "json", *options],
				     capture_output=True, text=True, check=False)
		return run, [json.loads(line) for line in run.stdout.splitlines()]

	def rules(self, content):
		path = self.path("rules.yaml")
		with open(path, "w", encoding="utf-8") as file:
			file.write(content if isinstance(content, str) else json.dumps(content))
		return "--rules", path

	def need(self, what, ok, more=""):
		if not ok:
			self.found.append(f"{what}: {more}")


def mistakes(b):
	b.capture(alone)
	for content, wanted in MISTAKES:
		run, _ = b.run(*b.rules(content))
		said = run.stderr.replace(b.path("rules.yaml") + ":", "")
		b.need(repr(content), run.returncode == 2 and said.startswith(wanted) and not run.stdout,
		       f"exit code {run.returncode}, said: {run.stderr}")
	run, _ = b.run(*b.rules("rules:\n  W98: off\n  W10: loud\nexpect:\n  asignor: x\n"))
	b.need("all mistakes at once", len(run.stderr.splitlines()) == 3, run.stderr)
	run, _ = b.run("--rules", b.path("nowhere.yaml"))
	b.need("no such file", run.returncode == 2 and "No such file" in run.stderr, run.stderr)


def change(value, path, to):
	value = json.loads(json.dumps(value))
	inner = value
	for name in path[:-1]:
		inner = inner[name]
	inner[path[-1]] = to
	return value


def schema(b):
	text = subprocess.run([b.regroup, "rules", "--schema"], capture_output=True, text=True, check=True).stdout
	layout = json.loads(text)
	b.capture(alone)
	for content, good in [(GOOD, True)] + [(change(GOOD, path, to), False) for path, to in BAD]:
		run, _ = b.run(*b.rules(content))
		b.need(f"regroup about {content}", (run.returncode != 2) == good, run.stderr)
		b.need(f"the schema about {content}", (not faults(content, layout)) == good, faults(content, layout))


def verdict(lines, rule):
	return next(line["verdict"] for line in lines if line["type"] == "rule" and line["rule"] == rule)


def expectations(lines):
	return {line["name"]: line["verdict"] for line in lines if line["type"] == "expectation"}


def effects(b):
	b.capture(scenes_group.rejoins_late)
	for content, code, wanted in (
		("rules: {W13: off}", 0, "off"),
		("rules: {W13: warning}", 0, "fail"),
		("rules: {all: off, W13: error}", 1, "fail"),
		("rules: {W13: {within: 20s}}", 0, "pass"),
		("scopes: [{group: \"ord*\", rules: {W13: {within: 20s}}}]", 0, "pass"),
		("scopes: [{group: \"other\", rules: {W13: {within: 20s}}}]", 1, "fail"),
		("scopes: [{client_id: \"a?p\", rules: {W13: off}}]", 0, "not exercised"),
		("scopes: [{address: 10.0.0.0/24, rules: {W13: warning}}]", 0, "fail"),
		("scopes: [{address: 10.9.0.0/24, rules: {W13: warning}}]", 1, "fail"),
		("scopes: [{address: 10.0.0.1, rules: {W13: off}}, {group: orders, rules: {W13: error}}]", 1, "fail"),
	):
		run, lines = b.run(*b.rules(content))
		b.need(content, run.returncode == code and lines and verdict(lines, "W13") == wanted,
		       f"exit code {run.returncode}, {run.stderr or verdict(lines, 'W13')}")
	for content, code, wanted in (
		("expect: {rebalances: {max: 2}}", 1, {"rebalances.max": "pass"}),
		("expect: {rebalances: {max: 1}, generations: {min: 3}}", 1, {"rebalances.max": "fail", "generations.min": "fail"}),
		("expect: {assignor: range, commits: {failed: 0}}", 1, {"assignor": "pass", "commits.failed": "pass"}),
		("expect: {assignor: sticky}", 1, {"assignor": "fail"}),
		("expect: {causes: {require: [R1], forbid: [R9]}}", 1,
		 {"causes.require R1": "pass", "causes.forbid R9": "could not be shown"}),
		("expect: {causes: {allow: [R1]}}", 1, {"causes.allow": "could not be shown"}),
		("expect: {apis: {forbid: [leavegroup], versions: {JoinGroup: 9}}}", 1,
		 {"apis.forbid LeaveGroup": "pass", "apis.versions JoinGroup": "pass"}),
		("expect: {apis: {versions: {JoinGroup: \"<=8\"}}}", 1, {"apis.versions JoinGroup": "fail"}),
		("expect: {apis: {versions: {CreateTopics: \">=2\"}}}", 1, {"apis.versions CreateTopics": "could not be shown"}),
		("scopes: [{group: nobody, expect: {rebalances: {max: 1}}}]", 1, {"groups": "could not be shown"}),
	):
		run, lines = b.run(*b.rules(content))
		b.need(content, run.returncode == code and expectations(lines) == wanted, f"{run.returncode} {expectations(lines)}")


# Of a group that forms, is told to rebalance and does so; what holds and what does not: (holds, does not, name).
EXPECTATIONS = [
	("rebalances: {min: 2}", "rebalances: {min: 3}", "rebalances.min"),
	("rebalances: {max: 2}", "rebalances: {max: 1}", "rebalances.max"),
	("generations: {min: 2}", "generations: {min: 3}", "generations.min"),
	("generations: {max: 2}", "generations: {max: 1}", "generations.max"),
	("downtime: {p50: 1h}", "downtime: {p50: 1ms}", "downtime.p50"),
	("downtime: {p95: 1h}", "downtime: {p95: 1ms}", "downtime.p95"),
	("downtime: {p99: 1h}", "downtime: {p99: 1ms}", "downtime.p99"),
	("downtime: {max: 1h}", "downtime: {max: 1ms}", "downtime.max"),
	("assignor: range", "assignor: cooperative-sticky", "assignor"),
	("commits: {failed: 1}", "commits: {failed: 0}", "commits.failed"),
	("apis: {forbid: [LeaveGroup]}", "apis: {forbid: [JoinGroup]}", "apis.forbid LeaveGroup|JoinGroup"),
	('apis: {versions: {JoinGroup: ">=9"}}', 'apis: {versions: {JoinGroup: ">=10"}}', "apis.versions JoinGroup"),
	('apis: {versions: {JoinGroup: "<=9"}}', 'apis: {versions: {JoinGroup: "<=8"}}', "apis.versions JoinGroup"),
	('apis: {versions: {JoinGroup: "5-9"}}', 'apis: {versions: {JoinGroup: "5-8"}}', "apis.versions JoinGroup"),
	("apis: {versions: {JoinGroup: 9}}", "apis: {versions: {JoinGroup: 8}}", "apis.versions JoinGroup"),
]

# Of a group that only forms.
CAUSES = [
	("causes: {forbid: [R9]}", "causes: {forbid: [R1]}", "causes.forbid R9|R1"),
	("causes: {require: [R1]}", "causes: {require: [R9]}", "causes.require R1|R9"),
	("causes: {allow: [R1, R2]}", "causes: {allow: [R2]}", "causes.allow|causes.forbid R1"),
	("causes: {forbid: [member left]}", "causes: {forbid: [group formation]}", "causes.forbid R7|R1"),
]

PLACES = ("expect: {%s}", "scopes: [{group: ord*, expect: {%s}}]", "scopes: [{group: nobody, expect: {%s}}, {group: orders, expect: {%s}}]")


def judged(b, what, verdict, names):
	"""In its every place: for all, for a group, for a group beside another one that is not there."""
	for place in PLACES:
		content = place.replace("%s", what)
		run, lines = b.run(*b.rules("rules: {all: off}\n" + content))
		told = [line for line in lines if line["type"] == "expectation" and line["name"] in names]
		if "nobody" in content:  # what is expected of nobody cannot be shown
			told = [line for line in told if line["verdict"] != "could not be shown"]
		b.need(f"{content} {verdict}", [line["verdict"] for line in told] == [verdict],
		       run.stderr or [line["name"] + " " + line["verdict"] for line in lines if line["type"] == "expectation"])
		b.need(f"{content}: exit code", run.returncode == (1 if verdict == "fail" else 0) or "nobody" in content,
		       run.returncode)
		for line in told:
			b.need(f"{content}: words", line["expected"] and line["seen"] and (line["group"] or line["client_id"] or
			       verdict == "pass"), line)
			b.need(f"{content}: frames", verdict == "pass" or line["frames"] or ".min" in content or "min:" in content
			       or "require" in content, line)


def each_expectation(b):
	for scene, table in ((scenes_data.commits_of_old, EXPECTATIONS), (alone, CAUSES)):
		b.capture(scene)
		for holds, fails, name in table:
			kind, _, rest = name.rpartition(" ") if " " in name else ("", "", name)
			names = {f"{kind} {n}".strip() if not n.startswith("causes") else n for n in rest.split("|")}
			names |= set(name.split("|"))
			judged(b, holds, "pass", names)
			judged(b, fails, "fail", names)


def thresholds(b):
	"""Each threshold of a rule decides: (scene, its arguments, rule, settings, verdict without, verdict with)."""
	for scene, args, rule, settings, without, given in (
		(scenes_connection.retries, ((0.1,) * 6,), "W09", "{growing: true}", "pass", "fail"),
		(scenes_connection.retries, ((0.1, 0.2, 0.4, 0.8, 1, 1),), "W09", "{growing: true}", "pass", "pass"),
		(scenes_connection.retries, ((0.1,) * 6,), "W09", "{min_backoff: 500ms}", "pass", "fail"),
		(scenes_connection.in_a_loop, (), "W10", "{per_second: 1000}", "fail", "pass"),
		(scenes_group.rejoins_late, (), "W13", "{within: 1m}", "fail", "pass"),
		(scenes_group.takes_its_time, (), "W14", "{within: 5s}", "fail", "pass"),
		(scenes_group.tries_on, (81,), "W17", "{retries: 10}", "fail", "pass"),
		(scenes_group.tries_on, (81,), "W17", "{window: 1ms}", "fail", "not exercised"),
		(scenes_group.short_session, (), "W20", "{min_session: 1s}", "fail", "pass"),
		(scenes_group.usual, (), "W20", "{max_session: 7s}", "pass", "fail"),
		(scenes_group.lingers, (), "W21", "{close_timeout: 1m}", "fail", "pass"),
		(scenes_data.follows_up, (3,), "W29", "{followups: 5}", "fail", "pass"),
		(scenes_connection.does_not_wait, (), "W38", "{tolerance: 500ms}", "fail", "pass"),
	):
		b.capture(scene, *args)
		b.need(f"{rule} {scene.__name__}", verdict(b.run()[1], rule) == without, verdict(b.run()[1], rule))
		run, lines = b.run(*b.rules(f"rules: {{{rule}: {settings}}}"))
		b.need(f"{rule} {scene.__name__} {settings}", lines and verdict(lines, rule) == given, run.stderr)


def codes(b):
	b.capture(alone)
	b.need("passed", b.run()[0].returncode == 0)
	b.need("strict", b.run("--strict")[0].returncode == 1)
	b.need("cannot be shown", b.run(*b.rules("scopes: [{group: x, expect: {rebalances: {max: 1}}}]"))[0].returncode == 3)
	b.need("cannot be shown, strict",
	       b.run("--strict", *b.rules("rules: {all: off, W07: error}\nscopes: [{group: x, expect: {rebalances: {max: 1}}}]"))
	       [0].returncode == 1)
	b.need("strict, all exercised", b.run("--strict", *b.rules("rules: {all: off, W07: error}"))[0].returncode == 0)
	b.capture(scenes_connection.nobody)
	b.need("nothing there", b.run()[0].returncode == 3)
	b.need("no capture", b.run("-r", b.path("none.pcap"))[0].returncode == 2)
	b.need("baseline without a file", b.run("--update-baseline")[0].returncode == 2)
	b.need("odd output", b.run("--output", "html:x")[0].returncode == 2)


def baseline(b):
	path = b.path("known")
	b.capture(scenes_group.rejoins_late)
	b.need("no baseline yet", b.run("--baseline", path)[0].returncode == 2)
	b.need("fails", b.run()[0].returncode == 1)
	b.need("made", b.run("--baseline", path, "--update-baseline")[0].returncode == 0)
	run, lines = b.run("--baseline", path)
	b.need("accepted", run.returncode == 0 and any(line.get("baseline") is True for line in lines))
	b.capture(scenes_group.never_rejoins)
	b.need("another failure is new", b.run("--baseline", path)[0].returncode == 1)
	b.capture(scenes_group.other_generation)
	b.need("another rule is new", b.run("--baseline", path)[0].returncode == 1)
	with open(path, "a", encoding="utf-8") as file:
		file.write("nonsense\n")
	run = b.run("--baseline", path)[0]
	b.need("damaged", run.returncode == 2 and re.search(r"known:\d+: not a line of a baseline", run.stderr), run.stderr)


def main():
	with tempfile.TemporaryDirectory() as folder:
		b = Bench(os.path.abspath(sys.argv[1]), folder)
		for part in (mistakes, schema, effects, each_expectation, thresholds, codes, baseline):
			part(b)
	print("\n".join(b.found + [f"{len(MISTAKES)} mistakes, {len(b.found)} faults"]))
	return 1 if b.found else 0


if __name__ == "__main__":
	sys.exit(main())
