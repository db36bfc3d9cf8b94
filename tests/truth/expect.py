#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What each scenario beside the project expects, beyond causes: expect.py REGROUP GROUPS_DIR

Checks the `expect` of every truth.json that is about groups of the classic protocol: mode, slowest, expired, kicked,
static bounces, fenced ids, moves since the parent, coordinator moves, refused commits, storms, opaque connections.
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
                continue
            if e[field] is None and not e["members"]:
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


CHECKS = {
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
