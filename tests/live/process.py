#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whose connections are whose: members that were connected before the capture began, and members that come later.

usage: process.py REGROUP
"""

import json
import os
import subprocess
import sys
import tempfile
import time

from support import Capture, Namespace, need_root_and_bpf, start, wait_open

SPEAK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "speak.py")


def speak(space, groups, seconds, port):
    return subprocess.Popen(space.inside(sys.executable, SPEAK, groups, seconds, 10, port), stdout=subprocess.PIPE, text=True)


def pids_of(events, group):
    """Of the members of the groups with this prefix, as the rebalances tell them."""
    return {m.get("process", {}).get("pid") for e in events if e["type"] == "rebalance" and e["group"].startswith(group)
            for m in e["members"]}


def check(what, got, want):
    if got != want:
        print("FAILED: %s: %s, not %s" % (what, got, want))
        return 1
    return 0


def attribution(space, regroup, folder):
    before = speak(space, 2, 8, 29092)
    time.sleep(1)
    captures = start(space, regroup, "lo", folder)
    after = speak(space, 3, 3, 29093)
    later = json.loads(after.communicate(timeout=60)[0])
    early = json.loads(before.communicate(timeout=60)[0])
    wrong = 0
    for c in captures:
        events = c.stop()
        for port, said in ((29092, early), (29093, later)):
            pids = pids_of(events, "load-%d-" % port)
            wrong += check("%s: pids of the members at %d" % (c.mode, port), pids, {said["members_pid"]})
    print("members connected before and after the capture began: %s" % ("right" if not wrong else "WRONG"))
    return wrong


def filters(space, regroup, folder):
    wrong = 0
    one, two = speak(space, 1, 8, 29094), speak(space, 1, 8, 29095)
    python = os.path.basename(os.path.realpath(sys.executable))[:15]
    watch = {
        "member": ["--pid", one.pid], "nobody": ["--pid", os.getpid()], "name": ["--comm", "pyth*"], "other": ["--comm", "java"],
    }
    captures = {}
    for name, option in watch.items():
        os.mkdir(os.path.join(folder, name))
        captures[name] = Capture(space, regroup, "filter", "lo", *map(str, option), folder=os.path.join(folder, name))
    for c in captures.values():
        wait_open(c.process)
    one.communicate(timeout=60)
    two.communicate(timeout=60)
    coordinators = {}
    for name, c in captures.items():
        coordinators[name] = {e["coordinator"] for e in c.stop() if e["type"] == "rebalance"}
    wrong += check("--pid of a member", coordinators["member"], {"127.0.0.1:29094"})
    wrong += check("--pid of another process", coordinators["nobody"], set())
    wrong += check("--comm (%s)" % python, coordinators["name"], {"127.0.0.1:29094", "127.0.0.1:29095"})
    wrong += check("--comm of another", coordinators["other"], set())
    print("--pid and --comm: %s" % ("right" if not wrong else "WRONG"))
    return wrong


def main():
    regroup = sys.argv[1]
    need_root_and_bpf(regroup)
    with Namespace() as space, tempfile.TemporaryDirectory() as folder:
        wrong = attribution(space, regroup, folder) + filters(space, regroup, folder)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
