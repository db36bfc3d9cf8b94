# SPDX-License-Identifier: Apache-2.0
"""What the live tests share: network namespaces, captures in each mode, and what of an event may be compared."""

import json
import os
import signal
import subprocess
import sys
import time

SKIPPED = 77  # ctest's SKIP_RETURN_CODE
MODES = ("off", "filter", "ring")


def skip(why):
    print("SKIPPED:", why)
    sys.exit(SKIPPED)


def capable(number):
    with open("/proc/self/status", encoding="ascii") as f:
        held = next(int(line.split()[1], 16) for line in f if line.startswith("CapEff"))
    return held >> number & 1


def need_root_and_bpf(regroup):
    """Live tests need root, network namespaces, and a kernel and a build with eBPF."""
    if os.geteuid() != 0:
        skip("not root: network namespaces cannot be made")
    if not capable(21):
        skip("root without CAP_SYS_ADMIN, as in a container: neither network namespaces nor eBPF")
    if not os.path.exists("/sys/kernel/btf/vmlinux"):
        skip("no /sys/kernel/btf/vmlinux: the kernel has no BTF, or /sys is not mounted")
    version = subprocess.run([regroup, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    if "built without libbpf" in version:
        skip("regroup was built without libbpf")
    if subprocess.run(["ip", "-V"], stdout=subprocess.DEVNULL, check=False).returncode:
        skip("ip(8) is missing (Debian: iproute2)")


class Namespace:
    """A network namespace of its own, with `lo` up; gone at the end."""

    def __init__(self, veth=False):
        self.name = "regroup-test-%d" % os.getpid()
        self.veth = veth

    def __enter__(self):
        quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if subprocess.run(["ip", "netns", "add", self.name], **quiet).returncode:
            skip("network namespaces cannot be made here")
        if subprocess.run(["ip", "netns", "exec", self.name, "true"], **quiet).returncode:
            subprocess.run(["ip", "netns", "del", self.name], **quiet)
            skip("network namespaces cannot be entered here")
        self.ip("link", "set", "lo", "up")
        if self.veth:
            self.ip("link", "add", "va", "type", "veth", "peer", "name", "vb")
            for side in ("va", "vb"):
                self.ip("link", "set", side, "mtu", "65535", "up")
        return self

    def __exit__(self, *what):
        subprocess.run(["ip", "netns", "del", self.name], check=False)

    def ip(self, *words):
        subprocess.run(["ip", "-n", self.name, *words], check=True)

    def inside(self, *call):
        return ["ip", "netns", "exec", self.name, *map(str, call)]


def wait_open(process):
    """Until its capture is open: then it gives its capabilities up. False when it has ended instead."""
    for _ in range(300):
        if process.poll() is not None:
            return False
        with open("/proc/%d/status" % process.pid, encoding="ascii") as f:
            if "CapEff:\t" + "0" * 16 in f.read():
                return True
        time.sleep(0.1)
    return False


class Capture:
    """regroup, watching live in one mode."""

    def __init__(self, space, regroup, mode, interface, *more, command="log", folder=None):
        self.mode = mode
        self.folder = folder
        self.out = open(os.path.join(folder, mode + ".jsonl"), "w+", encoding="utf-8")
        self.err = open(os.path.join(folder, mode + ".err"), "w+", encoding="utf-8")
        call = [regroup, command, "-i", interface, "--ebpf=" + mode, "--format", "json", "-w", self.saved(), *more]
        self.process = subprocess.Popen(space.inside(*call) if space else call, stdout=self.out, stderr=self.err)

    def saved(self):
        return os.path.join(self.folder, self.mode + ".pcapng")

    def read_back(self, regroup):
        """What the file that was saved meanwhile says."""
        out = subprocess.run([regroup, "log", "-r", self.saved(), "--format", "json"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
        return [json.loads(line) for line in out.splitlines()]

    def stop(self):
        """The events; the capture ends as with Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self.out.seek(0)
        self.err.seek(0)
        self.said = self.err.read()
        events = [json.loads(line) for line in self.out]
        self.out.close()
        self.err.close()
        if code != 0:
            sys.exit("FAILED: regroup --ebpf=%s: exit code %d\n%s" % (self.mode, code, self.said))
        return events


def start(space, regroup, interface, folder, *more, modes=MODES):
    captures = [Capture(space, regroup, mode, interface, *more, folder=folder) for mode in modes]
    for c in captures:
        if not wait_open(c.process):
            c.err.seek(0)
            sys.exit("FAILED: regroup --ebpf=%s ended at once: %s" % (c.mode, c.err.read()))
    return captures


# What may differ between captures of the same traffic: times and numbers of packets, and words that hold them.
FREE = {"ts", "from", "to", "frame", "frames", "evidence", "packets", "bytes", "captured_from", "captured_to", "gap_bytes",
        "text", "advice", "unstable_percent", "started", "joined", "ended", "since", "latest", "released_by", "uncertainty",
        "wire_bytes", "copied_bytes", "cut_packets", "snaplen"}


def bare(value):
    """An event without what may differ."""
    if isinstance(value, dict):
        return {k: bare(v) for k, v in value.items()
                if k not in FREE and not k.endswith("_ms") and not (k in ("at", "start", "end") and isinstance(v, str))}
    if isinstance(value, list):
        return [bare(v) for v in value]
    return value


def ordered(events):
    """What is told of connections by itself: when a gap is told depends on which packet comes next, and that of different
    connections in which order they are a microsecond apart."""
    apart = [e for e in events if e["type"] in ("gap", "connection")]
    return [e for e in events if e not in apart] + sorted(apart, key=lambda e: json.dumps(e, sort_keys=True))


def compare(name, results):
    """True when all modes say the same as the first one; tells the first difference."""
    reference_mode, reference = next(iter(results.items()))
    want = ordered([bare(e) for e in reference])
    same = True
    for mode, events in results.items():
        got = ordered([bare(e) for e in events])
        if got == want:
            continue
        same = False
        print("FAILED: %s: --ebpf=%s says %d events, --ebpf=%s %d" % (name, mode, len(got), reference_mode, len(want)))
        for a, b in zip(want, got):
            if a != b:
                print("  %s: %s\n  %s: %s" % (reference_mode, json.dumps(a), mode, json.dumps(b)))
                break
    return same
