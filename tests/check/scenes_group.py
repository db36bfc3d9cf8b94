# SPDX-License-Identifier: Apache-2.0
"""W11 to W22, W26, W30 and W41: members and their coordinator."""

from consumer import Consumer, alone, assignment, nothing, scene


@scene("W11", "pass")
def steady(peer):
	alone(peer).beats(6)


@scene("W11", "fail")
def pauses(peer):
	app = alone(peer)
	app.beats(3)
	peer.wait(8)
	app.beat()


@scene("W11", "fail", "W15")
def thaws(peer):
	"""Stopped for longer than its session, and back on another connection with the old member id."""
	app = alone(peer)
	app.beats(3)
	peer.wait(20)
	app.co.close()
	app.co = app.connect()
	app.beat(error=25)
	app.refused(app.ask_join(), 25)


@scene("W11", "not exercised")
def beats_elsewhere(peer):
	"""The heartbeats between are on a connection that was not captured."""
	app = Consumer(peer)
	app.first_join()
	app.sync()
	app.beat()
	before, packets = app.co, len(peer.packets)
	app.co = app.connect()
	app.beats(4)
	app.co.close()
	del peer.packets[packets:]
	app.co = app.connect()
	app.beat()


@scene("W11", "fail")
def too_slow(peer):
	alone(peer).beats(5, every=5)


@scene("W11", "not exercised", args=(11,))
@scene("W12", "not exercised", args=(12,))
@scene("W13", "not exercised", args=(13,))
@scene("W14", "not exercised", args=(14,))
@scene("W15", "not exercised", args=(15,))
@scene("W16", "not exercised", args=(16,))
@scene("W17", "not exercised", args=(17,))
@scene("W18", "not exercised", args=(18,))
@scene("W19", "not exercised", args=(19,))
@scene("W20", "not exercised", args=(20,))
@scene("W21", "not exercised", args=(21,))
@scene("W22", "not exercised", args=(22,))
@scene("W26", "not exercised", args=(26,))
@scene("W30", "not exercised", args=(30,))
@scene("W41", "not exercised", args=(41,))
def no_member(peer, rule):
	nothing(peer)


@scene("W12", "pass")
def stops_with_leave(peer):
	app = alone(peer)
	app.beats(2)
	app.leave()
	app.close()


@scene("W12", "fail")
def beats_after_leave(peer):
	app = alone(peer)
	app.beats(2)
	app.leave()
	peer.wait(0.1)
	app.beat(error=25)


@scene("W12", "fail")
def beats_of_old(peer):
	app = alone(peer)
	app.beats(1)
	app.beat(error=27)
	app.rejoin(2)
	peer.wait(1)
	app.beat(error=22, generationId=1)


def told(peer, **options):
	app = alone(peer, **options)
	app.beats(1)
	app.beat(error=27)
	return app


@scene("W13", "pass")
def rejoins(peer):
	told(peer).rejoin(2)


@scene("W13", "fail")
def rejoins_late(peer):
	app = told(peer, rebalance=10000)
	for _ in range(4):
		peer.wait(3)
		app.beat(error=27)
	app.rejoin(2)


@scene("W13", "fail")
def never_rejoins(peer):
	app = told(peer, rebalance=10000)
	for _ in range(3):
		peer.wait(2.9)
		app.beat(error=27)
	peer.wait(1)
	app.beat(error=25)


@scene("W14", "pass")
def takes_its_id(peer):
	alone(peer)


@scene("W14", "fail")
def forgets_its_id(peer):
	app = Consumer(peer)
	app.refused(app.ask_join(), 79, "app-0")
	app.start()


@scene("W14", "fail")
def takes_its_time(peer):
	Consumer(peer).start(wait=2)


@scene("W14", "fail")
def changes_its_mind(peer):
	app = Consumer(peer)
	app.refused(app.ask_join(), 79, "app-1")
	app.member, app.topics, app.reason = "app-1", ["t", "u"], "again"
	app.joined(app.ask_join(), 1)
	app.sync()


