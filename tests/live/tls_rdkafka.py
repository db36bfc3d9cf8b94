#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TLS plaintext of a real client: librdkafka speaks TLS to a proxy that knows every byte of it, and speaks plain to the mock
cluster. What regroup saves is compared with what the proxy had, byte by byte and frame by frame, and the rebalances that it
tells of with those of the plain side.

usage: tls_rdkafka.py REGROUP MOCK
"""

import json
import os
import select
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

from support import Namespace, need_root_and_bpf, skip, wait_open
from tls import make_certificate, packets

SHIFT = 20000  # the proxy's port is so much below the broker's
KEPT, SMALL = 128, 1024  # of bulk frames; shorter ones are whole
HEADS, SHORT, LONG = 64, 24, 32 << 10  # of later Produce requests up to this long only acks and who speaks
PRODUCE, FETCH = 0, 1


# ---- the proxy, in a process of its own inside the namespace ---------------------------------------------------

def pump(tls, plain, record):
    """Until either side ends; what the client says and hears goes to `record`."""
    while True:
        ready = [tls] if tls.pending() else select.select([tls, plain], [], [])[0]
        for side in ready:
            data = side.recv(65536)
            if not data:
                return
            record[side is plain].write(data)
            (plain if side is tls else tls).sendall(data)


def serve(conn, context, broker, folder):
    name = os.path.join(folder, "%d-" % conn.getpeername()[1])
    with open(name + "requests", "wb", buffering=0) as requests, open(name + "answers", "wb", buffering=0) as answers:
        try:
            plain = socket.create_connection(("127.0.0.1", broker))
            for s in (conn, plain):
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pump(context.wrap_socket(conn, server_side=True), plain, (requests, answers))
            plain.close()
        except OSError:
            pass
    conn.close()


def proxy(folder, broker):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem"))
    with socket.create_server(("127.0.0.1", broker - SHIFT), backlog=64) as listening:
        print("ready", flush=True)
        while True:
            threading.Thread(target=serve, args=(listening.accept()[0], context, broker, folder), daemon=True).start()


# ---- the truth ---------------------------------------------------------------------------------------------------

def frames(data):
    """(offset, bytes with the size field) of each whole frame."""
    at = 0
    while at + 4 <= len(data):
        n = struct.unpack_from(">i", data, at)[0] + 4
        yield at, data[at:at + n]
        at += n


def short_head(frame):
    """How much of a Produce request without a transactional id is kept; from version 9 on tags come before that."""
    version, id_len = struct.unpack_from(">h", frame, 6)[0], max(struct.unpack_from(">h", frame, 12)[0], 0)
    after = frame[14 + id_len:16 + id_len]
    null = version < 3 or after == (b"\xff\xff" if version < 9 else b"\0\0")
    return id_len + SHORT if null and id_len <= KEPT - SHORT else KEPT


def may_miss(requests, answers):
    """For both directions: the bytes that the capture is free to leave out."""
    out = bytearray(len(requests)), bytearray(len(answers))
    asked, produced = {}, 0

    def bulk(side, at, frame, kept=KEPT):
        if len(frame) > SMALL:
            out[side][at + kept:at + len(frame)] = b"\1" * (len(frame) - kept)

    for at, frame in frames(requests):
        key, _, cid = struct.unpack_from(">hhi", frame, 4)
        asked[cid] = key
        if key == PRODUCE:
            produced += 1
            bulk(0, at, frame, short_head(frame) if produced > HEADS and len(frame) - 4 < LONG else KEPT)
    for at, frame in frames(answers):
        if asked.get(struct.unpack_from(">i", frame, 4)[0]) == FETCH:
            bulk(1, at, frame)
    return out


# ---- what was captured --------------------------------------------------------------------------------------------

def connections(path, port):
    """By the client's port: of both directions the bytes, and 1 for each that is there."""
    out = {}
    for sport, dport, seq, payload, whole in packets(path, ends=True):
        side = int(sport == port)
        begin, data, there = out.setdefault(dport if side else sport, {}).setdefault(side, (seq, bytearray(), bytearray()))
        place = (seq - begin) & 0xffffffff
        room = place + whole - len(data)
        if room > 0:
            data.extend(bytes(room))
            there.extend(bytes(room))
        data[place:place + len(payload)] = payload
        there[place:place + len(payload)] = b"\1" * len(payload)
    return out


