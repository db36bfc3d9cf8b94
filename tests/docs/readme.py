#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What README.md shows is what regroup prints: readme.py REGROUP [README]

A block that begins with "$ COMMAND" is run, where the command is build/regroup's or scripts/run without arguments (whose
job is regroup log on a shipped capture). Its lines must stand in the output in this order; "..." leaves lines out.
"""
import os, re, shlex, subprocess, sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def blocks(text):
    for body in re.findall(r"^```\n\$ (.*?)^```", text, re.M | re.S):
        command, _, shown = body.partition("\n")
        yield command, shown


def printed(regroup, command):
    words = shlex.split(command)
    if words == ["scripts/run"]:
        words = ["build/regroup", "log", "-r", "captures/rolling-restart.pcap.zst"]
    if words[0] != "build/regroup":
        return None
    p = subprocess.run([regroup] + words[1:], cwd=ROOT, capture_output=True, text=True, env={**os.environ, "TZ": "UTC"})
    return p.stdout


def missing(shown, output):
    """The first part between "..." lines that does not stand in the output after the one before."""
    at = 0
    for part in re.split(r"^\.\.\.\n", shown, flags=re.M):
        part = part.strip("\n")
        found = output.find(part, at)
        if found < 0:
            return part
        at = found + len(part)
    return None


def main():
    regroup = os.path.abspath(sys.argv[1])
    readme = sys.argv[2] if len(sys.argv) > 2 else os.path.join(ROOT, "README.md")
    run = failed = 0
    for command, shown in blocks(open(readme, encoding="utf-8").read()):
        output = printed(regroup, command)
        if output is None:
            continue
        run += 1
        part = missing(shown, output)
        if part is not None:
            failed += 1
            print(f"{command}: README shows what it does not print:\n{part}")
    print(f"{run} blocks compared, {failed} differ")
    return 1 if failed or not run else 0


if __name__ == "__main__":
    sys.exit(main())
