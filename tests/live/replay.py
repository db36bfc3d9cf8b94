#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures are sent through a veth pair while regroup watches in each capture mode: all modes must tell the same events.

usage: replay.py REGROUP SENDER GENERATOR CAPTURE...

GENERATOR makes one more, with bulk in it.
"""

import os
import shutil
import struct
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


def tagged(p):
    return p[:12] + b"\x81\0\0\x2a" + p[12:]


def tagged_twice(p):
    return p[:12] + b"\x88\xa8\0\x07\x81\0\0\x2a" + p[12:]


def as_six(p):
    """IPv4 as IPv6; addresses keep their last bytes."""
    head = (p[14] & 15) * 4
    length = struct.unpack_from(">H", p, 16)[0] - head
    six = struct.pack(">IHBB", 0x60000000, length, p[23], 64)
    for at in (26, 30):
        six += b"\xfd\x77" + bytes(10) + p[at:at + 4]
    return p[:12] + b"\x86\xdd" + six + p[14 + head:14 + head + length]


def rewritten(path, how, folder):
    """A classic pcap file with `how` done to each packet of IPv4."""
    with open(path, "rb") as f:
        data = f.read()
    order = "<" if data[3] == 0xa1 else ">"
    out, at = [data[:24]], 24
    while at + 16 <= len(data):
        sec, frac, have, whole = struct.unpack_from(order + "IIII", data, at)
        p = data[at + 16:at + 16 + have]
        at += 16 + have
        if p[12:14] == b"\x08\0":
            p = how(p)
        out.append(struct.pack(order + "IIII", sec, frac, len(p), max(len(p), whole)) + p)
    to = os.path.join(folder, "rewritten.pcap")
    with open(to, "wb") as f:
        f.write(b"".join(out))
    return to


def variants(space, regroup, sender, capture, folder):
    """The same conversation in other clothes, and on other terms."""
    good = True
    path = classic_pcap(capture, folder)
    for name, how in (("a VLAN", tagged), ("a VLAN in a VLAN", tagged_twice), ("IPv6", as_six)):
        good &= replay(space, regroup, sender, rewritten(path, how, folder), folder, name="in " + name)
    good &= replay(space, regroup, sender, path, folder, name="on any interface", interface="any")
    good &= replay(space, regroup, sender, path, folder, "-s", "150", name="with -s 150")
    good &= replay(space, regroup, sender, path, folder, "tcp and not port 1", name="with a capture filter")
    good &= replay(space, regroup, sender, rewritten(path, tagged, folder), folder, "vlan 42 and tcp",
                   name="with a capture filter for a VLAN")
    return good


def replay(space, regroup, sender, capture, folder, *more, name=None, interface="vb"):
    if name is None:
        name = os.path.basename(capture)
        path = classic_pcap(capture, folder)
    else:
        path = capture
    if path is None:
        print("%s: not sent: no Ethernet packets in classic pcap" % name)
        return True
    captures = start(space, regroup, interface, folder, *more)
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
        good &= variants(space, regroup, sender, paths[0], folder)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
