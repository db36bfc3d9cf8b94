#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real client: librdkafka and its mock cluster over loopback, watched in all capture modes, which must tell the same.

usage: librdkafka.py REGROUP MOCK
"""

import json
import re
import subprocess
import sys
import tempfile
import time

from support import Namespace, compare, need_root_and_bpf, start


def main():
    regroup, mock = sys.argv[1:3]
    need_root_and_bpf(regroup)
    with Namespace() as space, tempfile.TemporaryDirectory() as folder:
        captures = start(space, regroup, "lo", folder, "-B", "65536")
        out = subprocess.run(space.inside(mock, 15), check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=90).stdout
        time.sleep(0.5)
        results = {c.mode: c.stop() for c in captures}
    said = json.loads(out.splitlines()[-1])
    good = compare("librdkafka", results)
    for c in captures:
        s = results[c.mode][-1]
        print("%-6s %s messages of %s received; %d rebalances, %d bytes of %s captured" % (
            c.mode, said["received"], said["sent"], s["rebalances"], s["bytes"],
            "".join(re.findall(r"of .*? packets \((.*?)\) on the wire", c.said)) or "all"))
        members = {m["client_id"]: m.get("process", {}).get("comm", "") for e in results[c.mode] if e["type"] == "rebalance"
                   for m in e["members"]}
        if s["rebalances"] < 2 or set(members) != {"mock-1", "mock-2", "mock-3"} or s["lost_packets"]:
            print("FAILED: %s: %s" % (c.mode, members))
            good = False
        if any(not comm.startswith("live_mock") for comm in members.values()):
            print("FAILED: %s: processes %s" % (c.mode, members))
            good = False
    whole = results["off"][-1]["bytes"]
    for mode in ("filter", "ring"):
        if results[mode][-1]["bytes"] * 5 > whole:
            print("FAILED: %s copied %d bytes of %d" % (mode, results[mode][-1]["bytes"], whole))
            good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
