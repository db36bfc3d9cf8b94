#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare the blobs of real group captures with what is known of them.

    blobs.py REGROUP GROUPS_FOLDER [SCENARIO ...]

Everything that members and leaders hand each other must be decoded: the bytes fields of groups of type consumer,
connect and sr, and the user data of the assignors that have some. What truth.json says of assignments must agree.
"""

import base64
import json
import pathlib
import subprocess
import sys

TYPED = {"consumer", "connect", "sr"}
WITH_USER_DATA = {"sticky", "cooperative-sticky", "stream"}
faults = []
counts = {}


def fault(scenario, m, text):
	faults.append(f"{scenario}: frame {m['frame']} {m['api']} v{m['version']} {m['direction']}: {text}")


def blob_fields(m):
	"""(path, bytes) of the fields that have blobs."""
	body, api = m["body"], (m["api"], m["direction"])
	if api == ("JoinGroup", "request"):
		return [(f"protocols[{i}].metadata", p["metadata"]) for i, p in enumerate(body["protocols"])]
	if api == ("JoinGroup", "response"):
		return [(f"members[{i}].metadata", p["metadata"]) for i, p in enumerate(body["members"])]
	if api == ("SyncGroup", "request"):
		return [(f"assignments[{i}].assignment", p["assignment"]) for i, p in enumerate(body["assignments"])]
	if api == ("SyncGroup", "response"):
		return [("assignment", body["assignment"])]
	return []


def messages(regroup, capture):
	command = [regroup, "decode", "-r", capture, "--api", "JoinGroup,SyncGroup", "--format", "json", "-q"]
	out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
	return [m for m in map(json.loads, out.splitlines()) if m["status"] == "ok"]


def connector_names(connectors):
	return sorted(c["connector"] if t < 0 else f"{c['connector']}-{t}"
	              for c in connectors or [] for t in c["tasks"])


def check_connect(scenario, m, value, truth):
	"""One worker's assignment against the truth's of that generation; True when it is there."""
	member = value["leader"]  # the worker itself is not named in a response: any worker with the same content
	for worker in truth.get(str(m["generation"]), {}).values():
		same = (worker["error"] == value["error"] and worker["leader"] == value["leader"]
		        and worker["offset"] == value["configOffset"]
		        and sorted(worker["assigned"]) == connector_names(value["assignment"])
		        and sorted(worker.get("revoked", [])) == connector_names(value.get("revoked"))
		        and worker.get("delay", 0) == value.get("delay", 0))
		if same:
			return True
	fault(scenario, m, f"no worker of generation {m['generation']} led by {member} was given {value}")
	return False


def check_message(scenario, m, state, truth):
	found = {b["path"]: b for b in m["blobs"]}
	for path, text in blob_fields(m):
		raw = base64.b64decode(text or "")
		blob = found.get(path)
		kind = state["types"].get(m["group"])
		if not raw:
			continue
		if kind not in TYPED:
			if kind is not None and blob:
				fault(scenario, m, f"{path}: a blob in a group of type {kind}")
			continue
		if not blob:
			fault(scenario, m, f"{path}: no blob ({kind}, {raw.hex()})")
			continue
		counts[blob["type"], blob["version"]] = counts.get((blob["type"], blob["version"]), 0) + 1
		name = m["names"].get(path) or state["assignors"].get(m["group"])
		user = blob["value"].get("userData") if kind == "consumer" else None
		if user and name in WITH_USER_DATA:
			inner = found.get(path + ".userData")
			if not inner:
				fault(scenario, m, f"{path}.userData: no blob ({name}, {base64.b64decode(user).hex()})")
			else:
				state["probing"].add(inner["value"].get("nextRebalanceMs"))
				key = inner["type"], inner["version"]
				counts[key] = counts.get(key, 0) + 1
		if blob["type"] == "ConnectSubscription" and blob["value"].get("allocation"):
			if path + ".allocation" not in found:
				fault(scenario, m, f"{path}.allocation: no blob")
		expect = truth.get("expect", {})
		if blob["type"] == "ConnectAssignment" and m["direction"] == "request" and "connect_assignments" in expect:
			check_connect(scenario, m, blob["value"], expect["connect_assignments"])
		if blob["type"] == "SchemaRegistryAssignment" and "sr_assignments" in expect:
			known = expect["sr_assignments"].get(str(m["generation"]))
			value = blob["value"]
			master = (value.get("master") or "").rsplit("-", 5)[0] or None
			if known and (known["error"], known["master"]) != (value["error"], master):
				fault(scenario, m, f"{value} against {known}")
		state["delays"].add((m["generation"], blob["value"].get("delay")))


def check(regroup, folder):
	truth = json.loads((folder / "truth.json").read_text())
	captures = [c for c in truth.get("captures", ["capture.pcap"]) if (folder / c).exists()]
	state = {"types": {}, "assignors": {}, "delays": set(), "probing": set(), "reasons": set()}
	asked = {}
	for capture in captures:
		for m in messages(regroup, folder / capture):
			body, way = m["body"], m["direction"]
			ident = (m["client"], m["server"], m["correlation_id"], m["api"])
			if way == "request":
				asked[ident] = body
			ask = asked.get(ident, {})
			m["group"] = ask.get("groupId")
			m["generation"] = ask.get("generationId")
			m["names"] = {}
			if m["api"] == "JoinGroup" and way == "request":
				state["types"][m["group"]] = body["protocolType"]
				state["reasons"].add(body.get("reason"))
				m["names"] = {f"protocols[{i}].metadata": p["name"] for i, p in enumerate(body["protocols"])}
			if m["api"] == "JoinGroup" and way == "response" and body["protocolName"]:
				state["assignors"][m["group"]] = body["protocolName"]
			check_message(folder.name, m, state, truth)
	for delay in truth.get("expect", {}).get("connect_delays", []):
		if (delay["generation"], delay["delay_ms"]) not in state["delays"]:
			faults.append(f"{folder.name}: no delay like {delay}")


	scheduled = "triggered followup rebalance scheduled for "
	for reason in state["reasons"] - {None}:
		if reason.startswith(scheduled) and int(reason[len(scheduled):]) not in state["probing"]:
			faults.append(f"{folder.name}: no assignment says what a member does: {reason}")


def main():
	regroup, groups = sys.argv[1], pathlib.Path(sys.argv[2])
	for folder in sorted(groups.iterdir()):
		if (folder / "truth.json").exists() and (len(sys.argv) < 4 or folder.name in sys.argv[3:]):
			check(regroup, folder)
	for (kind, version), n in sorted(counts.items(), key=str):
		print(f"{kind} v{version}: {n}")
	for text in faults[:40]:
		print("FAULT", text)
	print(f"{sum(counts.values())} blobs, {len(faults)} faults")
	return 1 if faults or not counts else 0


if __name__ == "__main__":
	sys.exit(main())
