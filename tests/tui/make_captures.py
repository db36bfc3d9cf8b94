#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captures that no test bed would give: make_captures.py FOLDER

empty.pcap      no packet at all
hostile.pcap    escape sequences, bidirectional overrides, wide and combining characters in every name
groups.pcap     10,000 groups, some in a storm
day.pcap        eight hours of a group with a member that leaves and comes back: thousands of generations
"""

import os
import struct
import sys

START = 1795258000.0


def string(text):
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack(">h", len(data)) + data


def blob(data):
    return struct.pack(">i", len(data)) + data


def array(items):
    return struct.pack(">i", len(items)) + b"".join(items)


def subscription(topics):
    return struct.pack(">h", 0) + array([string(t) for t in topics]) + struct.pack(">i", -1)


def assignment(topic, partitions):
    body = array([string(topic) + array([struct.pack(">i", p) for p in partitions])]) if partitions else array([])
    return struct.pack(">h", 0) + body + struct.pack(">i", -1)


class Pcap:
    def __init__(self, path):
        self.packets = []
        self.path = path

    def add(self, ts, data):
        self.packets.append((ts, len(self.packets), data))

    def close(self):
        with open(self.path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
            for ts, _, data in sorted(self.packets, key=lambda p: (p[0], p[1])):
                ns = round(ts * 1e6) * 1000
                out.write(struct.pack("<IIII", ns // 10**9, ns % 10**9, len(data), len(data)) + data)


class Connection:
    """One TCP connection of a client to the broker."""

    def __init__(self, pcap, client, port, client_id):
        self.pcap, self.client, self.port, self.client_id = pcap, client, port, client_id
        self.seq = [1000, 5000]
        self.correlation = 0

    def packet(self, ts, back, payload, flags=0x18):
        me, peer = (self.client, self.port), (bytes([10, 0, 0, 1]), 9092)
        if back:
            me, peer = peer, me
        tcp = struct.pack(">HHIIBBHHH", me[1], peer[1], self.seq[back] & 0xFFFFFFFF, self.seq[not back] & 0xFFFFFFFF,
                          0x50, flags, 65535, 0, 0)
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(payload), 0, 0x4000, 64, 6, 0, me[0], peer[0])
        self.pcap.add(ts, b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + ip + tcp + payload)
        self.seq[back] += len(payload) + (1 if flags & 0x03 else 0)

    def open(self, ts):
        self.packet(ts, False, b"", 0x02)
        self.packet(ts + 0.0001, True, b"", 0x12)
        self.packet(ts + 0.0002, False, b"", 0x10)

    def request(self, ts, key, version, body):
        self.correlation += 1
        head = struct.pack(">hhi", key, version, self.correlation) + string(self.client_id)
        self.packet(ts, False, blob(head + body))
        return self.correlation

    def response(self, ts, correlation, body):
        self.packet(ts, True, blob(struct.pack(">i", correlation) + body))


class Member:
    def __init__(self, pcap, number, client_id, group, topic="orders"):
        self.conn = Connection(pcap, bytes([10, 1, number >> 8 & 255, number & 255]), 30000 + number % 30000, client_id)
        self.group, self.topic, self.client_id = group, topic, client_id
        self.life = 0
        self.id = b""

    def new_id(self):
        self.life += 1
        name = self.client_id if isinstance(self.client_id, bytes) else self.client_id.encode()
        self.id = name + b"-%08x" % self.life

    def ask_join(self, ts):
        body = (string(self.group) + struct.pack(">ii", 10000, 60000) + string(self.id) + string("consumer") +
                array([string("range") + blob(subscription([self.topic]))]))
        self.asked = self.conn.request(ts, 11, 2, body)

    def beat(self, ts, generation, error=0):
        c = self.conn.request(ts, 12, 1, string(self.group) + struct.pack(">i", generation) + string(self.id))
        self.conn.response(ts + 0.0007, c, struct.pack(">ih", 0, error))

    def leave(self, ts):
        c = self.conn.request(ts, 13, 1, string(self.group) + string(self.id))
        self.conn.response(ts + 0.0006, c, struct.pack(">ih", 0, 0))


def rebalance(ts, generation, members, partitions=12):
    """All members have asked to join; they are answered, the leader assigns, all sync. Returns when that is done."""
    leader = members[0]
    listed = [string(m.id) + blob(subscription([m.topic])) for m in members]
    for m in members:
        m.conn.response(ts, m.asked, struct.pack(">ihi", 0, 0, generation) + string("range") + string(leader.id) +
                        string(m.id) + array(listed if m is leader else []))
        ts += 0.0003
    parts = {id(m): list(range(i, partitions, len(members))) for i, m in enumerate(members)}
    asked = []
    for m in members:
        given = [string(x.id) + blob(assignment(x.topic, parts[id(x)])) for x in members] if m is leader else []
        asked.append((m, m.conn.request(ts, 14, 1, string(m.group) + struct.pack(">i", generation) + string(m.id) +
                                        array(given))))
        ts += 0.0004
    for m, c in asked:
        ts += 0.0002
        m.conn.response(ts, c, struct.pack(">ih", 0, 0) + blob(assignment(m.topic, parts[id(m)])))
    return ts


def form(ts, members, generation=1, wait=0.5):
    for i, m in enumerate(members):
        m.conn.open(ts + i * 0.01)
        m.ask_join(ts + i * 0.01 + 0.001)
        m.new_id()
    return rebalance(ts + wait, generation, members)


def come_back(ts, generation, members, one, lag=0.2):
    """`one` leaves and joins again: two rebalances. The others are told by their heartbeats."""
    rest = [m for m in members if m is not one]
    one.leave(ts)
    for i, m in enumerate(rest):
        m.beat(ts + 0.05 + i * 0.01, generation, 27)
        m.ask_join(ts + 0.06 + i * 0.01 + (lag if i == 0 else 0))
    end = rebalance(ts + 0.1 + lag, generation + 1, rest)
    one.id = b""
    one.ask_join(end + 1.0)
    one.new_id()
    for i, m in enumerate(rest):
        m.beat(end + 1.1 + i * 0.01, generation + 1, 27)
        m.ask_join(end + 1.12 + i * 0.01)
    return rebalance(end + 1.3, generation + 2, rest + [one]), generation + 2


def hostile(path):
    names = [
        b"\x1b[2J\x1b[31mred\x07", "\u202egnp.exe".encode(), "\u6d88\u8cbb\u8005-\u4e00".encode(),
        "e\u0301\u0308\u0323\u0331combined".encode(), b"\xff\xfe\xc0bad", b"tab\there\r\nand a line",
        "\U0001f525\U0001f468\u200d\U0001f469".encode(), b"\x9b2Jc1", b"x" * 300, b"",
    ]
    pcap = Pcap(path)
    for i, name in enumerate(names):
        group = name or b"\x1b]0;title\x07"
        members = [Member(pcap, 10 * i + k, name, group, topic=name.decode("utf-8", "replace")[:40] or "t") for k in range(2)]
        end = form(START + i, members)
        come_back(end + 1.0, 1, members, members[1])
    pcap.close()


def groups(path):
    pcap = Pcap(path)
    for i in range(10000):
        members = [Member(pcap, 2 * i + k, f"app-{i:05d}-{k}", f"group-{i:05d}") for k in range(2)]
        ts = form(START + i * 0.01, members, wait=0.1)
        generation = 1
        for _ in range(5 if i % 2500 == 7 else i % 3 == 0):
            ts, generation = come_back(ts + 5.0, generation, members, members[1])
        for n in range(2):
            for m in members:
                m.beat(ts + 1.0 + n * 3.0, generation)
    pcap.close()


def day(path):
    pcap = Pcap(path)
    members = [Member(pcap, k, f"worker-{k}", "nightly") for k in range(4)]
    ts, generation = form(START, members), 1
    while ts < START + 8 * 3600:
        for n in range(4):
            for m in members:
                m.beat(ts + 3.0 + n * 3.0, generation)
        ts, generation = come_back(ts + 15.0, generation, members, members[2])
    pcap.close()


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    Pcap(os.path.join(folder, "empty.pcap")).close()
    for make in (hostile, groups, day):
        make(os.path.join(folder, make.__name__ + ".pcap"))


if __name__ == "__main__":
    main()
