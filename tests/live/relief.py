#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Frames that are shorter than the packets they come in: the ring takes the filter's place while groups speak, and nothing of
what they say is missed, told twice, or out of order.

usage: relief.py REGROUP FLOOD
"""

import json
import os
import subprocess
import sys
import tempfile
import time

from support import Namespace, compare, need_root_and_bpf, start

SPEAK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "speak.py")


def main():
    regroup, flood = sys.argv[1:3]
    need_root_and_bpf(regroup)
    good = True
    with Namespace() as space, tempfile.TemporaryDirectory() as folder:
        captures = start(space, regroup, "lo", folder, "-B", "65536")
        speak = subprocess.Popen(space.inside(sys.executable, SPEAK, 20, 6, 20), stdout=subprocess.PIPE, text=True)
        time.sleep(1.5) # the filter alone
        bulk = json.loads(subprocess.run(space.inside(flood, 3, 16384, 40), check=True, stdout=subprocess.PIPE, text=True).stdout)
        said = json.loads(speak.communicate(timeout=60)[0])
        time.sleep(0.6)
        results = {c.mode: c.stop() for c in captures}
        read_back = {c.mode + ", read back": c.read_back(regroup) for c in captures}
    good &= compare("relief", results) and compare("relief", read_back) and len(results["off"]) == len(read_back["off, read back"])
    wanted = said["requests"] + said["answers"] + bulk["frames"]
    for c in captures:
        s = results[c.mode][-1]
        print("%-6s %d messages of %d, %d rebalances of %d, %d packets lost, %s bytes copied" % (
            c.mode, s["messages"], wanted, s["rebalances"], said["rebalances"], s["lost_packets"], s.get("copied_bytes", "all")))
        if s["messages"] != wanted or s["rebalances"] != said["rebalances"] or s["lost_packets"]:
            print("FAILED: %s" % c.mode)
            good = False
    if "copied in part" not in captures[1].said:
        print("FAILED: the ring did not take the filter's place: %s" % captures[1].said)
        good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
