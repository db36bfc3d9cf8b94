#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each scenario beside the project expects, beyond causes: expect.py REGROUP GROUPS_DIR

Checks the `expect` of every truth.json that is about groups of the classic protocol; a scenario that says something and
a capture that does not show it fail. What has no group in it (ports, decoding, producers) is checked elsewhere.
"""
import json, pathlib, subprocess, sys

import kinds

CLASSIC = "classic"


def events(regroup, d, truth):
    names = truth.get("captures") or ["capture.pcap"]
    files = [d / n for n in names]
    if not all(f.exists() for f in files):
        return None
    command = [regroup, "log", "--format", "json"] + [a for f in files for a in ("-r", str(f))]
    p = subprocess.run(command, capture_output=True, text=True)
    return [json.loads(l) for l in p.stdout.splitlines()]


class Scenario:
    def __init__(self, truth, all_events):
        self.truth, self.events = truth, all_events
        self.classic = [g for g, v in truth["groups"].items() if v.get("type") == CLASSIC]
        self.rebalances = {}
        for e in all_events:
            if e["type"] == "rebalance" and e["outcome"] in ("stable", "empty"):
                self.rebalances.setdefault((e["group"], e["generation"]), e)

    def members(self, event):
        return [e for e in self.events if e["type"] == "member" and e["event"] == event]

    def of(self, key):
        """expect's keys are a generation, or group/generation."""
        group, _, generation = key.rpartition("/")
        return self.rebalances.get((group or self.classic[0], int(generation)))

    def is_reached(self, key):
        """Does the truth have it as reached, and seen?"""
        group, _, generation = key.rpartition("/")
        return any(r["generation"] == int(generation) and r.get("outcome") in ("stable", "empty") and not r.get("unseen")
                   for r in self.truth["groups"][group or self.classic[0]]["rebalances"])

    def clients(self, event):
        return {m["client_id"] for m in event["members"]}

    def causes(self, *ids):
        return [c for e in self.rebalances.values() for c in [e["cause"]] + e["also"] if c["id"] in ids]

    def name(self, event, member):
        """The client id of a member or instance id."""
        for m in event["members"]:
            if member in (m["member"], m["instance"]):
                return m["client_id"]
        return member


def by_generation(field):
    def check(s, expected):
        for key, value in expected.items():
            e = s.of(key)
            if e is None:
                if s.is_reached(key):
                    yield f"generation {key}: not told"
                continue
            if e[field] != value and e["outcome"] == "stable":
                yield f"generation {key}: {field} {e[field]}, expected {value}"
    return check


def member_events(kind):
    def check(s, expected):
        seen = {e["client_id"] for e in s.members(kind)}
        for client in expected:
            if isinstance(client, str) and client not in seen:
                yield f"{client} is not told as {kind} (told: {sorted(seen)})"
    return check


def static_bounces(s, expected):
    n = len([e for e in s.members("replaced") if not e["rebalance"]])
    if n != expected:
        yield f"{n} static bounces, expected {expected}"


def moved_since_parent(s, expected):
    for key, moves in expected.items():
        e = s.of(key)
        want = {(t, p) for t, p, a, b in moves if a and b}
        got = {(m["topic"], m["partition"]) for m in (e or {}).get("moved_since_parent") or []}
        if got != want:
            yield f"generation {key}: moved since the parent {sorted(got)}, expected {sorted(want)}"


def coordinator_moves(s, expected):
    n = len([e for e in s.events if e["type"] == "coordinator"])
    if n != expected:
        yield f"{n} coordinator moves, expected {expected}"


def failed_commits(s, expected):
    want = sorted(code for f in expected for code in map(int, f["codes"]))
    got = sorted(e["error"] for e in s.events if e["type"] == "commit-failed")
    if got != want:
        yield f"refused commits {got}, expected {want}"


def storm(s, expected):
    seen = {e.get("class") for e in s.events if e["type"] == "storm"}
    if expected not in seen:
        yield f"storms {sorted(map(str, seen))}, expected {expected}"


def connections_opaque(s, expected):
    n = len([e for e in s.events if e["type"] == "connection"])
    if n != expected:
        yield f"{n} opaque connections, expected {expected}"


def moved_from_to(s, expected):
    deleted = {g for d in s.truth["expect"].get("deleted", []) for g, _ in d["groups"]}
    for key, moves in [(k, v) for k, v in expected.items() if not isinstance(v, dict)] + [
            (f"{g}/{n}", m) for g, v in expected.items() if isinstance(v, dict) for n, m in v.items()]:
        group = key.rpartition("/")[0] or s.classic[0]
        if group in s.classic and group not in deleted:  # a group of the same name is another one: nothing moves
            e = s.of(key)
            if e is None or e["outcome"] != "stable" or e["followup_of"] is not None:
                continue
            want = {(t, p, a, b) for t, p, a, b in moves if a and b}
            got = {(m["topic"], m["partition"], s.name(e, m["from"]), s.name(e, m["to"])) for m in e["moved"]}
            if {m[:2] for m in want} != {m[:2] for m in got} or not all(g in want or g[2] not in s.clients(e) for g in got):
                yield f"generation {key}: moved {sorted(got)}, expected {sorted(want)}"


def caused(*ids):
    def check(s, expected):
        who = {c["client_id"] for c in s.causes(*ids)}
        for client in [expected] if isinstance(expected, str) else expected:
            if client not in who:
                yield f"{client} is behind none of {ids} (but {sorted(map(str, who))})"
    return check


