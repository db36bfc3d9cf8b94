# SPDX-License-Identifier: Apache-2.0
"""A consumer that behaves, step by step, and takes instructions to misbehave."""

import struct

SCENES = []  # (rule, verdict, function, rules that fail besides)


def scene(rule, verdict, *also, args=()):
	"""The function makes a capture in which `rule` has this verdict. Rules named in `also` fail as well."""

	def keep(function):
		SCENES.append((rule, verdict, function, set(also), args))
		return function

	return keep


def text(value):
	return struct.pack(">h", len(value)) + value.encode()


def partitions(owned):
	"""{topic: [partition]} as ConsumerProtocol writes it."""
	out = struct.pack(">i", len(owned))
	for topic, numbers in owned.items():
		out += text(topic) + struct.pack(">i", len(numbers)) + b"".join(struct.pack(">i", n) for n in numbers)
	return out


def subscription(topics, owned, version=1):
	out = struct.pack(">hi", version, len(topics)) + b"".join(map(text, topics)) + struct.pack(">i", -1)
	return out + (partitions(owned) if version >= 1 else b"")


def assignment(owned):
	return struct.pack(">h", 0) + partitions(owned) + struct.pack(">i", -1)


class Consumer:
	def __init__(self, peer, name="app", group="orders", instance=None, host=1, assignors=("range",), session=10000,
		     rebalance=30000, topics=("t",), partitions=2, find=True):
		self.peer, self.name, self.group, self.instance, self.host = peer, name, group, instance, host
		self.assignors, self.session, self.rebalance, self.topics = assignors, session, rebalance, list(topics)
		self.partitions = partitions
		self.member, self.generation, self.owned, self.reason = "", -1, {}, ""
		self.offset, self.session_epoch = 0, 0
		self.data = self.connect()
		self.metadata()
		if find:
			self.find()
		self.co = self.connect()

	def connect(self, **options):
		return self.peer.connect(self.name, host=self.host, **options)

	def metadata(self):
		topics = [{"name": t, "topicId": bytes([n + 1]) * 16, "partitions": [
			{"partitionIndex": i, "leaderId": 1, "replicaNodes": [1], "isrNodes": [1]} for i in range(self.partitions)]}
			for n, t in enumerate(self.topics)]
		self.data.call("Metadata", 9, {"topics": [{"name": t} for t in self.topics]},
			       {"brokers": [{"nodeId": 1, "host": "10.0.1.1", "port": 9092}], "clusterId": "c", "controllerId": 1,
				"topics": [{k: v for k, v in t.items() if k != "topicId"} for t in topics]})

	def find(self, host="10.0.1.1", error=0):
		self.data.call("FindCoordinator", 3, {"key": self.group, "keyType": 0},
			       {"errorCode": error, "nodeId": 1, "host": host, "port": 9092})

	# ---- joining

	def join_body(self, **change):
		owned = change.pop("owned", self.owned if self.assignors == ("cooperative-sticky",) else {})
		body = {"groupId": self.group, "sessionTimeoutMs": self.session, "rebalanceTimeoutMs": self.rebalance,
			"memberId": self.member, "groupInstanceId": self.instance, "protocolType": "consumer",
			"protocols": [{"name": a, "metadata": subscription(self.topics, owned)} for a in self.assignors],
			"reason": self.reason}
		body.update(change)
		return body

	def ask_join(self, **change):
		return self.co.ask("JoinGroup", 9, self.join_body(**change))

	def refused(self, correlation, error, member=""):
		api = self.co.asked[correlation][0]
		body = {"errorCode": error}
		if api == "JoinGroup":
			body.update({"generationId": -1, "memberId": member, "protocolName": None, "protocolType": None})
		self.co.answer(correlation, body)
		self.peer.wait(0.001)

	def joined(self, correlation, generation, members=None, leader=None, chosen=None):
		"""Answered; the list goes to the leader."""
		members = [self] if members is None else members
		leader = self.member if leader is None else leader
		self.generation = generation
		self.co.answer(correlation, {
			"generationId": generation, "protocolType": "consumer", "protocolName": chosen or self.assignors[0],
			"leader": leader, "memberId": self.member,
			"members": [{"memberId": m.member, "metadata": subscription(m.topics, m.owned if "cooperative-sticky" in
					m.assignors else {})} for m in members] if leader == self.member else []})
		self.peer.wait(0.001)

	def first_join(self, generation=1, wait=0.001, **change):
		"""Both steps; static members need one."""
		if not self.instance:
			self.refused(self.ask_join(), 79, f"{self.name}-1")
			self.peer.wait(wait)
		self.member = f"{self.name}-1"
		self.reason = "need to re-join with the given member-id"
		self.joined(self.ask_join(**({"memberId": ""} if self.instance else {}), **change), generation)

	def ask_sync(self, owned=None, **change):
		body = {"groupId": self.group, "generationId": self.generation, "memberId": self.member,
			"groupInstanceId": self.instance, "protocolType": "consumer", "protocolName": self.assignors[0],
			"assignments": [{"memberId": self.member, "assignment": assignment(owned)}] if owned is not None else []}
		body.update(change)
		return self.co.ask("SyncGroup", 5, body)

	def synced(self, correlation, owned):
		self.co.answer(correlation, {"protocolType": "consumer", "protocolName": self.assignors[0],
					     "assignment": assignment(owned)})
		self.owned = owned
		self.peer.wait(0.001)

	def all(self):
		return {t: list(range(self.partitions)) for t in self.topics}

	def sync(self, owned=None, **change):
		owned = self.all() if owned is None else owned
		correlation = self.ask_sync(owned, **change)
		self.peer.wait(0.002)
		self.synced(correlation, owned)

	def rejoin(self, generation, owned=None, reason="group is already rebalancing", **change):
		self.reason = reason
		correlation = self.ask_join(**change)
		self.peer.wait(0.002)
		self.joined(correlation, generation)
		self.sync(owned)

	# ---- in the group

	def beat(self, error=0, **change):
		body = {"groupId": self.group, "generationId": self.generation, "memberId": self.member,
			"groupInstanceId": self.instance}
		body.update(change)
		self.co.call("Heartbeat", 4, body, {"errorCode": error})

	def beats(self, n, every=3.0):
		for _ in range(n):
			self.peer.wait(every)
			self.beat()

	def commit(self, error=0, take=0.002, **change):
		self.offset += 1
		body = {"groupId": self.group, "generationIdOrMemberEpoch": self.generation, "memberId": self.member,
			"groupInstanceId": self.instance,
			"topics": [{"name": self.topics[0], "partitions": [
				{"partitionIndex": 0, "committedOffset": self.offset, "committedMetadata": ""}]}]}
		body.update(change)
		self.co.call("OffsetCommit", 8, body, {"topics": [{"name": self.topics[0], "partitions": [
			{"partitionIndex": 0, "errorCode": error}]}]}, took=take)

	def offsets(self):
		self.co.call("OffsetFetch", 7, {"groupId": self.group, "topics": [
			{"name": t, "partitionIndexes": p} for t, p in self.owned.items()]}, {"topics": []})

	def fetch(self, records=b"", wait=500, session=True, took=0.05, topics=None, error=0):
		"""The first one lists all partitions, the others none, unless there is no session."""
		epoch = self.session_epoch if session else -1
		full = epoch < 1 or topics is not None
		listed = self.owned if topics is None else topics
		body = {"maxWaitMs": wait, "minBytes": 1, "sessionId": 7 if epoch > 0 else 0, "sessionEpoch": epoch,
			"topics": [{"topic": t, "partitions": [{"partition": i, "fetchOffset": self.offset} for i in p]}
				   for t, p in listed.items()] if full else []}
		answer = {"sessionId": 7 if session else 0, "responses": [{"topic": self.topics[0], "partitions": [
			{"partitionIndex": 0, "errorCode": error, "records": records}]}] if records or error else []}
		self.session_epoch += 1
		self.data.call("Fetch", 11, body, answer, took=took)

	def leave(self, reason="the consumer is being closed"):
		self.co.call("LeaveGroup", 5, {"groupId": self.group, "members": [
			{"memberId": self.member, "groupInstanceId": self.instance, "reason": reason}]},
			{"members": [{"memberId": self.member, "groupInstanceId": None, "errorCode": 0}]})

	def close(self):
		self.co.close()
		self.data.close()

	def start(self, fetches=2, **change):
		"""Joins alone, and works."""
		self.first_join(**change)
		self.sync()
		self.offsets()
		for _ in range(fetches):
			self.fetch()
		return self


def alone(peer, **options):
	return Consumer(peer, **options).start()


def nothing(peer):
	"""A client that has nothing to do with most rules."""
	peer.connect("idle").close()
