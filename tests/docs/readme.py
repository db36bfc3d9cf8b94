#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What README.md shows is what regroup prints: readme.py REGROUP [README]

A block that begins with "$ COMMAND" is run, where the command is build/regroup's or scripts/run without arguments (whose
job is regroup log on a shipped capture). Its lines must stand in the output in this order; "..." leaves lines out.
"$ scripts/run tui    # NAME" shows the screen of this name, which tests/tui compares with what is drawn.
"""
import os, re, shlex, subprocess, sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def blocks(text):
    for body in re.findall(r"^```\n\$ (.*?)^```", text, re.M | re.S):
        command, _, shown = body.partition("\n")
        yield command, shown


def screen(name):
    """What the terminal UI shows of the storm, from its goldens: "groups" of the narrow ones, "wide: groups" of the others."""
    kind, _, rest = name.rpartition(": ")
    path = os.path.join(ROOT, "tests", "tui", "screens", "storm-wide.txt" if kind == "wide" else "storm.txt")
    with open(path, encoding="utf-8") as file:
        found = re.search(r"^=== %s\n(.*?)(?=^=== |\Z)" % re.escape(rest), file.read(), re.M | re.S)
    return re.sub(r" +$", "", found.group(1), flags=re.M) if found else ""


def printed(regroup, command):
    if command.startswith("scripts/run tui"):
        return screen(command.partition("# ")[2])
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
