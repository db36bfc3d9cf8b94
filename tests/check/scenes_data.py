# SPDX-License-Identifier: Apache-2.0
"""W23 to W25, W27 to W29, W31, W34 to W37, W39, W40 and W42: offsets, records, and the newer protocol."""

from consumer import Consumer, alone, nothing, scene
from peer import batch


@scene("W23", "not exercised", args=(23,))
@scene("W24", "not exercised", args=(24,))
@scene("W25", "not exercised", args=(25,))
@scene("W27", "not exercised", args=(27,))
@scene("W28", "not exercised", args=(28,))
@scene("W29", "not exercised", args=(29,))
@scene("W31", "not exercised", args=(31,))
@scene("W34", "not exercised", args=(34,))
@scene("W35", "not exercised", args=(35,))
@scene("W36", "not exercised", args=(36,))
@scene("W37", "not exercised", args=(37,))
@scene("W39", "not exercised", args=(39,))
@scene("W40", "not exercised", args=(40,))
@scene("W42", "not exercised", args=(42,))
def nothing_of_it(peer, rule):
	nothing(peer)


def consumes(peer):
	"""Commits, then gets records, then is told."""
	app = alone(peer)
	app.commit()
	app.beats(1)
	app.fetch(records=batch(3))
	peer.wait(1)
	app.fetch(records=batch(3))
	app.beat(error=27)
	return app


@scene("W23", "pass")
def commits_first(peer):
	app = consumes(peer)
	app.commit()
	app.rejoin(2)


@scene("W23", "fail")
def does_not_commit(peer):
	consumes(peer).rejoin(2)


@scene("W23", "fail")
def eager_with_owned(peer):
	app = alone(peer)
	app.beat(error=27)
	app.reason = "x"
	app.joined(app.ask_join(owned={"t": [0, 1]}), 2)
	app.sync()


def cooperative(peer):
	app = alone(peer, assignors=("cooperative-sticky",))
	app.beats(1)
	app.beat(error=27)
	return app


@scene("W24", "pass")
def reports_owned(peer):
	cooperative(peer).rejoin(2)


@scene("W24", "fail")
def hides_owned(peer):
	app = cooperative(peer)
	app.reason = "x"
	app.joined(app.ask_join(owned={}), 2)
	app.sync()


@scene("W24", "fail")
def stops_fetching(peer):
	app = cooperative(peer)
	app.fetch()
	app.reason = "x"
	join = app.ask_join()
	peer.wait(4)
	app.joined(join, 2)
	app.sync()


def eager(peer):
	app = alone(peer)
	app.beats(1)
	app.fetch()
	app.beat(error=27)
	app.reason = "x"
	return app


@scene("W25", "pass")
def stops_for_the_rebalance(peer):
	app = eager(peer)
	join = app.ask_join()
	peer.wait(1)
	app.joined(join, 2)
	app.sync()


@scene("W25", "fail")
def fetches_on(peer):
	app = eager(peer)
	join = app.ask_join()
	peer.wait(1)
	app.fetch()
	app.joined(join, 2)
	app.sync()


@scene("W25", "fail")
def fetches_revoked(peer):
	app = cooperative(peer)
	app.fetch()
	app.rejoin(2, owned={"t": [0]})
	app.reason = "need to revoke partitions and re-join"
	join = app.ask_join()
	peer.wait(0.5)
	app.fetch(topics={"t": [1]})
	app.joined(join, 3)
	app.sync({"t": [0]})


@scene("W25", "fail")
def commits_after_joining(peer):
	app = eager(peer)
	join = app.ask_join()
	peer.wait(0.3)
	commit = app.co.ask("OffsetCommit", 8, {"groupId": app.group, "generationIdOrMemberEpoch": 1, "memberId": app.member,
						"topics": []})
	peer.wait(0.3)
	app.joined(join, 2)
	app.co.answer(commit, {"topics": []})
	app.sync()


@scene("W27", "pass")
def commits_now(peer):
	alone(peer).commit()


@scene("W27", "fail")
def commits_of_old(peer):
	app = alone(peer)
	app.beat(error=27)
	app.rejoin(2)
	peer.wait(1)
	app.commit(error=22, generationIdOrMemberEpoch=1)


