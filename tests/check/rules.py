#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every rule of regroup check passes, fails and is not exercised where it should: rules.py REGROUP [SCENE...]

A scripted peer makes a capture for each scene. A rule that fails must name its frames, times, what was expected and what
was seen, and no other rule may fail but those that the scene names. What fails must not fail any more when packets of it
are missing.
"""

import json
import os
import random
import subprocess
import sys
import tempfile

import consumer
import scenes_connection  # noqa: F401
import scenes_data  # noqa: F401
import scenes_group  # noqa: F401
from peer import Peer, Schemas

RULES = [f"W{n:02}" for n in range(1, 43)]


def check(regroup, capture, *options):
	run = subprocess.run([regroup, "check", "-q", "-r", capture, "--format", "json", *options], capture_output=True,
			     text=True, check=False)
	if run.returncode not in (0, 1, 3) or run.stderr:
		raise RuntimeError(f"exit code {run.returncode}: {run.stderr}")
	return [json.loads(line) for line in run.stdout.splitlines()], run.returncode


def evidence(failure, packets):
	"""What a failure lacks."""
	if not failure["frames"] or failure["frames"] != sorted(failure["frames"]) or failure["frames"][-1] > packets:
		return f"frames {failure['frames']}"
	if not (failure["expected"] and failure["seen"] and failure["source"] and failure["fix"] and failure["ts"]):
		return "no words"
	if not failure["client_id"] and not failure["group"] and "client.id" not in failure["seen"]:
		return "neither client nor group"
	return None


def judge(lines, rule, verdict, also, packets):
	"""What is wrong with the outcome of one scene."""
	got = {line["rule"]: line["verdict"] for line in lines if line["type"] == "rule"}
	if sorted(got) != RULES:
		return "not all rules are listed"
	if got[rule] != verdict:
		return f"{rule} is '{got[rule]}'"
	failed = {line["rule"] for line in lines if line["type"] == "failure"}
	wanted = also | ({rule} if verdict == "fail" else set())
	if failed != wanted:
		seen = [f"{line['rule']}: {line['seen']}" for line in lines if line["type"] == "failure"]
		return f"failed are {sorted(failed)}: {seen}"
	for line in lines:
		fault = evidence(line, packets) if line["type"] == "failure" else None
		if fault:
			return f"{line['rule']}: {fault}"
	return None


def connection(data):
	"""The client's port: each connection has its own."""
	ports = int.from_bytes(data[34:36], "big"), int.from_bytes(data[36:38], "big")
	return max(ports)


def losses(packets, rng):
	"""Packets missing here and there, a connection as a whole or from some time on, and one direction of it."""
	yield "5% of the packets", [p for p in packets if rng.random() > 0.05]
	yield "30% of the packets", [p for p in packets if rng.random() > 0.3]
	ports = sorted({connection(data) for _, data in packets})
	if not ports:
		return
	port = rng.choice(ports)
	own = [n for n, (_, data) in enumerate(packets) if connection(data) == port]
	begin = rng.choice(own)
	yield "a connection", [p for p in packets if connection(p[1]) != port]
	yield "a connection from some time on", [p for n, p in enumerate(packets) if n < begin or connection(p[1]) != port]
	for way in (34, 36):
		yield "one direction of a connection", [p for p in packets if int.from_bytes(p[1][way:way + 2], "big") != port]


def lossy(regroup, peer, path, rule):
	"""With packets missing, nothing may fail that did not fail with all of them."""
	rng = random.Random(rule)
	packets = peer.packets
	whole = None
	for what, rest in losses(sorted(packets, key=lambda p: p[0]), rng):
		peer.packets = rest
		peer.write(path)
		lines, _ = check(regroup, path)
		failed = {line["rule"] for line in lines if line["type"] == "failure"}
		if failed and whole is None:
			peer.packets = packets
			peer.write(path)
			whole = {line["rule"] for line in check(regroup, path)[0] if line["type"] == "failure"}
		if failed - (whole or set()):
			peer.packets = packets
			return f"{sorted(failed - whole)} only with {what} missing"
	peer.packets = packets
	return None


def damaged(regroup, peer, path, rule):
	"""Bytes that lie: whatever is said of them, it is said in the end."""
	rng, packets = random.Random(rule + "damaged"), peer.packets
	peer.packets = []
	for now, data in packets:
		data = bytearray(data)
		if len(data) > 54 and rng.random() < 0.3:
			for _ in range(rng.randint(1, 4)):
				data[rng.randrange(58, len(data))] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
		peer.packets.append((now, bytes(data)))
	peer.write(path)
	check(regroup, path)
	peer.packets = packets


def main():
	regroup, wanted = os.path.abspath(sys.argv[1]), sys.argv[2:]
	keep = os.environ.get("KEEP")
	schemas, faults, verdicts = Schemas(regroup), [], set()
	with tempfile.TemporaryDirectory() as folder:
		for rule, verdict, function, also, args in consumer.SCENES:
			if wanted and function.__name__ not in wanted and rule not in wanted:
				continue
			peer = Peer(schemas)
			function(peer, *args)
			path = os.path.join(keep or folder, f"{rule}-{function.__name__}.pcap")
			peer.write(path)
			lines, _ = check(regroup, path)
			fault = judge(lines, rule, verdict, also, len(peer.packets)) or lossy(regroup, peer, path, rule)
			damaged(regroup, peer, path, rule)
			if keep:
				peer.write(path)
			verdicts.add((rule, verdict))
			if fault:
				faults.append(f"{rule} {verdict}: {function.__name__}{args}: {fault}")
	missing = [(r, v) for r in RULES for v in ("pass", "fail", "not exercised") if (r, v) not in verdicts]
	if not wanted:
		faults += [f"no scene in which {rule} has the verdict '{verdict}'" for rule, verdict in missing]
	print("\n".join(faults + [f"{len(consumer.SCENES)} scenes, {len(faults)} faults"]))
	return 1 if faults else 0


if __name__ == "__main__":
	sys.exit(main())
