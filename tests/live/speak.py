# SPDX-License-Identifier: Apache-2.0
"""Groups that speak over loopback: a coordinator that answers by rote, and members of a group each. Counts the frames.

usage: speak.py GROUPS SECONDS BEATS_PER_SECOND [PORT [held]]

held: the seconds begin when standard input is closed.

Prints one JSON line: the requests sent, the answers received, the rebalances, and the pids of both sides.
"""

import json
import os
import select
import selectors
import signal
import socket
import struct
import sys
import time

JOIN, HEARTBEAT, SYNC = 11, 12, 14


def text(s):
    return struct.pack(">h", len(s)) + s.encode()


def blob(b):
    return struct.pack(">i", len(b)) + b


def subscription():
    return struct.pack(">hi", 0, 1) + text("load") + struct.pack(">i", -1)


def assignment():
    return struct.pack(">hi", 0, 1) + text("load") + struct.pack(">iii", 2, 0, 1) + struct.pack(">i", -1)


def request(key, version, cid, client, body):
    head = struct.pack(">hhi", key, version, cid) + text(client)
    return struct.pack(">i", len(head) + len(body)) + head + body


def read_string(b, at):
    n = struct.unpack_from(">h", b, at)[0]
    return b[at + 2:at + 2 + n].decode(), at + 2 + n


class Frames:
    """Frames of a byte stream."""

    def __init__(self):
        self.buffer = b""

    def take(self, data):
        self.buffer += data
        while len(self.buffer) >= 4:
            n = struct.unpack_from(">i", self.buffer)[0]
            if len(self.buffer) < 4 + n:
                return
            frame, self.buffer = self.buffer[4:4 + n], self.buffer[4 + n:]
            yield frame


def answer(frame, generation):
    """What the coordinator says; each join begins a new generation of one member."""
    key, _, cid = struct.unpack_from(">hhi", frame)
    _, at = read_string(frame, 8)
    group, at = read_string(frame, at)
    body = b""
    if key == JOIN:
        generation[group] = generation.get(group, 0) + 1
        member = "m-" + group
        body = (struct.pack(">hi", 0, generation[group]) + text("range") + text(member) + text(member)
                + struct.pack(">i", 1) + text(member) + blob(subscription()))
    elif key == SYNC:
        body = struct.pack(">h", 0) + blob(assignment())
    elif key == HEARTBEAT:
        body = struct.pack(">h", 0)
    return struct.pack(">ii", len(body) + 4, cid) + body


def coordinate(listening):
    """The broker's side, until it is told to stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    selector = selectors.DefaultSelector()
    selector.register(listening, selectors.EVENT_READ)
    generation = {}
    while True:
        for key, _ in selector.select():
            if key.fileobj is listening:
                conn = listening.accept()[0]
                conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(conn, selectors.EVENT_READ, Frames())
                continue
            data = key.fileobj.recv(65536)
            if not data:
                selector.unregister(key.fileobj)
                key.fileobj.close()
                continue
            for frame in key.data.take(data):
                key.fileobj.sendall(answer(frame, generation))


class Member:
    def __init__(self, number, port):
        self.group = "load-%d-%d" % (port, number)
        self.client = "member-%d" % number
        self.member = ""
        self.generation = 0
        self.cid = 0
        self.answers = Frames()
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, key, version, body):
        self.cid += 1
        self.socket.sendall(request(key, version, self.cid, self.client, text(self.group) + body))
        while True:
            for frame in self.answers.take(self.socket.recv(65536)):
                return frame

    def join(self):
        a = self.ask(JOIN, 0, struct.pack(">i", 10000) + text(self.member) + text("consumer") + struct.pack(">i", 1)
                     + text("range") + blob(subscription()))
        self.generation = struct.unpack_from(">i", a, 6)[0]
        _, at = read_string(a, 10)
        _, at = read_string(a, at)
        self.member, _ = read_string(a, at)
        self.ask(SYNC, 0, struct.pack(">i", self.generation) + text(self.member) + struct.pack(">i", 1)
                 + text(self.member) + blob(assignment()))
        return 2

    def beat(self):
        self.ask(HEARTBEAT, 0, struct.pack(">i", self.generation) + text(self.member))
        return 1


def main():
    groups, seconds, rate = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    port = int(sys.argv[4]) if len(sys.argv) > 4 else 29092
    listening = socket.create_server(("127.0.0.1", port), backlog=256)
    broker = os.fork()
    if broker == 0:
        coordinate(listening)
    listening.close()
    members = [Member(i, port) for i in range(groups)]
    sent = sum(m.join() for m in members)
    rebalances = groups
    held = len(sys.argv) > 5
    end = time.monotonic() + seconds
    turn = 0
    while held or time.monotonic() < end:
        began = time.monotonic()
        if held and select.select([0], [], [], 0)[0]:
            held, end = False, began + seconds
        for m in members:
            sent += m.beat()
        turn += 1
        if turn % max(int(rate * 2), 1) == 0: # every two seconds one of them joins again
            sent += members[turn % groups].join()
            rebalances += 1
        time.sleep(max(0, 1 / rate - (time.monotonic() - began)))
    for m in members:
        m.socket.close()
    time.sleep(0.2)
    os.kill(broker, signal.SIGTERM)
    os.waitpid(broker, 0)
    print(json.dumps({"requests": sent, "answers": sent, "rebalances": rebalances, "members_pid": os.getpid(),
                      "broker_pid": broker}), flush=True)


main()
