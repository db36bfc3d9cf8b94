#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The terminal UI live, in tmux: a broker's traffic is replayed onto a veth pair at a pace of its own, and every view is
looked at while it goes on, and after.

usage: screens.py REGROUP CAPTURES-FOLDER
"""

import itertools
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

from support import Namespace, need_root_and_bpf, skip

SPEED = 4
IDLE = 8  # times awake in four seconds of silence


class Screen:
    """regroup in a tmux of its own."""

    screens = itertools.count()

    def __init__(self, space, *call, columns=80, rows=24):
        # a server that is just ending still answers at its socket
        self.socket = "regroup-test-%d-%d" % (os.getpid(), next(self.screens))
        self.tmux("-f", "/dev/null", "new-session", "-d", "-s", "s", "-x", str(columns), "-y", str(rows), "sh")
        # what was there before has to be there again at the end
        self.pid_file = tempfile.mktemp()
        line = " ".join(["echo before;", "LC_ALL=C.UTF-8 sh -c 'echo $$ >%s; exec \"$@\"' x" % self.pid_file] +
                        space.inside(*call) + ["; echo ended $?"])
        self.keys(line, "Enter")
        self.pid = None

    def tmux(self, *words):
        return subprocess.run(["tmux", "-L", self.socket, *words], stdout=subprocess.PIPE, text=True, check=True).stdout

    def keys(self, *names):
        self.tmux("send-keys", "-t", "s", *names)

    def text(self):
        return self.tmux("capture-pane", "-p", "-t", "s")

    def wait(self, *wanted, seconds=20):
        """Until all of these are to be seen at once."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = self.text()
            if all(w in text for w in wanted):
                if self.pid is None and os.path.exists(self.pid_file):
                    self.pid = int(open(self.pid_file, encoding="ascii").read())
                return text
            time.sleep(0.05)
        raise AssertionError("%s was not seen:\n%s" % (wanted, self.text()))

    def resize(self, columns, rows):
        self.tmux("resize-window", "-t", "s", "-x", str(columns), "-y", str(rows))

    def close(self):
        subprocess.run(["tmux", "-L", self.socket, "kill-server"], check=False, stderr=subprocess.DEVNULL)


def play(space, interface, capture):
    """Sends the packets of a classic pcap at SPEED times their own pace, in a process that is in the namespace."""
    code = "import sys; sys.path.insert(0, %r); import screens; screens.send(%r, %r)" % (
        os.path.dirname(os.path.abspath(__file__)), interface, capture)
    return subprocess.Popen(space.inside(sys.executable, "-c", code))


def send(interface, capture):
    data = subprocess.run(["zstd", "-dcq", capture], stdout=subprocess.PIPE, check=True).stdout
    nanoseconds = data[:4] == b"\x4d\x3c\xb2\xa1"
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind((interface, 0))
    at, first, began = 24, None, time.monotonic()
    while at + 16 <= len(data):
        seconds, part, length, _ = struct.unpack("<IIII", data[at:at + 16])
        ts = seconds + part / (1e9 if nanoseconds else 1e6)
        first = ts if first is None else first
        time.sleep(max(0, (ts - first) / SPEED - (time.monotonic() - began)))
        out.send(data[at + 16:at + 16 + length])
        at += 16 + length


def wakeups(pid):
    """How often it has gone to sleep; that others took its processor from it says nothing."""
    with open("/proc/%d/status" % pid, encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("voluntary_ctxt_switches"))


def calmest(pid, spans=6):
    """The fewest times awake of some spans of four seconds: the kernel itself still says a word on a new interface now
    and then, but not in each of them."""
    least = None
    for _ in range(spans):
        before = wakeups(pid)
        time.sleep(4)
        woke = wakeups(pid) - before
        least = woke if least is None else min(least, woke)
        if least <= IDLE:
            break
    return least


def broker_assigned(space, regroup, captures):
    """While it goes on: who waits for whom. Then nothing comes any more, and nothing is done."""
    s = Screen(space, regroup, "-i", "vb")
    try:
        s.wait("live", "GROUP")
        player = play(space, "va", os.path.join(captures, "slow-revocation.pcap.zst"))
        s.wait("recs", "Reconciling", "waits for recs-1 to give up clicks")
        s.keys("Enter")
        s.wait("recs-4", "waits for recs-1 to give up clicks", "░")
        s.keys("p")
        held = s.wait("HELD")
        time.sleep(1)
        assert held.splitlines()[1:] == s.text().splitlines()[1:], s.text()
        s.keys("p")
        s.wait("live", "Stable", "epoch 5", "4 members")
        assert player.wait(60) == 0
        s.keys("F1")
        s.wait("From the list to the cause")
        woke = calmest(s.pid)
        assert woke <= IDLE, "%d times awake in four seconds without anything to do" % woke
        os.kill(s.pid, signal.SIGTERM)
        s.wait("before", "ended 0")
    finally:
        s.close()
    print("slow-revocation: told while it went on; %d times awake in 4 s of silence" % woke)


def classic(space, regroup, captures, folder):
    """All views of a storm, the last of them in another size; saves what it has seen."""
    s = Screen(space, regroup, "-i", "vb")
    saved = os.path.join(folder, "saved.pcapng")
    try:
        s.wait("live", "GROUP")
        player = play(space, "va", os.path.join(captures, "storm.pcap.zst"))
        s.wait("vod", "live")
        s.keys("Enter")
        s.wait("waited for", "vod-3", "generation 2")
        s.keys("Enter")
        s.wait("Where the time went")
        s.keys("Enter")
        s.wait("coordinator 10.77.0.11:9092", "JoinGroup")
        s.keys("Down", "Down", "Enter")
        s.wait("request", "frame")
        s.keys("6")
        s.wait("vod rebalanced")
        s.keys("7")
        s.wait("10.77.44.22:", "kafka")
        s.keys("8")
        s.wait("no producer was seen")
        s.resize(140, 45)
        s.keys("9")
        s.wait("packets dropped by the capture     0", "9 Statistics")
        s.keys("2")
        s.wait("host", "10.77.44.22", "generation 7")
        assert player.wait(60) == 0
        s.wait("generation 9")
        s.keys("s")
        s.keys("-l", saved)
        s.keys("Enter")
        s.wait("saved ")
        s.keys("Q")
        s.wait("ended 0")
    finally:
        s.close()
    events = subprocess.run([regroup, "log", "-r", saved, "--format", "json", "--type", "rebalance"], check=True, text=True,
                            stdout=subprocess.PIPE).stdout.splitlines()
    assert len(events) == 9, events
    print("storm: every view; the saved packets tell the same 9 rebalances")


def main():
    regroup, captures = sys.argv[1:]
    need_root_and_bpf(regroup)
    if not shutil.which("tmux") or not shutil.which("zstd"):
        skip("tmux or zstd is missing")
    with Namespace(veth=True) as space, tempfile.TemporaryDirectory() as folder:
        try:
            broker_assigned(space, regroup, captures)
            classic(space, regroup, captures, folder)
        except AssertionError as e:
            sys.exit("FAILED: %s" % e)


if __name__ == "__main__":
    main()
