#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TLS plaintext: a client and a coordinator in Python's ssl, which is libssl. Every byte that they exchange is in what
regroup saves, in order; of bulk only what the smart snaplen keeps.

usage: tls.py REGROUP
"""

import json
import os
import random
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

from support import need_root_and_bpf, skip, wait_open

PORT = 29443


def make_certificate(folder):
    """False where openssl(1) is missing."""
    call = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout",
            os.path.join(folder, "key.pem"), "-out", os.path.join(folder, "cert.pem")]
    try:
        return subprocess.run(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
    except FileNotFoundError:
        return False


def exactly(conn, n):
    out = b""
    while len(out) < n:
        got = conn.recv(min(n - len(out), 65536))
        if not got:
            raise EOFError
        out += got
    return out


def serve(folder):
    """Answers each request; what with follows from its correlation id."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem"))
    with socket.create_server(("127.0.0.1", PORT)) as listening:
        conn = context.wrap_socket(listening.accept()[0], server_side=True)
        try:
            while True:
                frame = exactly(conn, struct.unpack(">i", exactly(conn, 4))[0])
                conn.sendall(answer(struct.unpack_from(">i", frame, 4)[0]))
        except (EOFError, OSError):
            pass


def blob(n, seed):
    return struct.pack(">i", n) + random.Random(seed).randbytes(n)


def answer(cid):
    """Of SyncGroup v0 (with an assignment of any length) or Produce v3."""
    if cid % 10:
        body = struct.pack(">h", 0) + blob(cid * 7 % 3000, cid)
    else:
        body = struct.pack(">ih", 1, 4) + b"bulk" + struct.pack(">iihqqi", 1, 0, 0, cid, -1, 0)
    return struct.pack(">ii", len(body) + 4, cid) + body


def request(cid):
    """SyncGroup v0, and each tenth a Produce v3 of 20 kB."""
    if cid % 10:
        body = struct.pack(">h", 7) + b"tls-one" + struct.pack(">ih", 1, cid) + b"m" * cid + struct.pack(">i", 0)
    else:
        body = struct.pack(">hhiih", -1, 1, 30000, 1, 4) + b"bulk" + struct.pack(">ii", 1, 0) + blob(20000, -cid)
    head = struct.pack(">hhih", 14 if cid % 10 else 0, 0 if cid % 10 else 3, cid, 6) + b"python"
    return struct.pack(">i", len(head + body)) + head + body


def talk(folder, turns):
    """Both directions, as they were sent. Of a Produce now and then most is bulk."""
    context = ssl.create_default_context(cafile=os.path.join(folder, "cert.pem"))
    context.check_hostname = False
    sent, received, bulk = b"", b"", 0
    with context.wrap_socket(socket.create_connection(("127.0.0.1", PORT))) as conn:
        for cid in range(1, turns + 1):
            r = request(cid)
            bulk += len(r) - 128 if cid % 10 == 0 else 0
            conn.sendall(r)
            a = answer(cid)
            got = exactly(conn, len(a))
            assert got == a
            sent += r
            received += a
        time.sleep(0.3)
    return sent, received, bulk


def packets(path, ends=False):
    """Raw IPv4 packets of a pcapng file: (source port, sequence number, payload that is there, its whole length); with `ends`
    (source port, destination port, ...)."""
    with open(path, "rb") as f:
        data = f.read()
    at = 0
    while at < len(data):
        kind, n = struct.unpack_from("<II", data, at)
        if kind == 6:
            have, whole = struct.unpack_from("<II", data, at + 20)
            p = data[at + 28:at + 28 + have]
            ihl = (p[0] & 15) * 4
            head = ihl + (p[ihl + 12] >> 4) * 4
            ports = struct.unpack_from(">HH", p, ihl)
            if not p[ihl + 13] & 2: # a SYN takes a number
                yield *(ports if ends else ports[:1]), struct.unpack_from(">I", p, ihl + 4)[0], p[head:], whole - head
        at += n


def streams(path):
    """What was captured of each direction: bytes, None for those that were left out."""
    out = {}
    for port, seq, payload, whole in packets(path):
        side = "answers" if port == PORT else "requests"
        begin, bytes_ = out.setdefault(side, (seq, []))
        place = (seq - begin) & 0xffffffff
        if place > len(bytes_):
            bytes_.extend([None] * (place - len(bytes_)))
        for i in range(whole):
            value = payload[i] if i < len(payload) else None
            if place + i < len(bytes_):
                bytes_[place + i] = value if value is not None else bytes_[place + i]
            else:
                bytes_.append(value)
    return {side: b for side, (_, b) in out.items()}


def compare(what, got, want, most_missing):
    missing = sum(b is None for b in got)
    wrong = sum(b is not None and b != w for b, w in zip(got, want))
    fine = len(got) == len(want) and wrong == 0 and missing <= most_missing
    print("%s: %d bytes of %d, %d left out, %d differ%s" % (what, len(got), len(want), missing, wrong,
                                                          "" if fine else ": FAILED"))
    return fine


def main():
    regroup = sys.argv[1]
    need_root_and_bpf(regroup)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        if not make_certificate(folder):
            skip("openssl(1) is missing")
        server = os.fork()
        if server == 0:
            serve(folder)
            os._exit(0)
        saved = os.path.join(folder, "tls.pcapng")
        out = open(os.path.join(folder, "out"), "w+", encoding="utf-8")
        err = open(os.path.join(folder, "err"), "w+", encoding="utf-8")
        watch = subprocess.Popen([regroup, "decode", "--tls=%d" % os.getpid(), "-w", saved, "--format", "json"],
                                 stdout=out, stderr=err)
        if not wait_open(watch):
            err.seek(0)
            said = err.read()
            os.kill(server, signal.SIGTERM)
            if "refuses" in said:
                skip(said)
            sys.exit("FAILED: " + said)
        sent, received, bulk = talk(folder, 200)
        os.waitpid(server, 0)
        time.sleep(0.6)
        watch.send_signal(signal.SIGINT)
        watch.wait(30)
        out.seek(0)
        lines = [json.loads(line) for line in out]
        got = streams(saved)
        good = compare("requests", got.get("requests", []), sent, bulk)
        good &= compare("answers", got.get("answers", []), received, 0)
        print("%d messages decoded" % len(lines))
        asked = sum(line.get("direction") == "request" for line in lines)
        print("%d of them requests" % asked)
        good &= len(lines) == 400 and asked == 200
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
