#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each scenario beside the project expects of groups whose broker assigns: expect_epochs.py REGROUP GROUPS_DIR

Consumer groups of KIP-848, share groups, streams groups and groups that changed protocol: what moved, who was slow to
give partitions up, how long that took, when the last member had arrived, who superseded whom, bounces of static
members, refused heartbeats and commits, deliveries of share groups.
"""
import datetime, json, pathlib, subprocess, sys

# Seconds that the capture's clock and the broker's may differ.
CLOCK = 0.1
# The first answer of a group waits for its first record in the offsets topic.
FIRST_RECORD = 0.3
# The broker's log does not tell the targets of this assignor in the form that the truth was read from.
UNREADABLE = "range"


def seconds(text):
    head, _, frac = text.rstrip("Z").partition(".")
    t = datetime.datetime.fromisoformat(head).replace(tzinfo=datetime.timezone.utc).timestamp()
    return t + float("0." + (frac or "0"))


def events(regroup, d, truth):
    names = truth.get("captures") or ["capture.pcap"]
    command = [regroup, "log", "--format", "json"] + [a for n in names for a in ("-r", str(d / n))]
    p = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(l) for l in p.stdout.splitlines()]


class Scenario:
    def __init__(self, truth, all_events):
        self.truth, self.events = truth, all_events
        self.expect = truth.get("expect", {})
        self.groups = {g: v for g, v in truth["groups"].items() if v.get("type") != "classic"}
        self.told = {}
        for e in all_events:
            if e["type"] == "rebalance":
                self.told.setdefault((e["group"], e["generation"]), e)
        self.clients = {}
        for e in all_events:
            for m in e.get("members") or []:
                for key in (m["member"], m["instance"]):
                    if key:
                        self.clients[key] = m["client_id"]

    def rebalances(self):
        for g, v in self.groups.items():
            for r in v["rebalances"]:
                if r.get("protocol") != "classic" and not r.get("unseen"):
                    yield g, r, self.told.get((g, r["generation"]))


def owners(moves, into):
    for topic, partition, _, to in moves:
        into[(topic, partition)] = to


def moved(s):
    """Between what was assigned when the group was stable last and now: epochs that were superseded are part of it."""
    for g, expected in s.expect.get("moved", {}).items():
        before, now, sure = {}, {}, True
        for r in s.groups[g]["rebalances"]:
            owners(expected.get(str(r["generation"]), []), now)
            e = s.told.get((g, r["generation"]))
            sure = sure and r.get("assignor") != UNREADABLE
            if r["outcome"] != "stable" or r.get("protocol") == "classic" or e is None:
                continue
            if s.groups[g]["type"] == "classic+consumer":
                want = {(t, p, a, b) for t, p, a, b in expected.get(str(r["generation"]), []) if a and b}
            else:
                want = {(t, p, before[(t, p)], to) for (t, p), to in now.items()
                        if to and before.get((t, p)) and before[(t, p)] != to}
            got = {(m["topic"], m["partition"], s.clients.get(m["from"], m["from"]), s.clients.get(m["to"], m["to"]))
                   for m in e["moved"] or []}
            if sure and want != got:
                yield f"{g} epoch {r['generation']}: moved {sorted(got)}, expected {sorted(want)}"
            sure = True
            before = dict(now)


def moved_partitions(s):
    """Of the scenarios with client libraries, which say the topic's id and the partition."""
    for g, r, e in s.rebalances():
        if e is None or e["outcome"] != "stable" or "moved" not in r.get("detail", {}):
            continue
        want = sorted(int(x.rpartition("-")[2]) for x in r["detail"]["moved"])
        got = sorted(m["partition"] for m in e["moved"] or [])
        if want != got:
            yield f"{g} epoch {r['generation']}: moved partitions {got}, expected {want}"


def revocations(s):
    for g, r, e in s.rebalances():
        if e is None or e["outcome"] != "stable" or not r.get("revocations"):
            continue
        lag = {m["client_id"]: m["rejoin_lag_ms"] for m in e["members"]}
        for v in r["revocations"]:
            told = lag.get(v["client"])
            if told is None or abs(told / 1000 - v["seconds"]) > CLOCK:
                yield f"{g} epoch {r['generation']}: {v['client']} gave up in {told} ms, expected {v['seconds']} s"
        times = sorted((v["seconds"] for v in r["revocations"]), reverse=True)
        clear = len(times) == 1 or times[0] - times[1] > 0.02
        if clear and e["slowest"] != r["slowest_revocation"]["client"]:
            yield f"{g} epoch {r['generation']}: slowest {e['slowest']}, expected {r['slowest_revocation']['client']}"