def judge(name, path, port, folder):
    found = connections(path, port)
    good, total, left_out = True, 0, 0
    truth = {int(f.split("-")[0]) for f in os.listdir(folder) if f.endswith("-requests")
             and os.path.getsize(os.path.join(folder, f))}
    if set(found) != truth:
        print("FAILED: %s: connections %s, not %s" % (name, sorted(found), sorted(truth)))
        good = False
    for client in sorted(truth & set(found)):
        want = [open(os.path.join(folder, "%d-%s" % (client, side)), "rb").read() for side in ("requests", "answers")]
        free = may_miss(*want)
        for side in (0, 1):
            _, data, there = found[client].get(side, (0, b"", b""))
            missed = sum(1 for t, f in zip(there, free[side]) if not t and not f)
            wrong = sum(1 for a, b, t in zip(data, want[side], there) if t and a != b)
            total += len(want[side])
            left_out += there.count(0)
            if len(data) != len(want[side]) or missed or wrong:
                print("FAILED: %s: port %d, %s: %d bytes of %d, %d missed, %d differ" % (
                    name, client, ("requests", "answers")[side], len(data), len(want[side]), missed, wrong))
                good = False
    print("%s: %d connections, %d bytes, of which %d of bulk were left out, the others are right to the byte: %s" % (
        name, len(found), total, left_out, "yes" if good else "NO"))
    return good


def rebalances(path):
    """Without how certain their causes are: the end of a connection is not seen where TLS is listened to."""
    with open(path, encoding="utf-8") as f:
        events = [json.loads(line) for line in f]
    return [(e["group"], e["generation"], e["outcome"], e["cause"]["id"],
             sorted((m["client_id"] or "", m["change"]) for m in e["members"])) for e in events if e["type"] == "rebalance"]


def complete(path):
    """Whether plain libpcap kept up: a machine that is slow for other reasons makes it lose packets."""
    with open(path, encoding="utf-8") as f:
        events = [json.loads(line) for line in f]
    return events[-1]["lost_packets"] == 0 and not any(e["type"] == "gap" for e in events)


def compare(regroup, mock):
    """None when the plain side has holes, or shows the connections' messages in another order: the proxy is between the two
    sides, and on a machine that is slow for other reasons it lets one wait longer than another."""
    started = []

    def begin(*call, **how):
        started.append(subprocess.Popen(space.inside(*call), text=True, **how))
        return started[-1]

    def watch(name, *how):
        out = open(os.path.join(folder, name + ".jsonl"), "w", encoding="utf-8")
        p = begin(regroup, "log", *how, "-w", os.path.join(folder, name + ".pcapng"), "--format", "json", stdout=out,
                  stderr=subprocess.PIPE)
        if not wait_open(p):
            said = p.stderr.read()
            (skip if "refuses" in said else sys.exit)("FAILED: " + said)
        return p

    with Namespace() as space, tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        if not make_certificate(folder):
            skip("openssl(1) is missing")
        known = os.path.join(folder, "truth")
        os.mkdir(known)
        for f in ("cert.pem", "key.pem"):
            os.rename(os.path.join(folder, f), os.path.join(known, f))
        try:
            client = begin(mock, 12, SHIFT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            broker = int(client.stdout.readline())
            begin(sys.executable, os.path.abspath(__file__), "proxy", known, broker, stdout=subprocess.PIPE).stdout.readline()
            watches = {"plain": watch("plain", "-i", "lo", "--ebpf=off", "tcp port %d" % broker),
                       "pid": watch("pid", "--tls=%d" % client.pid), "all": watch("all", "--tls")}
            said = json.loads(client.communicate("go\n", timeout=60)[0])
            time.sleep(0.6)
            for p in watches.values():
                p.send_signal(signal.SIGINT)
                p.wait(30)
        finally:
            for p in started:
                p.kill()
                p.wait()
        print("librdkafka: %d messages of %d received" % (said["received"], said["sent"]))
        good = judge("--tls=PID", os.path.join(folder, "pid.pcapng"), broker - SHIFT, known)
        good &= judge("--tls", os.path.join(folder, "all.pcapng"), broker - SHIFT, known)
        if not complete(os.path.join(folder, "plain.jsonl")):
            return None if good else False
        want = rebalances(os.path.join(folder, "plain.jsonl"))
        for name in ("pid", "all"):
            got = rebalances(os.path.join(folder, name + ".jsonl"))
            if got != want or len(want) < 2:
                print("--tls (%s) tells of %s, the plain side of %s" % (name, got, want))
                return None if good else False
        print("%d rebalances as on the plain side: %s" % (len(want), "yes" if good else "NO"))
    return good


def main():
    if sys.argv[1] == "proxy":
        proxy(sys.argv[2], int(sys.argv[3]))
    regroup, mock = sys.argv[1:3]
    need_root_and_bpf(regroup)
    for _ in range(3):
        good = compare(regroup, mock)
        if good is not None:
            return 0 if good else 1
        print("nothing to compare with: once more")
    print("FAILED: three times")
    return 1


if __name__ == "__main__":
    sys.exit(main())
