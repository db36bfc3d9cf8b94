#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""regroup diff tells what a client does otherwise in a second capture, and nothing when it does the same: diff.py REGROUP"""

import json
import os
import subprocess
import sys
import tempfile

import scenes_data
import scenes_group
from consumer import Consumer, alone
from peer import Peer, Schemas


def slow(peer):
	"""The same as `steady`, with heartbeats that are further apart."""
	alone(peer).beats(6, every=9)


def other_software(peer):
	app = Consumer(peer)
	app.co = peer.connect("app", software=("scripted", "2.0"))
	app.start()
	app.beats(6)


def cooperative(peer):
	alone(peer, assignors=("cooperative-sticky",)).beats(6)


# (first, second, what has to be told as changed: (section, name, before, after))
CASES = [
	(scenes_group.steady, scenes_group.steady, []),
	(scenes_group.steady, slow, [("rules", "W11", "pass", "fail")]),
	(scenes_group.steady, other_software, [("clients", "software", "scripted 1.0", "scripted 1.0; scripted 2.0")]),
	(scenes_group.steady, cooperative, [("groups", "assignors", "range", "cooperative-sticky"),
					    ("rules", "W30", "not exercised", "pass")]),
	(scenes_group.steady, scenes_group.stops_with_leave, [("apis", "LeaveGroup", "not used", "v5")]),
	(scenes_data.commits_now, scenes_data.commits_of_old, [("groups", "commits refused", "0", "1")]),
]


def two_libraries(peer):
	"""One leaves, the other one commits for an old generation; each with a group of its own."""
	alone(peer, name="left", group="left").leave()
	app = Consumer(peer, name="right", group="right", host=2)
	app.data = app.connect(software=("another", "2.5"))
	app.co = app.connect(software=("another", "2.5"))
	app.find()
	app.start()
	app.beat(error=27)
	app.rejoin(2)
	peer.wait(1)
	app.commit(error=22, generationIdOrMemberEpoch=1)


# (options, what has to be told, what may not be) of one capture beside itself.
CHOSEN = [
	([], [], []),
	(["--client", "left"], [], []),
	(["--client", "left,right"], [("apis", "LeaveGroup", "v5", "not used"), ("groups", "commits refused", "0", "1"),
				      ("rules", "W27", "not exercised", "fail")], [("rules", "W01")]),
	(["--client", "right,left"], [("apis", "OffsetCommit", "v8", "not used"), ("rules", "W27", "fail", "not exercised")], []),
	(["--client", "left,another 2.*"], [("rules", "W27", "not exercised", "fail")], []),
	(["--client", "left,another"], [("rules", "W27", "not exercised", "fail")], []),
	(["--client", "left,nobody"], [("rules", "W01", "pass", "not exercised"), ("apis", "JoinGroup", "v9", "not used")], []),
]


def chosen(regroup, schemas, folder):
	"""Clients and groups that are chosen."""
	both, left = os.path.join(folder, "both.pcap"), os.path.join(folder, "left.pcap")
	for scene, file in ((two_libraries, both), (lambda p: alone(p, name="left", group="left").leave(), left)):
		peer = Peer(schemas)
		scene(peer)
		peer.write(file)
	for words, wanted, unwanted in CHOSEN:
		text, code = diff(regroup, both, both, "--format", "json", *words)
		told = [json.loads(line) for line in text.splitlines()]
		rows = {(t["type"], t["name"], t["a"], t["b"]) for t in told if t["changed"]}
		if code != (1 if wanted else 0) or (not wanted and rows):
			yield f"{words}: exit code {code}, {rows}"
		for row in wanted:
			if row not in rows:
				yield f"{words}: {row} is not told, but {rows}"
		for row in unwanted:
			if any(r[:2] == row for r in rows):
				yield f"{words}: {row} is told"
	for words, code in ((["--group", "left"], 0), (["--group", "l*", "--client", "left"], 0), ([], 1)):
		text, got = diff(regroup, both, left, *words)
		told = "\n".join(line for line in text.splitlines() if line.startswith("* R") or "rebalances" in line or "W27" in line)
		if (got != code and not words) or (words and told):
			yield f"{words}: exit code {got}: {told}"
	if "each group" not in diff(regroup, both, both, "-v")[0]:
		yield "groups are not told one by one"


def diff(regroup, *words):
	run = subprocess.run([regroup, "diff", "-q", *words], capture_output=True, text=True, check=False)
	if run.stderr:
		raise RuntimeError(run.stderr)
	return run.stdout, run.returncode


def main():
	regroup, found = os.path.abspath(sys.argv[1]), []
	schemas = Schemas(regroup)
	with tempfile.TemporaryDirectory() as folder:
		for first, second, wanted in CASES:
			files = [os.path.join(folder, name) for name in ("a.pcap", "b.pcap")]
			for scene, file in zip((first, second), files):
				peer = Peer(schemas)
				scene(peer)
				peer.write(file)
			text, code = diff(regroup, *files)
			lines, code_json = diff(regroup, *files, "--format", "json")
			changed = [json.loads(line) for line in lines.splitlines()]
			told = {(c["type"], c["name"], c["a"], c["b"]) for c in changed if c["changed"]}
			case = f"{first.__name__}, {second.__name__}"
			if code != (1 if wanted else 0) or code != code_json:
				found.append(f"{case}: exit codes {code} and {code_json}: {text}")
			if not wanted and (told or "no difference" not in text):
				found.append(f"{case}: {told}")
			for row in wanted:
				if row not in told or not any(line.startswith("* " + row[1]) for line in text.splitlines()):
					found.append(f"{case}: {row} is not told, but {told}")
			whole = [json.loads(line) for line in diff(regroup, "-v", *files, "--format", "json")[0].splitlines()]
			if len(whole) < 50 or {(c["type"], c["name"], c["a"], c["b"]) for c in whole if c["changed"]} != told:
				found.append(f"{case}: -v")
		found += chosen(regroup, schemas, folder)
	print("\n".join(found + [f"{len(CASES) + len(CHOSEN)} pairs compared, {len(found)} faults"]))
	return 1 if found else 0


if __name__ == "__main__":
	sys.exit(main())
