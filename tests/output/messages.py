#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Decode messages.pcap.xz and compare every message with what Kafka's own classes make of it.

    messages.py REGROUP

Numbers are compared by value (integers exactly), strings and nulls as they are, arrays in order, members in any.
"""

import json
import lzma
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
COMPARED = ("api_key", "api", "version", "body", "blobs", "client_id")


def no_repeats(pairs):
	members = dict(pairs)
	if len(members) != len(pairs):
		raise ValueError("repeated members")
	return members


def lines(text):
	return [json.loads(line, object_pairs_hook=no_repeats) for line in text.split("\n") if line]


def same(a, b):
	"""Like ==, but true is not 1 and 1 is not 1.0."""
	if type(a) is not type(b):
		return False
	if isinstance(a, dict):
		return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
	if isinstance(a, list):
		return len(a) == len(b) and all(map(same, a, b))
	return a == b


def differs(expected, got):
	"""The member in which the two differ, None when they agree."""
	if got["status"] != ("unknown-version" if expected.get("opaque_body") else "ok"):
		return "status"
	for name in COMPARED:
		if name not in expected or (name == "body" and expected.get("opaque_body")):
			continue
		if name == "version" and got[name] in expected.get("accept_versions", ()):
			continue
		if not same(expected[name], got[name]):
			return name
	return None


def main():
	command = [sys.argv[1], "decode", "-r", HERE / "messages.pcap.xz", "--format", "json", "--quiet"]
	out = subprocess.run(command, capture_output=True, check=True).stdout.decode()
	got = {(m["client"], m["correlation_id"], m["direction"]): m for m in lines(out)}
	expected = lines(lzma.decompress((HERE / "messages.jsonl.xz").read_bytes()).decode())
	wrong = 0
	for e in expected:
		g = got.pop((e["client"], e["correlation_id"], e["direction"]), None)
		member = differs(e, g) if g else "all of it"
		if not member:
			continue
		wrong += 1
		if wrong <= 10:
			print(f"{e['api']} v{e['version']} {e['direction']} {e['correlation_id']}: {member}")
			print("  expected", json.dumps(e.get(member)), "\n  got     ", json.dumps(g and g.get(member)))
	print(f"{len(expected)} messages, {wrong} differ, {len(got)} more than there are")
	return 1 if wrong or got or not expected else 0


if __name__ == "__main__":
	sys.exit(main())
