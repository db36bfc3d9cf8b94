# SPDX-License-Identifier: Apache-2.0
"""What scenarios of Connect, Streams and Schema Registry expect: checks for expect.py.

Each takes the scenario and the expected value and yields what is wrong.
"""
import collections, datetime, json, subprocess


def seconds(text):
    head, _, frac = text.rstrip("Z").partition(".")
    at = datetime.datetime.fromisoformat(head).replace(tzinfo=datetime.timezone.utc).timestamp()
    return at + float("0." + (frac or "0"))


def of_type(s, protocol_type):
    """The rebalances of the groups of this protocol type, by generation."""
    return {generation: e for (_, generation), e in s.rebalances.items() if e["protocol_type"] == protocol_type}


def client_of(e, member):
    for m in e["members"]:
        if member is not None and member in (m["member"], m["instance"]):
            return m["client_id"]
    return member


def names(partitions):
    """Connectors and tasks as Connect spells them: file-1, file-1-0."""
    return {c if t < 0 else f"{c}-{t}" for c, tasks in (partitions or {}).items() for t in tasks}


def connect_worker(e, before, client, want):
    m = next((m for m in e["members"] if m["client_id"] == client and m["partitions"] is not None), None)
    if m is None:
        yield f"generation {e['generation']}: {client} is not told"
        return
    runs = names(m["partitions"])
    added = runs - before.get(client, set())
    given, taken = set(want["assigned"]), set(want.get("revoked") or [])
    if want["version"] == 0 and runs != given:
        yield f"generation {e['generation']}: {client} runs {sorted(runs)}, expected {sorted(given)}"
    if want["version"] > 0 and (added != given or runs & taken):
        yield f"generation {e['generation']}: {client} got {sorted(added)}, expected {sorted(given)} less {sorted(taken)}"
    if m["leader"] != (m["member"] == want["leader"]):
        yield f"generation {e['generation']}: {client} leads: {m['leader']}"


def connect_assignments(s, expected):
    rounds, before = of_type(s, "connect"), {}
    for generation in sorted(map(int, expected)):
        e = rounds.get(generation)
        if e is None:
            yield f"generation {generation} is not told"
            continue
        for client, want in expected[str(generation)].items():
            yield from connect_worker(e, before, client, want)
            told = e.get("connect") or {}
            for ours, theirs in (("config_offset", want["offset"]), ("leader_url", want["leader_url"]), ("error", want["error"])):
                if told.get(ours) != (theirs if theirs != -1 else None):
                    yield f"generation {generation}: {ours} {told.get(ours)}, expected {theirs}"
        before = {m["client_id"]: names(m["partitions"]) for m in e["members"]}


def connect_delays(s, expected):
    rounds = of_type(s, "connect")
    want = {d["generation"]: d["delay_ms"] for d in expected}
    got = {g: e["connect"]["delay_ms"] for g, e in rounds.items() if e.get("connect") and e["connect"]["delay_ms"]}
    if got != want:
        yield f"delays {got}, expected {want}"
    for generation in want:
        follow = rounds.get(generation + 1)
        if follow is None or follow["cause"]["id"] != "R20":
            continue
        due = seconds(rounds[generation]["connect"]["followup_due"])
        if abs(seconds(follow["started"]) - due) > 0.5 or not follow["planned"] or follow["followup_of"] is None:
            yield f"generation {generation + 1} was due {due}, began {follow['started']}, planned {follow['planned']}"


def sr_assignments(s, expected):
    rounds = of_type(s, "sr")
    for generation, want in expected.items():
        e = rounds.get(int(generation))
        told = e.get("registry") if e else None
        if not told:
            yield f"generation {generation}: nothing is told of the master"
            continue
        members = sorted(m["client_id"] for m in e["members"] if m["change"] in ("stayed", "joined", "returned"))
        if (client_of(e, told["master"]), told["error"], members) != (want["master"], want["error"], sorted(want["members"])):
            yield f"generation {generation}: {told}, {members}, expected {want}"


def probing(s, expected):
    """Announced rebalances: expected, and nobody's storm."""
    announced = [e for e in s.rebalances.values() if (e.get("streams") or {}).get("probing")]
    if expected and not announced:
        yield "no rebalance is told as probing"
    if any(e["type"] == "storm" and e["class"] == "Connect/Streams planned" for e in s.events):
        yield "probing rebalances are told as a storm"


def moved_in_full(s, expected):
    """What moved, was taken and was granted, between clients."""
    for group, generations in expected.items():
        for generation, moves in generations.items():
            e = s.rebalances.get((group, int(generation)))
            if e is None or e["protocol_type"] != "consumer" or e["moved"] is None:
                continue
            people = {m["member"]: m["client_id"] for r in s.rebalances.values() if r["group"] == group for m in r["members"]}
            name = lambda id: people.get(id, id)
            got = {(m["topic"], m["partition"], name(m["from"]), name(m["to"]))
                   for m in e["moved"] + e["granted"] + e["unassigned"]}
            want = {tuple(m) for m in moves}
            if got != want:
                yield f"{group} {generation}: lacks {sorted(map(str, want - got))}, invents {sorted(map(str, got - want))}"


# The broker's log of requests has not all of them.
GROUP_APIS = {"JOINGROUP", "SYNCGROUP", "HEARTBEAT", "LEAVEGROUP", "OFFSETCOMMIT", "FINDCOORDINATOR", "METADATA"}


def errors_in(body):
    if isinstance(body, dict):
        for key, value in body.items():
            if key == "errorCode" and value:
                yield value
            yield from errors_in(value)
    elif isinstance(body, list):
        for item in body:
            yield from errors_in(item)


def errors(s, expected):
    """Every error that the broker answered in the capture is decoded."""
    command = [s.regroup, "decode", "--errors", "--format", "json"] + [a for f in s.files for a in ("-r", str(f))]
    got = collections.Counter()
    for line in subprocess.run(command, capture_output=True, text=True).stdout.splitlines():
        e = json.loads(line)
        for code in errors_in(e["body"]):
            got[e["api"].upper(), e["client_id"], code] += 1
    want = {(api.replace("_", ""), client, int(code)): n
            for api, clients in expected.items() for client, codes in clients.items() for code, n in codes.items()}
    apis = GROUP_APIS | {api for api, _, _ in want}
    got = collections.Counter({key: n for key, n in got.items() if key[0] in apis})
    if dict(got) != want:
        yield f"errors {dict(got - collections.Counter(want))} too many, {dict(collections.Counter(want) - got)} missing"


def capture(s, expected):
    e = next(e for e in s.events if e["type"] == "summary")
    for key, field in (("first", "captured_from"), ("last", "captured_to")):
        if abs(seconds(e[field]) - expected[key]) > 0.002:
            yield f"{field} {e[field]}, expected {expected[key]}"


def is_kind(truth):
    expect = truth.get("expect", {})
    return any(k in expect for k in ("connect_assignments", "sr_assignments", "probing")) or \
        "streams" in str(truth.get("clients", ""))


CHECKS = {
    "connect_assignments": connect_assignments,
    "connect_delays": connect_delays,
    "sr_assignments": sr_assignments,
    "probing": probing,
}

# Of all scenarios in which such a group is.
FOR_KINDS = {"moved": moved_in_full, "errors": errors, "capture": capture}
