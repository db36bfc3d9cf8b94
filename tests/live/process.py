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


def speak_on(space, groups, seconds, port):
    """So many seconds after its standard input was closed: however long it takes to begin a capture."""
    return subprocess.Popen(space.inside(sys.executable, SPEAK, groups, seconds, 10, port, "held"), stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)


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
    before = speak_on(space, 2, 5, 29092)
    time.sleep(1)
    captures = start(space, regroup, "lo", folder)
    before.stdin.close()
    before.stdin = None
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
    one, two = speak_on(space, 1, 5, 29094), speak_on(space, 1, 5, 29095)
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


SERVER = """
import socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
c = s.accept()[0]
while data := c.recv(65536):
    c.sendall(data.upper())
"""
CLIENT = """
import socket, sys, time
c = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
for i in range(20):
    c.sendall(b"hello there, this is no Kafka at all\\n" * 20)
    c.recv(65536)
    time.sleep(0.01)
"""


def both_ends(space, regroup, folder):
    """Of connections that cannot be read."""
    wrong = 0
    os.mkdir(os.path.join(folder, "ends"))
    want = {}

    def begin(port):
        server = subprocess.Popen(space.inside(sys.executable, "-c", SERVER, port), stdout=subprocess.PIPE, text=True)
        server.stdout.readline()
        client = subprocess.Popen(space.inside(sys.executable, "-c", CLIENT, port))
        want[port] = (client.pid, server.pid)
        return [client, server]

    captures = start(space, regroup, "lo", os.path.join(folder, "ends"))
    for p in begin(29096) + begin(29097):
        p.wait(30)
    time.sleep(0.5)
    for c in captures:
        events = [e for e in c.stop() if e["type"] == "connection"]
        got = {int(e["server"].rsplit(":", 1)[1]): (e.get("process", {}).get("pid"), e.get("server_process", {}).get("pid"))
               for e in events}
        wrong += check("%s: both ends of connections" % c.mode, got, want)
    print("both ends of connections that cannot be read: %s" % ("right" if not wrong else "WRONG"))
    return wrong


def unified_hierarchy():
    """Where cgroups v2 are mounted; None when they are not."""
    with open("/proc/mounts", encoding="ascii") as f:
        return next((line.split()[1] for line in f if line.split()[2] == "cgroup2"), None)


def containers(space, regroup, folder):
    """Processes in cgroups that are named as docker, containerd, CRI-O and podman name them."""
    top = unified_hierarchy()
    if top is None:
        print("not tried: no cgroup2 is mounted: container ids")
        return 0
    ids = {scheme: os.urandom(32).hex() for scheme in ("docker-%s.scope", "cri-containerd-%s.scope", "crio-%s.scope",
                                                        "libpod-%s.scope", "%s")}
    cgroups = {scheme: os.path.join(top, "regroup-test-%d" % os.getpid(), scheme % n) for scheme, n in ids.items()}
    wrong, members = 0, {}
    os.mkdir(os.path.join(folder, "containers"))
    try:
        capture = start(space, regroup, "lo", os.path.join(folder, "containers"), modes=("filter",))[0]
        for i, (scheme, path) in enumerate(cgroups.items()):
            os.makedirs(path)

            def enter(to=os.path.join(path, "cgroup.procs")):
                with open(to, "w", encoding="ascii") as f:
                    f.write(str(os.getpid()))

            call = space.inside(sys.executable, SPEAK, 1, 5, 10, 29100 + i)
            members[scheme] = subprocess.Popen(call, stdout=subprocess.DEVNULL, preexec_fn=enter)
        for m in members.values():
            m.wait(60)
        events = capture.stop()
        for i, scheme in enumerate(cgroups):
            got = {m.get("process", {}).get("container") for e in events if e["type"] == "rebalance"
                   and e["group"].startswith("load-%d-" % (29100 + i)) for m in e["members"]}
            wrong += check("container of " + scheme, got, {ids[scheme]})
    finally:
        for path in cgroups.values():
            if os.path.isdir(path):
                os.rmdir(path)
        os.rmdir(os.path.dirname(path))
    print("ids of containers: %s" % ("right" if not wrong else "WRONG"))
    return wrong


def main():
    regroup = sys.argv[1]
    need_root_and_bpf(regroup)
    with Namespace() as space, tempfile.TemporaryDirectory() as folder:
        wrong = (attribution(space, regroup, folder) + filters(space, regroup, folder) + both_ends(space, regroup, folder)
                 + containers(space, regroup, folder))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
