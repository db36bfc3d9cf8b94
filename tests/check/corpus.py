#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real clients get the verdicts that they deserve: corpus.py REGROUP CORPUS

CORPUS holds a folder for each scenario, with its capture. Kafka's own Java clients never fail the rules that are marked as
their behaviour, nor any other but where the scenario makes them; what other clients are known for is found.
"""

import json
import os
import subprocess
import sys

JAVA = "apache-kafka-java"

# Scenarios in which the application, or what is done to it, breaks a rule that a Java client cannot keep alone.
JAVA_FAILS = {
	"frozen": {"W11"}, "heartbeat-starved": {"W11"}, "commit-fail": {"W11"}, "848-fenced": {"W39"},
	"rebalance-timeout": {"W13"}, "group-max-size": {"W17"}, "inconsistent-assignor": {"W17"},
	"sync-timeout": {"W20"}, "txn-fencing": {"W20"},
}
KILLED = {"W21"}  # a process that is killed cannot say that it leaves

# What is known of clients: (scenario, software or client.id, rule).
KNOWN = [
	("lib-kafka-python", "kafka-python", "W41"), ("lib-kafka-python", "kafka-python", "W31"),
	("lib-kafka-python-2", None, "W01"), ("lib-segmentio", None, "W01"), ("lib-kafkajs", None, "W11"),
	("lib-franz-go", "kgo", "W23"), ("lib-franz-go", "kgo", "W13"), ("lib-franz-go", "kgo", "W15"),
	("lib-sarama", "sarama", "W13"), ("lib-sarama", "sarama", "W15"), ("lib-sarama", "sarama", "W27"),
	("lib-librdkafka", "confluent-kafka-python", "W39"), ("lib-librdkafka", "confluent-kafka-python", "W42"),
	("lib-aiokafka", None, "W42"), ("lib-segmentio", None, "W42"), ("lib-sarama", "sarama", "W42"),
	("group-max-size", JAVA, "W17"), ("rebalance-timeout", JAVA, "W13"), ("commit-fail", None, "W26"),
	("commit-fail", None, "W27"), ("848-epoch-errors", None, "W40"), ("parade-a", None, "W04"),
	("heartbeat-starved", JAVA, "W11"), ("crash-session", JAVA, "W21"), ("lib-librdkafka", "confluent-kafka-python", "W21"),
	("lib-kafka-python", "kafka-python", "W21"), ("lib-kafka-python-2", None, "W21"), ("lib-aiokafka", None, "W21"),
	("lib-franz-go", "kgo", "W21"), ("lib-sarama", "sarama", "W21"), ("lib-segmentio", None, "W21"), ("lib-kafkajs", None, "W21"),
	("net-nat", "confluent-kafka-python", "W21"), ("net-portreuse", "kafka-python", "W21"),
]

# What passes, with its trigger: (scenario, software, rule).
PASSES = [
	("lib-franz-go", "kgo", "W02"), ("crash-session", JAVA, "W13"), ("coordinator-bounce", JAVA, "W08"),
	("static-duplicate", JAVA, "W16"), ("rolling-restart-cooperative", JAVA, "W24"), ("grow-cooperative", JAVA, "W30"),
	("producer-metadata", JAVA, "W33"), ("producer-metadata", JAVA, "W35"), ("producer-metadata", JAVA, "W36"),
	("txn-fencing", JAVA, "W37"), ("txn-fencing", JAVA, "W34"), ("848-fenced", JAVA, "W40"), ("static-bounce", JAVA, "W22"),
	("lib-aiokafka", None, "W23"), ("rolling-restart", JAVA, "W21"), ("enforce", JAVA, "W41"),
]


def check(regroup, folder):
	with open(os.path.join(folder, "truth.json"), encoding="utf-8") as file:
		files = json.load(file).get("captures") or ["capture.pcap"]
	files = [f for f in (os.path.join(folder, name) for name in files) if os.path.exists(f) and os.path.getsize(f) < 20e6]
	if not files:
		return None
	command = [regroup, "check", "-q", "--format", "json"] + [word for f in files for word in ("-r", f)]
	run = subprocess.run(command, capture_output=True, text=True, check=False)
	if run.returncode not in (0, 1, 3) or run.stderr:
		raise RuntimeError(f"{folder}: exit code {run.returncode}: {run.stderr}")
	return [json.loads(line) for line in run.stdout.splitlines()]


def killed(folder):
	"""How many processes were killed there."""
	with open(os.path.join(folder, "actions.jsonl"), encoding="utf-8") as file:
		return sum("SIGKILL" in line or '"kill' in line for line in file)


def java_faults(name, lines, own):
	"""Old Java clients do not say what they are, and are not meant."""
	allowed = JAVA_FAILS.get(name, set()) | KILLED
	for line in lines:
		if line["type"] != "failure" or line["software"] != JAVA:
			continue
		if line["rule"] in own or line["rule"] not in allowed:
			yield f"{name}: {line['rule']} fails a Java client: {line['client_id']} {line['frames']}: {line['seen']}"


def main():
	regroup, corpus = os.path.abspath(sys.argv[1]), sys.argv[2]
	known, passes, found, judged = set(), set(), [], 0
	for name in sorted(os.listdir(corpus)):
		lines = check(regroup, os.path.join(corpus, name))
		if not lines:
			continue
		judged += 1
		own = {line["rule"] for line in lines if line["type"] == "rule" and line["own"]}
		found += java_faults(name, lines, own)
		closed = sum(line["type"] == "failure" and line["rule"] == "W21" for line in lines)
		if closed > killed(os.path.join(corpus, name)):
			found.append(f"{name}: W21 fails {closed} times, more than were killed")
		for line in lines:
			if line["type"] == "failure":
				known.add((name, line["software"], line["rule"]))
				if not line["frames"]:
					found.append(f"{name}: {line['rule']} without a frame")
			elif line["type"] == "client":
				passes |= {(name, line["software"], r) for r, v in line["rules"].items() if v == "pass"}
	found += [f"{s}: {rule} of {software or 'a client without a name'} was not found" for s, software, rule in KNOWN
		  if (s, software, rule) not in known]
	found += [f"{s}: {rule} of {software or 'a client without a name'} does not pass" for s, software, rule in PASSES
		  if (s, software, rule) not in passes]
	print("\n".join(found + [f"{judged} scenarios judged, {len(found)} faults"]))
	return 1 if found else 0


if __name__ == "__main__":
	sys.exit(main())
