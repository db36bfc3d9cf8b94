#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""regroup check -i lo -- COMMAND, end to end: wrap.py REGROUP

In a network of its own: the loopback interface carries nothing but what the command says. The examples in packaging/ci and
README.md are run, too, as far as they are shell.
"""

import fcntl
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
UP, SIOCSIFFLAGS = 0x1, 0x8914


def loopback_up():
	with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
		fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", UP))


def run(regroup, *words, **more):
	command = [regroup, "check", "-q", "-i", "lo", "--format", "json", "--", *words]
	return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **more)


def verdicts(out):
	lines = [json.loads(line) for line in out.stdout.splitlines() if line.startswith("{")]
	return {line["rule"]: line["verdict"] for line in lines if line["type"] == "rule"}


def talks(regroup, talk):
	"""A client and a broker speak; the very first packet is seen, since W01 knows that the connection began."""
	for how, words, code, verdict in (
		("well", ("19092", "well"), 0, "pass"), ("badly", ("19093", "badly"), 1, "fail"),
		("the command fails", ("19094", "well", "3"), 1, "pass"),
	):
		out = run(regroup, *talk, *words)
		rules = verdicts(out)
		if out.returncode != code or rules.get("W01") != verdict or rules.get("W18") != "pass":
			yield f"{how}: exit code {out.returncode}, {rules}, {out.stderr}"
		if "the tests ran" not in out.stdout:
			yield f"{how}: what the command prints is not seen"
		if ("ended with exit code 3" in out.stderr) != (len(words) > 2):
			yield f"{how}: {out.stderr}"


def commands(regroup):
	"""What a command does to itself, to its output, and to whoever runs it."""
	for what, words, code, said in (
		("no such command", ("/nowhere/at/all",), 2, "cannot run /nowhere/at/all: No such file"),
		("not to be executed", (os.path.join(HERE, "crash.yaml"),), 2, "Permission denied"),
		("a command that says nothing", ("true",), 3, ""),
		("it fails and says nothing", ("false",), 1, "false ended with exit code 1"),
		("it is killed", ("sh", "-c", "kill -9 $$"), 1, "sh was ended by signal 9"),
		("it crashes", ("sh", "-c", "kill -SEGV $$"), 1, "sh was ended by signal 11"),
	):
		out = run(regroup, *words)
		if out.returncode != code or said not in out.stderr:
			yield f"{what}: exit code {out.returncode}, {out.stderr}"
	out = run(regroup, "sh", "-c", "cat; printf 'one\\0two\\n'; echo three >&2", input="zero\n")
	if not out.stdout.startswith("zero\none\0two\n") or "three\n" not in out.stderr:
		yield f"output: {out.stdout[:80]!r} {out.stderr!r}"
	out = subprocess.run([regroup, "check", "-q", "-i", "nowhere0", "--", "sh", "-c", "echo started"], capture_output=True,
			     text=True, check=False)
	if out.returncode != 2 or "started" in out.stdout:
		yield f"no such interface: exit code {out.returncode}, {out.stdout}{out.stderr}"


def interrupted(regroup, talk, number, script, code):
	"""Somebody loses patience: the command ends, too, and what was captured is judged."""
	command = [regroup, "check", "-q", "-i", "lo", "--format", "json", "--", "sh", "-c", script]
	with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as p:
		while "the tests ran" not in p.stdout.readline():
			pass
		time.sleep(0.5)
		p.send_signal(number)
		begun = time.monotonic()
		text, said = p.communicate(timeout=60)
	rules = {line["rule"]: line["verdict"] for line in map(json.loads, text.splitlines()) if line["type"] == "rule"}
	if p.returncode != code or rules.get("W01") != "pass":
		yield f"signal {number}, {script}: exit code {p.returncode}, {rules}, {said}"
	if time.monotonic() - begun > 15:
		yield f"signal {number}: it took {time.monotonic() - begun:.0f} s"


def examples():
	"""The shell in the examples: (where, words)."""
	with open(os.path.join(ROOT, "packaging", "ci", "github.yml"), encoding="utf-8") as file:
		yield "github.yml", re.search(r"^ +- run: >\n((?: {10}\S.*\n)+)", file.read(), re.M)[1]
	with open(os.path.join(ROOT, "packaging", "ci", "gitlab.yml"), encoding="utf-8") as file:
		yield "gitlab.yml", re.search(r"^ +- (regroup check .*)$", file.read(), re.M)[1]
	with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
		yield "README.md", re.search(r"^- run: >\n((?: +.*\n)+?)```", file.read(), re.M)[1]


def ci(regroup, talk):
	"""With a sudo that needs no password, and a test suite that has its broker on port 9092."""
	for where, shell in examples():
		with tempfile.TemporaryDirectory() as folder:
			for name, text in (
				("sudo", "#!/bin/sh\n[ \"$1\" = -E ] && shift\nexec \"$@\"\n"), ("regroup", f"#!/bin/sh\nexec {regroup} \"$@\"\n"),
				("run-tests.sh", "#!/bin/sh\nexec " + " ".join(talk) + " 9092 $HOW\n"),
			):
				with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
					file.write(text)
				os.chmod(os.path.join(folder, name), 0o755)
			with open(os.path.join(ROOT, "packaging", "ci", "regroup.yaml"), encoding="utf-8") as file, \
			     open(os.path.join(folder, "regroup.yaml"), "w", encoding="utf-8") as to:
				to.write(file.read())
			for how, code in (("well", 0), ("badly", 1)):
				out = subprocess.run(["sh", "-c", " ".join(shell.split())], cwd=folder, capture_output=True, text=True, check=False,
						     env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "HOW": how}, timeout=60)
				if out.returncode != code or "the tests ran" not in out.stdout:
					yield f"{where}, {how}: exit code {out.returncode}, {out.stdout[:400]}{out.stderr}"
				if "--format github" in shell and ("::error title=W01" in out.stdout) != (how == "badly"):
					yield f"{where}, {how}: annotations: {out.stdout[:400]}"
			for name in re.findall(r"(?:junit:|sarif:|-w )(\S+)", shell):
				path = os.path.join(folder, name)
				if not os.path.exists(path) or os.path.getsize(path) < 300:
					yield f"{where}: no {name}"


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
	found += talks(regroup, talk)
	found += commands(regroup)
	speak = " ".join(talk) + " 19095 well; "
	found += interrupted(regroup, talk, signal.SIGINT, speak + "exec sleep 60", 1)
	found += interrupted(regroup, talk, signal.SIGTERM, speak + "trap '' TERM INT; while :; do sleep 1; done", 1)
	found += ci(regroup, talk)
	print("\n".join(found + [f"17 commands run, {len(found)} faults"]))
	return 1 if found else 0


if __name__ == "__main__":
	sys.exit(main())