def arrivals(s):
    for g, r, e in s.rebalances():
        if r["outcome"] != "stable" or not e or not e["ended"]:
            continue
        if abs(seconds(e["ended"]) - r["stable"]) > (FIRST_RECORD if r["cause"] == "R1" else CLOCK):
            yield f"{g} epoch {r['generation']}: ended {seconds(e['ended']) - r['stable']:+.2f} s off"


def superseded(s):
    for g, r, e in s.rebalances():
        if r["outcome"] != "superseded" or e is None:
            continue
        if e["outcome"] != "aborted":
            yield f"{g} epoch {r['generation']}: {e['outcome']}, expected to be superseded"
        if r.get("unrevoked") and e["slowest"] not in r["unrevoked"]:
            yield f"{g} epoch {r['generation']}: slowest {e['slowest']}, expected one of {r['unrevoked']}"


def bounces(s):
    for g, expected in s.expect.get("bounces", {}).items():
        for what, event in (("rejoin", "replaced"), ("left -2", "left")):
            want = [b["client"] for b in expected if b["what"] == what]
            got = [e["client_id"] for e in s.events if e["type"] == "member" and e["group"] == g and
                   e["event"] == event and not e["rebalance"]]
            if want != got:
                yield f"{g}: {event} without a rebalance {got}, expected {want}"


def instance_in_use(s):
    for g, expected in s.expect.get("instance_in_use", {}).items():
        want = sorted({b["refused"] for b in expected})
        got = sorted({e["client_id"] for e in s.events if e["type"] == "member" and e["event"] == "fenced"})
        if want != got:
            yield f"{g}: refused {got}, expected {want}"


FENCING = {"82", "110", "111", "112", "128"}


def errors(s):
    apis = s.expect.get("errors") or {}
    for api in ("CONSUMER_GROUP_HEARTBEAT", "SHARE_GROUP_HEARTBEAT", "STREAMS_GROUP_HEARTBEAT"):
        for client, codes in apis.get(api, {}).items():
            told = [e for e in s.events if e["type"] == "member" and e["event"] == "fenced" and e["client_id"] == client]
            if FENCING & codes.keys() and not told:
                yield f"{client}: refused with {sorted(FENCING & codes.keys())}, not told"
            if not FENCING & codes.keys() and told:
                yield f"{client}: told as fenced, expected errors {codes}"
    for client, codes in apis.get("OFFSET_COMMIT", {}).items():
        for code, n in codes.items():
            got = sum(e["partitions"] for e in s.events if e["type"] == "commit-failed" and
                      e["client_id"] == client and e["error"] == int(code) and e["group"] in s.groups)
            if got != n:
                yield f"{client}: {got} partitions refused with {code}, expected {n}"


def share_acknowledged(s):
    expected = s.expect.get("share_acknowledged") or {}
    names = {"accept": "accepted", "release": "released", "reject": "rejected"}
    for client, kinds in expected.items():
        told = [e for e in s.events if e["type"] == "delivery" and e["client_id"] == client]
        for kind, n in kinds.items():
            got = sum(e[names[kind]] for e in told)
            if got != n:
                yield f"{client}: {got} {names[kind]}, expected {n}"


CHECKS = (moved, moved_partitions, revocations, arrivals, superseded, bounces, instance_in_use, errors, share_acknowledged)


def main():
    regroup, root = sys.argv[1], pathlib.Path(sys.argv[2])
    checked = failed = 0
    for path in sorted(root.rglob("truth.json")):
        truth = json.loads(path.read_text())
        if truth.get("expect", {}).get("precision_only"):
            continue
        if all(v.get("type") == "classic" for v in truth["groups"].values()):
            continue
        s = Scenario(truth, events(regroup, path.parent, truth))
        for check in CHECKS:
            checked += 1
            wrong = list(check(s))
            failed += bool(wrong)
            for w in wrong:
                print(f"{path.parent.name}: {w}")
    print(f"{checked - failed} passed, {failed} failed")
    return 1 if failed or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
