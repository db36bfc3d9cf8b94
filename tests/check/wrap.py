#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""regroup check -i lo -- COMMAND, end to end: wrap.py REGROUP

In a network of its own: the loopback interface carries nothing but what the command says.
"""

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
UP, SIOCSIFFLAGS = 0x1, 0x8914


def loopback_up():
	with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
		fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", UP))


def run(regroup, *words):
	command = [regroup, "check", "-q", "-i", "lo", "--format", "json", "--", *words]
	return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def main():
	regroup, found = os.path.abspath(sys.argv[1]), []
	if len(sys.argv) < 3:
		if subprocess.run(["unshare", "--net", "--map-root-user", "true"], check=False).returncode:
			print("SKIPPED: no network namespace can be made here: neither root nor user namespaces")
			return 77
		return subprocess.run(["unshare", "--net", "--map-root-user", sys.executable, __file__, regroup, "inside"],
				      check=False).returncode
	loopback_up()
	talk = [sys.executable, os.path.join(HERE, "talk.py"), regroup]
	for how, words, code, verdict in (
		("well", ("19092", "well"), 0, "pass"), ("badly", ("19093", "badly"), 1, "fail"),
		("the command fails", ("19094", "well", "3"), 1, "pass"),
	):
		out = run(regroup, *talk, *words)
		lines = [json.loads(line) for line in out.stdout.splitlines() if line.startswith("{")]
		rules = {line["rule"]: line["verdict"] for line in lines if line["type"] == "rule"}
		if out.returncode != code or rules.get("W01") != verdict or rules.get("W18") != "pass":
			found.append(f"{how}: exit code {out.returncode}, {rules}, {out.stderr}")
		if "the tests ran" not in out.stdout:
			found.append(f"{how}: what the command prints is not seen")
	out = run(regroup, "/nowhere/at/all")
	if out.returncode != 2 or "cannot run /nowhere/at/all: No such file" not in out.stderr:
		found.append(f"no such command: {out.returncode} {out.stderr}")
	out = run(regroup, "true")
	if out.returncode != 3:
		found.append(f"a command that says nothing: {out.returncode} {out.stdout[:200]}")
	print("\n".join(found + [f"5 commands run, {len(found)} faults"]))
	return 1 if found else 0


if __name__ == "__main__":
	sys.exit(main())
