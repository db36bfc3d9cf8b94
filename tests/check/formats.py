#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The reports of regroup check are what their formats' readers expect: formats.py REGROUP

JUnit by its grammar and as python3-junitparser reads it, TAP as prove(1) does, where these are there; SARIF by the standard's
schema, GitHub's annotations by their grammar; all of them tell the same verdicts, and --output writes the same bytes as --format.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

from schema import faults, sarif_schema

SARIF = sarif_schema()
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
FORMATS = ("text", "json", "junit", "tap", "sarif", "github")
CASES = [
	("captures/sasl-raw.pcap.zst", []),
	("captures/crash.pcap.zst", ["--rules", "tests/check/crash.yaml"]),
	("captures/crash.pcap.zst", ["--rules", "tests/check/crash.yaml", "--strict"]),
	("captures/rolling-restart.pcap.zst", ["--strict"]),
	("captures/tls.pcap.zst", []),
]


def report(regroup, capture, options, form):
	command = [regroup, "check", "-q", "-r", capture, "--format", form, *options]
	run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
	if run.stderr:
		raise RuntimeError(f"{command}: {run.stderr}")
	return run.stdout, run.returncode


def verdicts(text):
	"""From JSON: of rules and expectations, and what fails the run."""
	lines = [json.loads(line) for line in text.splitlines()]
	rules = {line["rule"]: line["verdict"] for line in lines if line["type"] == "rule"}
	errors = {line["rule"] for line in lines if line["type"] == "failure" and line["severity"] == "error"}
	expectations = [line["verdict"] for line in lines if line["type"] == "expectation"]
	return rules, errors, expectations, lines


# The format as Ant and Jenkins know it: of each element its attributes, and the elements in it.
JUNIT = {
	"testsuites": ({"name", "time", "tests", "failures", "errors", "disabled"}, ["testsuite"]),
	"testsuite": ({"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname", "id", "package"},
		      ["properties", "testcase", "system-out", "system-err"]),
	"testcase": ({"name", "classname", "time", "status", "assertions"}, ["skipped", "error", "failure", "system-out", "system-err"]),
	"failure": ({"message", "type"}, []), "error": ({"message", "type"}, []), "skipped": ({"message"}, []),
	"system-out": (set(), []), "system-err": (set(), []),
}


def junit_grammar(element):
	attributes, inside = JUNIT[element.tag]
	yield from (f"junit: {element.tag} {name}" for name in set(element.attrib) - attributes)
	order = [inside.index(e.tag) if e.tag in inside else -1 for e in element]
	if order != sorted(order) or -1 in order:
		yield f"junit: {[e.tag for e in element]} in {element.tag}"
	for inner in element:
		yield from junit_grammar(inner)


def junit_reader(text, counted):
	"""As a reader that others wrote counts them."""
	code = ("import sys\nfrom junitparser import JUnitXml\nx = JUnitXml.fromstring(sys.stdin.buffer.read())\nx.update_statistics()\n"
		"print(x.tests, x.failures, x.errors, x.skipped)")
	for python in (sys.executable, "/usr/bin/python3"):
		run = subprocess.run([python, "-c", code], input=text.encode(), capture_output=True, check=False)
		if run.returncode == 0:
			wanted = [counted[n] for n in ("tests", "failures", "errors", "skipped")]
			if [int(n) for n in run.stdout.split()] != wanted:
				yield f"junit: junitparser counts {run.stdout}, not {wanted}"
			return
		if b"No module named" not in run.stderr:
			yield f"junit: junitparser: {run.stderr.decode()}"


def junit(text, known, strict):
	root = xml.fromstring(text)
	yield from junit_grammar(root)
	rules, errors, expectations, _ = known
	suite = root.find("testsuite")
	cases = suite.findall("testcase")
	counted = {"tests": len(cases), "failures": len(suite.findall("testcase/failure")),
		   "skipped": len(suite.findall("testcase/skipped")), "errors": 0}
	yield from (f"junit: {name}={suite.get(name)}, there are {n}" for name, n in counted.items() if suite.get(name) != str(n))
	yield from junit_reader(text, counted)
	if len(cases) != len(rules) + len(expectations) or any(not c.get("classname") or not c.get("name") for c in cases):
		yield "junit: test cases"
	failed = {c.get("name")[:3] for c in cases if c.find("failure") is not None and c.get("classname") == "regroup.rules"}
	unexercised = {r for r, v in rules.items() if v == "not exercised"} if strict else set()
	if failed != errors | unexercised:
		yield f"junit: failed are {sorted(failed)}"


