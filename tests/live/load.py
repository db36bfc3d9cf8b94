#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Produce at the highest rate that loopback gives beside 50 consumer groups, watched in each capture mode in turn.

usage: load.py REGROUP FLOOD [SECONDS [FRAME_BYTES [GROUPS]]]

Prints a table; exit code 1 when a mode with eBPF loses a group's frame, lets 1 % of the bytes or more out of the kernel, or
saves less than four fifths of the processor time that plain libpcap takes.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time

from support import MODES, Namespace, need_root_and_bpf, wait_open

GROUPS_PORT = 29092
SPEAK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "speak.py")


def processor_seconds(pid):
    """Of the program: ip netns exec becomes it."""
    with open("/proc/%d/stat" % pid, encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(space, regroup, flood, mode, folder, seconds, size, groups):
    out = open(os.path.join(folder, mode + ".jsonl"), "w+", encoding="utf-8")
    err = open(os.path.join(folder, mode + ".err"), "w+", encoding="utf-8")
    watch = subprocess.Popen(space.inside(regroup, "log", "-i", "lo", "--ebpf=" + mode, "--format", "json"), stdout=out,
                             stderr=err)
    wait_open(watch)
    begun = processor_seconds(watch.pid)
    speak = subprocess.Popen(space.inside(sys.executable, SPEAK, groups, seconds, 2, GROUPS_PORT), stdout=subprocess.PIPE, text=True)
    bulk = json.loads(subprocess.run(space.inside(flood, seconds, size), check=True, stdout=subprocess.PIPE, text=True).stdout)
    said = json.loads(speak.communicate(timeout=60)[0])
    time.sleep(0.5)
    spent = processor_seconds(watch.pid) - begun
    watch.send_signal(signal.SIGINT)
    watch.wait(60)
    out.seek(0)
    err.seek(0)
    events = [json.loads(line) for line in out]
    return {"mode": mode, "bulk": bulk, "said": said, "cpu": spent, "summary": events[-1], "gaps": gaps_of_groups(events),
            "words": err.read()}


def gaps_of_groups(events):
    """Gap events of their connections: a message that is missed is told by one, as its connection goes on."""
    return sum(1 for e in events if e["type"] == "gap" and (e["server"] or "").endswith(":%d" % GROUPS_PORT))


def share(m):
    """Of the bytes on the wire, what was copied to user space: by the kernel's counters where it has any."""
    s = m["summary"]
    return s.get("copied_bytes", s["bytes"]) / s.get("wire_bytes", m["bulk"]["bytes"])


def seconds_per_byte(m):
    """Of the processor: the runs are not equally fast. Lost packets cost nothing, so plain libpcap looks better than it is."""
    return m["cpu"] / m["bulk"]["bytes"]


def missed(m):
    """Frames, of the groups or of the bulk."""
    return m["said"]["requests"] + m["said"]["answers"] + m["bulk"]["frames"] - m["summary"]["messages"]


def run(regroup, flood, seconds, size, groups, modes=MODES):
    """Each mode in turn, in a namespace of their own."""
    with Namespace() as space, tempfile.TemporaryDirectory() as folder:
        return {mode: measure(space, regroup, flood, mode, folder, seconds, size, groups) for mode in modes}


def report(m):
    said, s = m["said"], m["summary"]
    print("%-7s %6.0f MB/s Produce, %5.2f s CPU, %6.2f %% of the bytes copied, %s rebalances of %s, %s packets lost" % (
        m["mode"], m["bulk"]["mb_per_second"], m["cpu"], share(m) * 100, s["rebalances"], said["rebalances"],
        s["lost_packets"]))


def main():
    regroup, flood = sys.argv[1:3]
    seconds, size, groups = (sys.argv[3:] + ["6", "1048576", "50"][len(sys.argv) - 3:])[:3]
    need_root_and_bpf(regroup)
    good = True
    results = run(regroup, flood, seconds, size, groups)
    for m in results.values():
        report(m)
    for mode in MODES[1:]:
        m = results[mode]
        s = m["summary"]
        if missed(m) or m["gaps"] or s["lost_packets"] or s["rebalances"] != m["said"]["rebalances"]:
            print("FAILED: --ebpf=%s: %d messages of %d were missed; %d gaps between groups' messages" % (
                mode, missed(m), missed(m) + s["messages"], m["gaps"]))
            good = False
        if share(m) >= 0.01:
            print("FAILED: --ebpf=%s: %.2f %% of the bytes left the kernel" % (mode, share(m) * 100))
            good = False
        saved = seconds_per_byte(results["off"]) / max(seconds_per_byte(m), 1e-15)
        print("--ebpf=%s takes %.1f times less processor time per byte than plain libpcap" % (mode, saved))
        if saved < 5:
            good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
