#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Producers and transactions against what brokers logged: producers.py REGROUP GROUPS_DIR

Checks what truth.json expects of producers: who was fenced by whom and who was not, producer ids and epochs, transactions,
errors and numbers of Produce requests. Where nothing is expected nobody may be told as fenced, and no client as asking
for metadata in a loop.
"""
import collections, json, pathlib, subprocess, sys


def lines(regroup, command, files):
    args = [regroup, command, "--format", "json"] + [a for f in files for a in ("-r", str(f))]
    p = subprocess.run(args, capture_output=True, text=True)
    return [json.loads(l) for l in p.stdout.splitlines()]


class Scenario:
    def __init__(self, regroup, files):
        self.events = lines(regroup, "log", files)
        self.regroup, self.files, self.seen = regroup, files, None

    def of(self, kind, event):
        return [e for e in self.events if e["type"] == kind and e["event"] == event]

    def producers(self):
        if self.seen is None:
            self.seen = [p for e in lines(self.regroup, "why", self.files) if e["type"] == "capture" for p in e["producers"]]
        return self.seen


def fenced(s, expected):
    want = sorted((f["transactional_id"], f["victim"], f["by"], f["code"], f["api"].replace("_", "").lower())
                  for f in expected if isinstance(f, dict))
    got = sorted((e["transactional_id"], e["client_id"], (e["by"] or {}).get("client_id"), e["error"], e["api"].lower())
                 for e in s.of("producer", "fenced"))
    if want != got:
        yield f"fenced {got}, expected {want}"
    for e in s.of("producer", "fenced"):
        if e["confidence"] != "C3" or len(e["evidence"]) < 2:
            yield f"{e['client_id']}: fenced with {e['confidence']} and frames {e['evidence']}"


def not_fenced(s, expected):
    for e in s.of("producer", "fenced"):
        if e["transactional_id"] in expected:
            yield f"{e['transactional_id']} is told as fenced"


def init_producer_id(s, expected):
    want = sorted((t, r["client"], r["producerId"], r["epoch"]) for t, all in expected.items() for r in all)
    got = sorted((e["transactional_id"], e["client_id"], e["producer_id"], e["epoch"])
                 for e in s.events if e["type"] == "producer" and e["api"] == "InitProducerId" and not e["error"]
                 and e["transactional_id"])
    if want != got:
        yield f"producer ids {got}, expected {want}"


def end_txn(s, expected):
    want = collections.Counter((t, e["client"], e["committed"]) for t, ends in expected.items() for e in ends)
    for t in s.of("transaction", "total"):
        for committed, n in ((True, t["committed"]), (False, t["aborted"])):
            if want.pop((t["transactional_id"], t["client_id"], committed), 0) != n:
                yield f"{t['transactional_id']}: {n} {'committed' if committed else 'aborted'} by {t['client_id']}"
    for key in want:
        yield f"transactions of {key} are not told"
    raised = {e["transactional_id"] for e in s.of("producer", "epoch-bumped") if e["each_transaction"]}
    if raised != {t for t, ends in expected.items() if any(e["v"] >= 5 for e in ends)}:
        yield f"epochs raised with every transaction: {sorted(raised)}"


def produce_errors(s, expected):
    got = collections.defaultdict(collections.Counter)
    for e in s.of("producer", "refused"):
        if e["api"] == "Produce":
            got[e["client_id"]][str(e["error"])] += e["partitions"]
    if {c: dict(n) for c, n in got.items()} != expected:
        yield f"Produce errors {dict(got)}, expected {expected}"
    for e in s.of("producer", "refused"):
        if e["error"] == 6 and not e["metadata_refreshes"]:
            yield f"{e['client_id']}: no Metadata request is told to have followed"


def produce_requests(s, expected):
    got = {p["client_id"]: p["produce_requests"] for p in s.producers()}
    if got != expected:
        yield f"Produce requests {got}, expected {expected}"


def errors(s, expected):
    """Offsets of transactions that the group refused."""
    want = collections.Counter()
    for client, codes in expected.get("TXN_OFFSET_COMMIT", {}).items():
        want.update({int(code): n for code, n in codes.items()})
    got = collections.Counter()
    for e in s.events:
        if e["type"] == "commit-failed" and e.get("transactional_id"):
            got[e["error"]] += e["partitions"]
    if want != got:
        yield f"refused offsets of transactions {dict(got)}, expected {dict(want)}"
    if want and not s.of("transaction", "cut"):
        yield "no transaction is told as cut"


CHECKS = {f.__name__: f for f in (fenced, not_fenced, init_producer_id, end_txn, produce_errors, produce_requests, errors)}


def quiet(s, truth):
    if not any(isinstance(f, dict) and "victim" in f for f in truth.get("expect", {}).get("fenced", [])):
        for e in s.of("producer", "fenced"):
            yield f"{e['client_id']} is told as fenced"
    for e in s.events:
        if e["type"] == "metadata-storm":
            yield f"{e['client_id']} is told to ask for metadata in a loop"


def main():
    regroup, root = sys.argv[1], pathlib.Path(sys.argv[2])
    checked = failed = 0
    for path in sorted(root.rglob("truth.json")):
        truth = json.loads(path.read_text())
        files = [path.parent / n for n in truth.get("captures") or ["capture.pcap"]]
        if not all(f.exists() for f in files):
            continue
        s = Scenario(regroup, files)
        expect = truth.get("expect", {})
        produces = any(k in expect for k in ("fenced_answers", "produce_requests"))
        steps = {k: CHECKS[k](s, expect[k]) for k in CHECKS if produces and k in expect}
        steps["quiet"] = quiet(s, truth)
        for key, wrong in steps.items():
            wrong = list(wrong)
            checked += 1
            failed += bool(wrong)
            for w in wrong:
                print(f"{path.parent.name}: {key}: {w}")
    print(f"{checked - failed} passed, {failed} failed")
    return 1 if failed or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