@scene("W15", "pass")
def keeps_and_resets(peer):
	app = told(peer)
	app.rejoin(2)
	app.beats(1)
	app.beat(error=25)
	app.member, app.reason = "", "encountered UNKNOWN_MEMBER_ID from HEARTBEAT response"
	app.first_join(generation=3)
	app.sync()


@scene("W15", "fail", "W41")
def resets_when_told(peer):
	app = told(peer)
	app.member, app.reason = "", ""
	app.refused(app.ask_join(), 79, "app-2")
	app.member = "app-2"
	app.joined(app.ask_join(), 2)
	app.sync()


@scene("W15", "fail")
def keeps_a_dead_id(peer):
	app = alone(peer)
	app.beats(1)
	app.beat(error=25)
	app.reason = "rejoining"
	app.refused(app.ask_join(), 25)


def fenced(peer):
	app = alone(peer, instance="i-1")
	app.beats(1)
	app.beat(error=82)
	return app


@scene("W16", "pass")
def gives_up(peer):
	fenced(peer).close()
	peer.wait(3)
	peer.connect("other", host=2)


@scene("W16", "fail")
def comes_back(peer):
	app = fenced(peer)
	peer.wait(1)
	app.member, app.reason = "", "again"
	app.joined(app.ask_join(), 1)


@scene("W17", "pass")
def gives_up_at_once(peer):
	app = Consumer(peer)
	app.refused(app.ask_join(), 81)
	peer.wait(3)
	app.data.call("Metadata", 9, {"topics": []}, {"brokers": []})


@scene("W17", "fail", args=(81,))
@scene("W17", "fail", args=(23,))
@scene("W17", "fail", args=(30,))
def tries_on(peer, error):
	app = Consumer(peer)
	for _ in range(6):
		app.refused(app.ask_join(), error)
		peer.wait(0.3)


@scene("W18", "pass")
def syncs(peer):
	alone(peer)


@scene("W18", "fail")
def other_generation(peer):
	app = Consumer(peer)
	app.first_join()
	app.ask_sync(app.all(), generationId=9)


@scene("W18", "fail")
def other_protocol(peer):
	app = Consumer(peer)
	app.first_join()
	app.ask_sync(app.all(), protocolName="sticky")


@scene("W18", "fail")
def forgets_a_member(peer):
	app, other = Consumer(peer), Consumer(peer, name="other", host=2)
	app.member, other.member, app.reason = "app-1", "other-1", "x"
	app.joined(app.ask_join(), 1, members=[app, other])
	app.ask_sync({"t": [0]})


@scene("W18", "fail")
def follower_assigns(peer):
	app = Consumer(peer)
	app.member, app.reason = "app-1", "x"
	app.joined(app.ask_join(), 1, leader="somebody")
	app.ask_sync(app.all())


def lead(peer, *given):
	"""Two members; what each is given."""
	peer.wait(10)
	app, other = Consumer(peer), Consumer(peer, name="other", host=2)
	peer.wait(10)
	app.member, other.member, app.reason = "app-1", "other-1", "x"
	app.joined(app.ask_join(), 1, members=[app, other])
	app.ask_sync(None, assignments=[{"memberId": m.member, "assignment": assignment(g)} for m, g in zip((app, other), given)])


@scene("W19", "pass")
def each_once(peer):
	lead(peer, {"t": [0]}, {"t": [1]})


@scene("W19", "fail")
def one_twice(peer):
	lead(peer, {"t": [0, 1]}, {"t": [1]})


@scene("W19", "fail")
def one_left_out(peer):
	lead(peer, {"t": [0]}, {})


@scene("W20", "pass")
def usual(peer):
	alone(peer)


@scene("W20", "fail")
def refused_session(peer):
	app = Consumer(peer, session=100)
	app.refused(app.ask_join(), 26)


@scene("W20", "fail")
def short_session(peer):
	alone(peer, session=2000)


@scene("W20", "fail")
def rebalance_below_session(peer):
	alone(peer, session=20000, rebalance=10000)


@scene("W21", "pass")
def leaves(peer):
	app = alone(peer)
	app.beats(2)
	app.leave()
	app.close()


@scene("W21", "fail")
def vanishes(peer):
	app = alone(peer)
	app.beats(2)
	app.close()
	peer.wait(15)
	peer.connect("other", host=2)