def rejected(s, expected):
    got = {(e["client_id"], e["error"]) for e in s.events if e["type"] == "join-refused"}
    if not set(expected.items()) <= got:
        yield f"refused {sorted(got)}, expected {expected}"


def pending_member(s, expected):
    if not any(expected in (e.get("released_by") or "") for e in s.rebalances.values()):
        yield f"no join phase is said to have waited for {expected}"


def rejoined(s, expected):
    back = {m["client_id"] for e in s.rebalances.values() for m in e["members"] if m["change"] == "returned"}
    if not set(expected) <= back:
        yield f"returned {sorted(back)}, expected {expected}"


def oversubscribed(s, expected):
    members, partitions = expected
    seen = {(len(m), sum(1 for x in m if x["partitions"])) for m in
            ([x for x in e["members"] if x["change"] not in ("left", "expired", "kicked")] for e in s.rebalances.values())}
    if (members, partitions) not in seen:
        yield f"members and those with partitions {sorted(seen)}, expected {expected}"


def herd(s, expected):
    most = max(len(e["members"]) for e in s.rebalances.values())
    if most != expected:
        yield f"{most} members at most, expected {expected}"


def flapping(s, expected):
    culprits = {e["culprit"] if isinstance(e["culprit"], (str, type(None))) else e["culprit"].get("client_id")
                for e in s.events if e["type"] == "storm"}
    if expected not in culprits:
        yield f"storms because of {culprits}, expected {expected}"


def duplicate_instance(s, expected):
    if expected not in {e["instance"] for e in s.members("fenced")}:
        yield f"{expected} is not told as fenced"


def untouched(s, expected):
    for group in expected:
        if any(g == group and n > 1 for g, n in s.rebalances):
            yield f"{group} is told as rebalanced"


def rebalanced(s, expected):
    for group in expected:
        if not any(g == group and n > 1 for g, n in s.rebalances):
            yield f"{group} is not told as rebalanced"


def groups_visible(s, expected):
    if s.events[-1]["groups"] != expected:
        yield f"{s.events[-1]['groups']} groups, expected {expected}"


def redelivery(s, expected):
    most = {(r["group"], r["topic"], r["partition"], r["attempted"]): r["repeated_at_most"] for r in expected}
    got = [(e["group"], p["topic"], p["partition"], p["to"], p["records"])
           for e in s.events if e["type"] == "duplicates" for p in e["partitions"]]
    if not got:
        yield "no record is told as read twice"
    for *key, n in got:
        if n > most.get(tuple(key), 0):
            yield f"{key}: {n} records read twice, at most {most.get(tuple(key))}"


def deleted(s, expected):
    want = sorted((g, code) for d in expected for g, code in d["groups"])
    got = sorted((e["group"], e["error"]) for e in s.events if e["type"] == "admin" and "deleted" in e["event"])
    if want != got:
        yield f"deleted {got}, expected {want}"
    for e in s.events:
        if e["type"] == "rebalance" and e["group"] in {g for g, _ in want} and e["cause"]["id"] == "R1" and e["generation"] != 1:
            yield f"{e['group']} forms with generation {e['generation']}"


CHECKS = {
    "deleted": deleted,
    "mode": by_generation("mode"),
    "slowest": by_generation("slowest"),
    "expired": member_events("expired"),
    "kicked": member_events("kicked"),
    "fenced": member_events("fenced"),
    "static_bounce_without_rebalance": static_bounces,
    "moved_since_parent": moved_since_parent,
    "coordinator_moves": coordinator_moves,
    "failed_commits": failed_commits,
    "storm": storm,
    "connections_opaque": connections_opaque,
    "moved": moved_from_to,
    "poll_interval_exceeded": caused("R9"),
    "enforced": caused("R6", "R3"),
    "dead_leader": caused("R10", "R12"),
    "rejected": rejected,
    "pending_member": pending_member,
    "rejoined": rejoined,
    "oversubscribed": oversubscribed,
    "herd": herd,
    "flapping": flapping,
    "duplicate_instance": duplicate_instance,
    "groups_untouched_by_restart": untouched,
    "groups_rebalanced_by_restart": rebalanced,
    "groups_visible": groups_visible,
    "redelivery": redelivery,
    **kinds.CHECKS,
}


def main():
    regroup, root = sys.argv[1], pathlib.Path(sys.argv[2])
    checked = failed = 0
    for path in sorted(root.rglob("truth.json")):
        truth = json.loads(path.read_text())
        checks = {**CHECKS, **(kinds.FOR_KINDS if kinds.is_kind(truth) else {})}
        expect = {k: v for k, v in truth.get("expect", {}).items() if k in checks}
        if not expect or expect.get("precision_only") or truth.get("expect", {}).get("precision_only"):
            continue
        if not any(v.get("type") == CLASSIC for v in truth["groups"].values()):
            continue
        all_events = events(regroup, path.parent, truth)
        if all_events is None:
            continue
        s = Scenario(truth, all_events)
        s.regroup, s.files = regroup, [path.parent / n for n in truth.get("captures") or ["capture.pcap"]]
        for key, value in expect.items():
            checked += 1
            wrong = list(checks[key](s, value))
            failed += bool(wrong)
            for w in wrong:
                print(f"{path.parent.name}: {key}: {w}")
    print(f"{checked} passed, {failed} failed" if not failed else f"{checked - failed} passed, {failed} failed")
    return 1 if failed or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
