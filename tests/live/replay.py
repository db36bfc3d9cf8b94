#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures are sent through a veth pair while regroup watches in each capture mode: all modes must tell the same events.

usage: replay.py REGROUP SENDER GENERATOR CAPTURE...

GENERATOR makes one more, with bulk in it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time

from support import Namespace, compare, need_root_and_bpf, start

RATE = 10000  # packets a second
BULK = "--bulk-mb 30 --groups 5 --members 3 --seconds 10 --rebalances 2 --gap-ppm 300 --reorder-ppm 1000"


def classic_pcap(capture, folder):
    """Uncompressed, as the sender reads it; None when it is of another kind."""
    out = os.path.join(folder, "replay.pcap")
    if capture.endswith(".zst"):
        subprocess.run(["zstd", "-qdf", capture, "-o", out], check=True)
    else:
        shutil.copy(capture, out)
    with open(out, "rb") as f:
        head = f.read(24)
    classic = head[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") and head[20:24] == b"\x01\0\0\0"
    return out if classic else None


def replay(space, regroup, sender, capture, folder):
    name = os.path.basename(capture) if "capture.pcap" not in capture else os.path.basename(os.path.dirname(capture))
    path = classic_pcap(capture, folder)
    if path is None:
        print("%s: not sent: no Ethernet packets in classic pcap" % name)
        return True
    captures = start(space, regroup, "vb", folder)
    subprocess.run(space.inside(sender, "va", path, RATE), check=True, stdout=subprocess.DEVNULL, timeout=120)
    time.sleep(0.6)
    results = {c.mode: c.stop() for c in captures}
    results.update({c.mode + ", read back": c.read_back(regroup) for c in captures})
    same = compare(name, results)
    if "left the kernel" not in captures[1].said:
        print("FAILED: %s: eBPF was not in use: %s" % (name, captures[1].said))
        same = False
    print("%s: %d events, %s" % (name, len(results["off"]), "the same in each mode" if same else "NOT the same"))
    return same


def main():
    regroup, sender, generator, *paths = sys.argv[1:]
    need_root_and_bpf(regroup)
    good = True
    with Namespace(veth=True) as space, tempfile.TemporaryDirectory() as folder:
        bulk = os.path.join(folder, "bulk.pcap")
        subprocess.run([generator, bulk, *BULK.split()], check=True, stdout=subprocess.DEVNULL)
        for path in [bulk, *paths]:
            good &= replay(space, regroup, sender, path, folder)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