@scene("W21", "fail")
def lingers(peer):
	app = alone(peer)
	app.leave()
	peer.wait(40)
	app.close()


@scene("W21", "pass")
def leaves_while_joining(peer):
	"""LeaveGroup does not wait for the answer of JoinGroup: that comes to a member that has left."""
	app = Consumer(peer)
	app.member, app.reason = "app-1", "x"
	join = app.ask_join()
	peer.wait(0.5)
	leave = app.co.ask("LeaveGroup", 5, {"groupId": app.group, "members": [
		{"memberId": app.member, "groupInstanceId": None, "reason": "the consumer is being closed"}]})
	peer.wait(0.5)
	app.joined(join, 1)
	app.co.answer(leave, {"members": [{"memberId": app.member, "groupInstanceId": None, "errorCode": 0}]})
	app.close()
	peer.wait(15)
	peer.connect("other", host=2)


@scene("W21", "fail")
def others_wait(peer):
	"""Two members: the one that is left is told of a rebalance only when the session of the other is over."""
	app, other = Consumer(peer), Consumer(peer, name="other", host=2)
	app.member, other.member = "app-1", "other-1"
	app.reason = other.reason = "x"
	asked = app.ask_join(), other.ask_join()
	app.joined(asked[0], 1, members=[app, other], leader="app-1")
	other.joined(asked[1], 1, members=[], leader="app-1")
	app.synced(app.ask_sync(None, assignments=[
		{"memberId": "app-1", "assignment": assignment({"t": [0]})},
		{"memberId": "other-1", "assignment": assignment({"t": [1]})}]), {"t": [0]})
	other.synced(other.ask_sync(), {"t": [1]})
	other.beat()
	other.close()
	app.beats(3)
	peer.wait(2)
	app.beat(error=27)


@scene("W21", "fail")
def successor_waits(peer):
	"""Killed and started again: its successor is let in when its session is over."""
	app = alone(peer)
	app.beats(2)
	app.close()
	peer.wait(1)
	again = Consumer(peer)
	again.refused(again.ask_join(), 79, "app-2")
	again.member, again.reason = "app-2", "need to re-join with the given member-id"
	join = again.ask_join()
	peer.wait(8.9)
	again.joined(join, 2)
	again.sync()
	again.beats(2)
	again.leave()
	again.close()


@scene("W21", "not exercised")
def not_long_enough(peer):
	app = alone(peer)
	app.close()
	peer.wait(2)
	peer.connect("other", host=2)


@scene("W22", "pass")
def static_closes(peer):
	app = alone(peer, instance="i-1")
	app.beats(1)
	app.close()


@scene("W22", "fail")
def static_leaves(peer):
	app = alone(peer, instance="i-1")
	app.beats(1)
	app.leave()
	app.close()


@scene("W26", "pass")
def commits_before(peer):
	app = told(peer)
	app.commit()
	app.rejoin(2)


@scene("W26", "fail")
def commits_between(peer):
	app = told(peer)
	app.reason = "x"
	app.joined(app.ask_join(), 2)
	sync = app.ask_sync(app.all())
	peer.wait(0.1)
	commit = app.co.ask("OffsetCommit", 8, {"groupId": app.group, "generationIdOrMemberEpoch": 2, "memberId": app.member,
						"topics": []})
	peer.wait(0.01)
	app.synced(sync, app.all())
	app.co.answer(commit, {"topics": []})


@scene("W30", "pass")
def cooperative_chosen(peer):
	alone(peer, assignors=("cooperative-sticky",))


@scene("W30", "fail")
def falls_back_to_range(peer):
	app = Consumer(peer, assignors=("cooperative-sticky", "range"))
	app.member, app.reason = "app-1", "x"
	app.joined(app.ask_join(), 1, chosen="range")


@scene("W41", "pass")
def says_why(peer):
	app = alone(peer)
	app.leave()


@scene("W41", "fail")
def leaves_without_a_word(peer):
	app = alone(peer)
	app.leave(reason=None)


@scene("W41", "fail")
def joins_without_a_word(peer):
	app = told(peer)
	app.rejoin(2, reason="")
