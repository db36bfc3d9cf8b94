#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A regroup that was built without libfyaml judges as the other one does, and says that it reads no rule files:
without_yaml.py REGROUP REGROUP_WITHOUT
"""

import os
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CAPTURE = "captures/crash.pcap.zst"


def run(regroup, *words):
	out = subprocess.run([regroup, *words], capture_output=True, text=True, check=False, cwd=ROOT)
	return out.returncode, out.stdout, out.stderr


def main():
	regroup, without, found = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), []
	for words in (("check", "-q", "-r", CAPTURE), ("rules",), ("rules", "--schema"), ("check", "--help-rules"), ("explain", "W13")):
		if run(regroup, *words) != run(without, *words):
			found.append(f"{words} differs")
	code, out, err = run(without, "check", "-q", "-r", CAPTURE, "--rules", "tests/check/crash.yaml")
	if code != 2 or out or "crash.yaml: this regroup was built without libfyaml" not in err:
		found.append(f"a rule file: exit code {code}, {out}{err}")
	code, out, err = run(without, "--version")
	if code or "libfyaml 0" in out or "libfyaml" not in out:
		found.append(f"--version: {out}")
	if "libfyaml" not in run(regroup, "--version")[1]:
		found.append("this regroup was itself built without libfyaml")
	print("\n".join(found + [f"7 commands compared, {len(found)} faults"]))
	return 1 if found else 0


if __name__ == "__main__":
	sys.exit(main())
