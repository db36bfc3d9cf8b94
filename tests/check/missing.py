#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a capture lost never makes a rule fail: missing.py REGROUP [SEED]

Real clients, of the shipped captures, with packets missing: here and there, in bursts, for some seconds, before some time and
after it, whole connections, connections from some time on, one direction of them, one host. Nothing may fail that does not
fail with all packets, and Kafka's own clients never fail the rules that are marked as their behaviour.
"""

import glob
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
JAVA = "apache-kafka-java"


def read(path):
	"""Header, byte order, and the packets: (seconds, connection, client's side, record)."""
	data = subprocess.run(["zstd", "-dcq", path], capture_output=True, check=True).stdout
	order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}.get(data[:4])
	if not order or struct.unpack(order + "I", data[20:24])[0] != 1:
		return None, []
	packets, at = [], 24
	while at + 16 <= len(data):
		seconds, micros, size, _ = struct.unpack(order + "IIII", data[at:at + 16])
		packets.append((seconds + micros / 1e6, *flow(data[at + 16:at + 16 + size]), data[at:at + 16 + size]))
		at += 16 + size
	return data[:24], packets


def flow(frame):
	"""The connection and whether its client sends: the higher port is the client's."""
	if frame[12:14] == b"\x08\x00" and frame[23] == 6:
		start, hosts = 14 + (frame[14] & 15) * 4, (frame[26:30], frame[30:34])
	elif frame[12:14] == b"\x86\xdd" and frame[20] == 6:
		start, hosts = 54, (frame[22:38], frame[38:54])
	else:
		return None, False
	ports = struct.unpack(">HH", frame[start:start + 4])
	sides = list(zip(hosts, ports))
	return tuple(sorted(sides)), ports[0] > ports[1]


def some(packets, rng, share):
	"""Some of the connections."""
	return {c for c in sorted({p[1] for p in packets if p[1]}) if rng.random() < share}


def losses(packets, rng):
	begin, end = packets[0][0], packets[-1][0]
	yield "3% of the packets", [p for p in packets if rng.random() > 0.03]
	out, skip = [], 0
	for p in packets:
		if not skip and rng.random() < 0.02:
			skip = rng.randint(2, 40)
		if not skip:
			out.append(p)
		skip = max(0, skip - 1)
	yield "bursts", out
	blind = rng.uniform(begin, end)
	yield "3 seconds", [p for p in packets if not blind <= p[0] < blind + 3]
	yield "the beginning", packets[rng.randrange(len(packets)):]
	yield "the end", packets[:rng.randrange(1, len(packets))]
	gone = some(packets, rng, 0.3)
	yield "connections", [p for p in packets if p[1] not in gone]
	gone = {c: rng.uniform(begin, end) for c in sorted(some(packets, rng, 0.4))}
	yield "connections from some time on", [p for p in packets if p[1] not in gone or p[0] < gone[p[1]]]
	gone = {c: rng.random() < 0.5 for c in sorted(some(packets, rng, 0.3))}
	yield "one direction of connections", [p for p in packets if gone.get(p[1]) != p[2]]
	yield "all answers", [p for p in packets if p[2] or not p[1]]
	yield "all requests", [p for p in packets if not p[2]]
	hosts = sorted({h for p in packets if p[1] for h, _ in p[1]})
	gone = rng.choice(hosts)
	yield "a host", [p for p in packets if not p[1] or gone not in (p[1][0][0], p[1][1][0])]


def failures(regroup, path):
	run = subprocess.run([regroup, "check", "-q", "-r", path, "--format", "json"], capture_output=True, text=True, check=False)
	if run.returncode not in (0, 1, 3):
		raise RuntimeError(f"exit code {run.returncode}: {run.stderr}")
	lines = [json.loads(line) for line in run.stdout.splitlines()]
	own = {line["rule"] for line in lines if line["type"] == "rule" and line["own"]}
	failed = [line for line in lines if line["type"] == "failure"]
	return ({(f["client_id"], f["host"], f["rule"]): f["seen"] for f in failed},
		{(f["client_id"], f["host"], f["rule"]) for f in failed if f["software"] == JAVA and f["rule"] in own})


def main():
	regroup, seed, found, runs = os.path.abspath(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "1", [], 0
	for path in sorted(glob.glob(os.path.join(ROOT, "captures", "*.pcap.zst"))):
		head, packets = read(path)
		name = os.path.basename(path)
		if not packets or not any(p[1] for p in packets):
			continue
		whole, java = failures(regroup, path)
		found += [f"{name}: {f} fails a Java client" for f in java]
		with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
			for what, rest in losses(packets, random.Random(name + seed)):
				file.seek(0)
				file.truncate()
				file.write(head + b"".join(p[3] for p in rest))
				file.flush()
				failed, java = failures(regroup, file.name)
				runs += 1
				found += [f"{name} without {what}: {f}: {seen}" for f, seen in failed.items() if f not in whole or f in java]
	print("\n".join(found + [f"{runs} captures judged, {len(found)} faults"]))
	return 1 if found else 0


if __name__ == "__main__":
	sys.exit(main())
