#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What every scenario beside the project expects of the messages themselves: wire.py REGROUP GROUPS_DIR

Errors by API, client and code, as the broker's request log has them, and when which member was answered with them; the
time that was captured; partitions of classic generations of groups that changed their protocol; Metadata requests;
what the coordinator was said to answer ShareFetch and ShareAcknowledge.
"""
import collections, json, pathlib, subprocess, sys

import kinds

CLOCK = 0.25  # the broker logs a request when it is done with it, under load later
MOVES = {"14", "15", "16"}


def run(s, *args):
    command = [s.regroup, *args, "--format", "json"] + [a for f in s.files for a in ("-r", str(f))]
    return [json.loads(l) for l in subprocess.run(command, capture_output=True, text=True).stdout.splitlines()]


class Scenario:
    def __init__(self, regroup, files, truth):
        self.regroup, self.files, self.truth = regroup, files, truth
        self.events = run(self, "log")
        self.answers = None

    def errors(self):
        """(api, client, code, seconds) of each answer that holds an error, once for each code in it."""
        if self.answers is None:
            self.answers = [(e["api"].upper(), e["client_id"], code, kinds.seconds(e["ts"]))
                            for e in run(self, "decode", "--errors") for code in kinds.errors_in(e["body"])]
        return self.answers


def member_errors(s, expected):
    """Each is answered in the capture, at that time."""
    left = collections.Counter()
    for e in expected:
        key = (e["api"].replace("_", ""), e["client"], e["code"])
        at = [i for i, (api, client, code, ts) in enumerate(s.errors())
              if (api, client, code) == key and abs(ts - e["t"]) < CLOCK]
        if not at:
            yield f"{key} at {e['t']} is not decoded"


def told(s, expected):
    """And what a member is fenced or refused with is told of it in the log, not only decoded."""
    fencing = {82, 110, 111, 112, 128}
    want = {(e["client"], e["code"]) for e in expected if e["code"] in fencing and "HEARTBEAT" in e["api"]}
    got = {(e["client_id"], e.get("error")) for e in s.events if e["type"] == "member" and e["event"] == "fenced"}
    if not want <= got:
        yield f"fenced {sorted(got)}, expected {sorted(want)}"


def moved_classic(s, expected):
    for group, generations in expected.items():
        for generation, moves in generations.items():
            e = next((e for e in s.events if e["type"] == "rebalance" and e["group"] == group and
                      e["generation"] == int(generation) and e["outcome"] == "stable" and e["mode"] != "broker"), None)
            if e is None:
                yield f"{group} generation {generation} is not told as one of the classic protocol"
                continue
            name = {m["member"]: m["client_id"] for r in s.events if r["type"] == "rebalance" and r["group"] == group
                    for m in r["members"]}
            has = {(t, p): m["client_id"] for m in e["members"] for t, ps in (m["partitions"] or {}).items() for p in ps}
            for topic, partition, _, to in moves:
                if has.get((topic, partition)) != to:
                    yield f"{group} {generation}: {topic}-{partition} is {has.get((topic, partition))}'s, expected {to}"
            got = {(m["topic"], m["partition"], name.get(m["from"]), name.get(m["to"])) for m in e["moved"]}
            want = {tuple(m) for m in moves if m[2] and m[3]}
            if want and got != want:
                yield f"{group} {generation}: moved {sorted(got)}, expected {sorted(want)}"


def metadata_requests(s, expected):
    got = collections.Counter(e["client_id"] for e in run(s, "decode", "--api", "Metadata") if e["direction"] == "request")
    for client, n in expected.items():
        if got[client] != n:
            yield f"{client}: {got[client]} Metadata requests, expected {n}"


def share_errors(s, expected):
    got = collections.Counter()
    for api, client, code, _ in s.errors():
        if api in ("SHAREFETCH", "SHAREACKNOWLEDGE"):
            got[code] += 1
    want = collections.Counter({int(k): n for k, n in expected.items()} if isinstance(expected, dict) else expected)
    if got != want:
        yield f"share errors {dict(got)}, expected {dict(want)}"
    if not want and any(e["refused_partitions"] for e in s.events if e["type"] == "delivery"):
        yield "acknowledgements are told as refused"


def restart(s, expected):
    """A broker that is stopped and started shows as one, in the groups that it coordinates."""
    brokers = [e for e in s.events if e["type"] == "broker"]
    if not any(expected["stopped"] - 1 < kinds.seconds(e["first"]) < expected["up"] + 1 for e in brokers):
        yield f"no broker is told to have been in trouble from {expected['stopped']} to {expected['up']}"


def failed_commits(s, expected):
    got = collections.Counter(str(e["error"]) for e in s.events if e["type"] == "commit-failed")
    if dict(got) != expected:
        yield f"refused commits {dict(got)}, expected {expected}"


def successful_commits(s, expected):
    got = collections.Counter(e["client_id"] for e in run(s, "decode", "--api", "OffsetCommit")
                              if e["direction"] == "response" and not list(kinds.errors_in(e["body"])))
    for client, n in expected.items():
        if got[client] != n:
            yield f"{client}: {got[client]} commits, expected {n}"


CHECKS = {
    "failed_commit_requests": [failed_commits],
    "successful_commit_requests": [successful_commits],
    "errors": [kinds.errors],
    "capture": [kinds.capture],
    "member_errors": [member_errors, told],
    "moved_classic": [moved_classic],
    "metadata_requests": [metadata_requests],
    "share_errors": [share_errors],
    "coordinator_restart": [restart],
}


def main():
    regroup, root = sys.argv[1], pathlib.Path(sys.argv[2])
    checked = failed = 0
    for path in sorted(root.rglob("truth.json")):
        truth = json.loads(path.read_text())
        expect = {k: v for k, v in truth.get("expect", {}).items() if k in CHECKS}
        files = [path.parent / n for n in truth.get("captures") or ["capture.pcap"]]
        if not expect or truth["expect"].get("precision_only") or not all(f.exists() for f in files):
            continue
        s = Scenario(regroup, files, truth)
        for key, value in expect.items():
            for check in CHECKS[key]:
                wrong = list(check(s, value))
                checked += 1
                failed += bool(wrong)
                for w in wrong:
                    print(f"{path.parent.name}: {key}: {w}")
    print(f"{checked - failed} passed, {failed} failed")
    return 1 if failed or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