@scene("W27", "fail")
def commits_again(peer):
	app = alone(peer)
	app.commit(error=25)
	peer.wait(0.1)
	app.offset -= 1
	app.commit(error=25)


@scene("W28", "pass")
def asks_for_offsets(peer):
	alone(peer)


@scene("W28", "fail")
def fetches_from_nowhere(peer):
	app = Consumer(peer)
	app.first_join()
	app.sync()
	app.fetch()
	app.beats(1)


def follow_up(peer, times):
	"""Two members; the first gives a partition up, and again."""
	app = Consumer(peer, assignors=("cooperative-sticky",), partitions=4)
	app.first_join()
	app.sync()
	app.beats(1)
	app.beat(error=27)
	generation = 2
	app.rejoin(generation, owned={"t": [0, 1, 2]})
	for n in range(times):
		generation += 1
		app.reason = "need to revoke partitions and re-join"
		app.rejoin(generation, owned={"t": [0, 1, 2][:2 - n]} if n < times - 1 else None,
			   reason="need to revoke partitions and re-join")
	app.beats(4)


@scene("W29", "pass", args=(1,))
@scene("W29", "fail", args=(3,))
def follows_up(peer, times):
	follow_up(peer, times)


@scene("W31", "pass")
def at_rest(peer):
	alone(peer).beats(110)


@scene("W31", "fail")
def never_at_rest(peer):
	app = alone(peer)
	for generation in range(2, 8):
		app.beats(20)
		app.beat(error=27)
		app.rejoin(generation)


@scene("W31", "fail")
def commits_each_record(peer):
	app = alone(peer)
	for _ in range(200):
		app.commit()


@scene("W31", "fail", "W41")
def leader_joins_again(peer):
	app = alone(peer)
	peer.wait(0.01)
	app.rejoin(2, reason="")


class Producer:
	def __init__(self, peer, init=True):
		self.peer = peer
		self.conn = peer.connect("maker")
		self.conn.call("Metadata", 9, {"topics": [{"name": "t"}]}, {"brokers": [
			{"nodeId": 1, "host": "10.0.1.1", "port": 9092}], "topics": []})
		if init:
			self.conn.call("InitProducerId", 4, {"transactionalId": None}, {"producerId": 42, "producerEpoch": 0})

	def ask(self, sequence, count=2, acks=-1, producer=42, epoch=0, size=20):
		return self.conn.ask("Produce", 9, {"acks": acks, "timeoutMs": 30000, "topicData": [
			{"name": "t", "partitionData": [
				{"index": 0, "records": batch(count, sequence, producer, epoch, size)}]}]})

	def answer(self, correlation, error=0):
		self.peer.wait(0.005)
		self.conn.answer(correlation, {"responses": [{"name": "t", "partitionResponses": [
			{"index": 0, "errorCode": error}]}]})
		self.peer.wait(0.001)

	def send(self, sequence, error=0, **change):
		self.answer(self.ask(sequence, **change), error)


@scene("W34", "pass", args=(34,))
@scene("W35", "pass", args=(35,))
@scene("W36", "pass", args=(36,))
def produces(peer, rule):
	p = Producer(peer)
	for n in range(6):
		p.send(2 * n)


@scene("W34", "fail")
def acks_one(peer):
	Producer(peer).send(0, acks=1)


@scene("W34", "fail")
def invents_its_id(peer):
	Producer(peer, init=False).send(0)


@scene("W35", "pass")
def sends_again(peer):
	p = Producer(peer)
	p.send(0)
	p.send(2, error=6)
	p.conn.call("Metadata", 9, {"topics": [{"name": "t"}]}, {"brokers": [], "topics": []})
	p.send(2)
	p.send(4)


@scene("W35", "fail")
def leaves_a_gap(peer):
	p = Producer(peer)
	p.send(0)
	p.send(7)


@scene("W35", "fail")
def sends_another_batch(peer):
	p = Producer(peer)
	p.send(0)
	p.send(0, count=3, size=40)


@scene("W36", "fail")
def six_at_once(peer):
	p = Producer(peer)
	for correlation in [p.ask(2 * n) for n in range(6)]:
		p.answer(correlation)


@scene("W06", "pass")
def never_answered(peer):
	p = Producer(peer, init=False)
	for _ in range(2000):
		p.ask(-1, acks=0, producer=-1, epoch=-1)
	p.conn.call("Metadata", 9, {"topics": []}, {"brokers": []})