def tap(text, known, strict):
	rules, errors, expectations, _ = known
	lines = text.splitlines()
	n = len(rules) + len(expectations)
	if lines[:2] != ["TAP version 13", f"1..{n}"]:
		yield "tap: version or plan"
	tests = [m for m in (re.match(r"(not )?ok (\d+) - (.*)$", line) for line in lines) if m]
	if [int(m[2]) for m in tests] != list(range(1, n + 1)):
		yield "tap: numbers"
	if any(not re.match(r"(not )?ok |#|TAP|1\.\.", line) for line in lines):
		yield "tap: a line that is none"
	failed = {m[3][:3] for m in tests if m[1] and re.match(r"W\d\d ", m[3])}
	unexercised = {r for r, v in rules.items() if v == "not exercised"} if strict else set()
	if failed != errors | unexercised:
		yield f"tap: failed are {sorted(failed)}"
	if shutil.which("prove"):
		with tempfile.NamedTemporaryFile("w", suffix=".tap") as file:
			file.write(text)
			file.flush()
			run = subprocess.run(["prove", "-e", "cat", file.name], capture_output=True, text=True, check=False)
		if (run.returncode != 0) != any(m[1] for m in tests) or "Parse errors" in run.stdout + run.stderr:
			yield f"tap: prove says {run.stdout}{run.stderr}"


def sarif(text, known, _strict):
	log = json.loads(text)
	yield from (f"sarif: {f}" for f in faults(log, SARIF))
	run = log["runs"][0]
	for change in (lambda r: r.pop("tool"), lambda r: r["results"].append({"level": "fatal", "message": {"text": "x"}}),
		       lambda r: r["results"].append({}), lambda r: r.update(unheard=1)):
		worse = json.loads(text)
		change(worse["runs"][0])
		if not faults(worse, SARIF):
			yield "sarif: the schema lets anything pass"
	ids = [r["id"] for r in run["tool"]["driver"]["rules"]]
	for result in run["results"]:
		if "ruleIndex" in result and ids[result["ruleIndex"]] != result["ruleId"]:
			yield f"sarif: {result['ruleId']} is not the rule of its index"
	told = {r["ruleId"] for r in run["results"] if r["level"] == "error" and "ruleIndex" in r}
	if told != known[1]:
		yield f"sarif: errors are {sorted(told)}"


def github(text, known, _strict):
	for line in text.splitlines():
		if not re.fullmatch(r"::(error|warning|notice) title=[^:,\r\n]+::[^\r\n]+", line):
			yield f"github: {line}"
	told = {m[1] for m in re.finditer(r"^::error title=(W\d\d)", text, re.M)}
	if told != known[1]:
		yield f"github: errors are {sorted(told)}"


def several(regroup, capture, options):
	"""--output for each format at once, beside the report on standard output."""
	with tempfile.TemporaryDirectory() as folder:
		outputs = [word for f in FORMATS for word in ("--output", f"{f}:{folder}/{f}")]
		shown, _ = report(regroup, capture, options + outputs, "tap")
		for form in FORMATS:
			with open(os.path.join(folder, form), encoding="utf-8") as file:
				written = file.read()
			alone, _ = report(regroup, capture, options, form)
			if written != alone:
				yield f"--output {form} differs from --format {form}"
		if shown != report(regroup, capture, options, "tap")[0]:
			yield "the report on standard output"


def main():
	regroup, found = os.path.abspath(sys.argv[1]), []
	for capture, options in CASES:
		texts = {f: report(regroup, capture, options, f) for f in FORMATS}
		codes = {code for _, code in texts.values()}
		known = verdicts(texts["json"][0])
		where = f"{capture} {' '.join(options)}"
		if len(codes) != 1 or known[3][-1]["exit_code"] not in codes:
			found.append(f"{where}: exit codes {codes}")
		for form, reader in (("junit", junit), ("tap", tap), ("sarif", sarif), ("github", github)):
			found += [f"{where}: {f}" for f in reader(texts[form][0], known, "--strict" in options)]
		found += [f"{where}: {f}" for f in several(regroup, capture, options)]
	print("\n".join(found + [f"{len(CASES) * len(FORMATS)} reports read, {len(found)} faults"]))
	return 1 if found else 0


if __name__ == "__main__":
	sys.exit(main())