@scene("W37", "pass")
def fenced_and_quiet(peer):
	Producer(peer).send(0, error=47)
	peer.wait(3)
	peer.connect("other", host=2)


@scene("W37", "fail")
def fenced_and_loud(peer):
	p = Producer(peer)
	p.send(0, error=47)
	peer.wait(1)
	p.send(2, error=47)


class Member848:
	"""A member of the consumer protocol (KIP-848)."""

	def __init__(self, peer, name="new", instance=None):
		self.peer, self.name, self.epoch, self.member, self.instance = peer, name, 0, "m" * 22, instance
		self.data = peer.connect(name)
		self.data.call("Metadata", 12, {"topics": [{"name": "t"}]}, {
			"brokers": [{"nodeId": 1, "host": "10.0.1.1", "port": 9092}], "topics": [
				{"name": "t", "topicId": bytes([1]) * 16, "partitions": []}]})
		self.data.call("FindCoordinator", 3, {"key": "g"}, {"nodeId": 1, "host": "10.0.1.1", "port": 9092})
		self.co = peer.connect(name)

	def beat(self, owned=None, given=None, error=0, epoch=None, topics=None, timeout=-1, answer=None, member=None):
		listed = None if owned is None else [{"topicId": bytes([1]) * 16, "partitions": owned}] if owned else []
		self.co.call("ConsumerGroupHeartbeat", 1, {
			"groupId": "g", "memberId": member or self.member, "memberEpoch": self.epoch if epoch is None else epoch,
			"instanceId": self.instance, "rebalanceTimeoutMs": timeout, "subscribedTopicNames": topics,
			"topicPartitions": listed},
			{"errorCode": error, "memberId": self.member, "memberEpoch": answer or self.epoch,
			 "heartbeatIntervalMs": 3000, "assignment": None if given is None else {
				 "topicPartitions": [{"topicId": bytes([1]) * 16, "partitions": given}]}})
		if not error and answer:
			self.epoch = answer

	def join(self):
		self.beat(owned=[], topics=["t"], timeout=30000, given=[0, 1], answer=2)
		self.peer.wait(0.01)
		self.beat(owned=[0, 1])
		return self

	def beats(self, n):
		for _ in range(n):
			self.peer.wait(3)
			self.beat()


@scene("W39", "pass")
def beats_as_asked(peer):
	Member848(peer).join().beats(3)


@scene("W39", "fail")
def beats_too_late(peer):
	m = Member848(peer).join()
	peer.wait(8)
	m.beat()


@scene("W39", "fail")
def joins_with_half(peer):
	Member848(peer).beat(owned=[], topics=None, timeout=-1, given=[0], answer=2)


@scene("W40", "pass", args=(25,))
@scene("W40", "pass", args=(110,))
def begins_anew(peer, error):
	m = Member848(peer).join()
	m.beats(1)
	m.peer.wait(3)
	m.beat(error=error)
	m.epoch = 0
	peer.wait(0.1)
	m.join()


@scene("W40", "fail")
def goes_on_refused(peer):
	m = Member848(peer).join()
	m.beat(error=110)
	peer.wait(1)
	m.beat(error=110)


@scene("W40", "fail")
def clings_to_partitions(peer):
	m = Member848(peer).join()
	m.beat(error=25)
	peer.wait(0.1)
	m.beat(owned=[0, 1], epoch=0, topics=["t"], timeout=30000, answer=3)


@scene("W22", "pass")
def static_goes_for_a_while(peer):
	m = Member848(peer, instance="i-1").join()
	m.beat(epoch=-2, owned=[])


@scene("W22", "fail")
def static_goes_for_good(peer):
	m = Member848(peer, instance="i-1").join()
	m.beat(epoch=-1, owned=[])


@scene("W42", "pass")
def waits_for_data(peer):
	app = alone(peer)
	for _ in range(12):
		app.fetch()


@scene("W42", "fail")
def polls_busily(peer):
	app = alone(peer)
	for _ in range(12):
		app.fetch(wait=0)


@scene("W42", "fail")
def lists_all(peer):
	app = alone(peer)
	for _ in range(12):
		app.fetch(session=False)


@scene("W42", "not exercised")
def fetches_little(peer):
	alone(peer)
