# SPDX-License-Identifier: Apache-2.0
"""W01 to W10, W32, W33 and W38."""

from consumer import Consumer, alone, nothing, scene


@scene("W01", "pass")
def hello_first(peer):
	nothing(peer)


@scene("W01", "fail")
def metadata_first(peer):
	c = peer.connect("app", hello=False)
	c.call("Metadata", 9, {"topics": []}, {"brokers": []})


@scene("W01", "not exercised")
def before_the_capture(peer):
	c = peer.connect("app")
	c.call("Metadata", 9, {"topics": []}, {"brokers": []})
	c.call("Metadata", 9, {"topics": []}, {"brokers": []})
	peer.packets = peer.packets[7:]  # the handshake and ApiVersions are not in the capture


def unsupported(peer):
	c = peer.connect("app", hello=False)
	name = {"clientSoftwareName": "scripted", "clientSoftwareVersion": "1.0"}
	first = c.ask("ApiVersions", 5, name)
	peer.wait(0.002)
	c.answer(first, {"errorCode": 35, "apiKeys": [{"apiKey": 18, "minVersion": 0, "maxVersion": 4}]}, version=0)
	peer.wait(0.002)
	return c, name


@scene("W02", "pass")
def falls_back(peer):
	c, name = unsupported(peer)
	c.call("ApiVersions", 4, name, {"apiKeys": []})


@scene("W02", "fail")
def insists(peer):
	c, name = unsupported(peer)
	c.ask("ApiVersions", 5, name)


@scene("W02", "not exercised")
def supported(peer):
	nothing(peer)


@scene("W03", "pass")
def advertised(peer):
	peer.connect("app").call("Metadata", 9, {"topics": []}, {"brokers": []})


@scene("W03", "fail")
def not_advertised(peer):
	c = peer.connect("app", advertised=[(3, 0, 8)])
	c.call("Metadata", 9, {"topics": []}, {"brokers": []})


@scene("W03", "not exercised")
def only_hello(peer):
	nothing(peer)


@scene("W04", "pass")
def fetch_11(peer):
	peer.connect("app").call("Fetch", 11, {"maxWaitMs": 500, "sessionEpoch": -1}, {})


@scene("W04", "fail")
def fetch_3(peer):
	peer.connect("app").call("Fetch", 3, {"maxWaitMs": 500}, {})


@scene("W04", "not exercised")
def nothing_removed(peer):
	peer.connect("app").call("Metadata", 1, {"topics": []}, {"brokers": []})


@scene("W05", "pass")
def one_name(peer):
	peer.connect("app").call("Metadata", 9, {"topics": []}, {"brokers": []})


@scene("W05", "fail")
def no_name(peer):
	peer.connect(None)


@scene("W05", "fail")
def name_changes(peer):
	c = peer.connect("app")
	c.ask("Metadata", 9, {"topics": []}, client_id="other")


@scene("W05", "fail")
def odd_software(peer):
	c = peer.connect("app", software=("my client!", "1.0"))
	c.call("Metadata", 9, {"topics": []}, {"brokers": []})


@scene("W05", "not exercised")
def nobody(peer):
	pass


@scene("W06", "pass")
def counts_up(peer):
	peer.connect("app").call("Metadata", 9, {"topics": []}, {"brokers": []})


@scene("W06", "fail")
def id_twice(peer):
	c = peer.connect("app")
	c.ask("Metadata", 9, {"topics": []}, correlation=7)
	peer.wait(0.001)
	c.ask("ListGroups", 4, {}, correlation=7)


@scene("W06", "not exercised")
def one_request(peer):
	nothing(peer)


@scene("W07", "pass")
def finds_first(peer):
	alone(peer)


@scene("W07", "fail")
def does_not_find(peer):
	Consumer(peer, find=False).start()


def other_broker(peer):
	"""The other broker is known to be one; the group's coordinator is at 10.0.1.2."""
	peer.connect("somebody", host=9, broker=2)
	app = Consumer(peer, find=False)
	app.find(host="10.0.1.2")
	peer.wait(0.5)
	return app


@scene("W07", "fail", "W08")
def asks_another_node(peer):
	app = other_broker(peer)
	app.refused(app.ask_join(), 16)
	peer.wait(1)
	app.refused(app.ask_join(), 16)
	app.metadata()


@scene("W07", "not exercised")
def no_group(peer):
	nothing(peer)


def lost_coordinator(peer, error=16):
	app = alone(peer)
	app.beats(1)
	app.beat(error=error)
	peer.wait(0.6)
	return app


@scene("W08", "pass")
def finds_again(peer):
	app = lost_coordinator(peer)
	app.find()
	app.beats(1)


@scene("W08", "fail", args=(16,))
@scene("W08", "fail", args=(15,))
def goes_on(peer, error):
	app = lost_coordinator(peer, error)
	app.beats(1)
	app.fetch()


@scene("W08", "not exercised")
def never_lost(peer):
	alone(peer).beats(2)


@scene("W09", "pass")
def waits_for_loading(peer):
	app = Consumer(peer)
	app.refused(app.ask_join(), 14)
	peer.wait(0.1)
	app.refused(app.ask_join(), 14)
	peer.wait(0.2)
	app.start()


def retries(peer, pauses):
	"""While the coordinator loads, with these pauses."""
	app = Consumer(peer)
	for pause in pauses:
		app.refused(app.ask_join(), 14)
		peer.wait(pause)
	app.start()


@scene("W09", "fail")
def hammers_while_loading(peer):
	app = Consumer(peer)
	for _ in range(4):
		app.refused(app.ask_join(), 14)
		peer.wait(0.005)


@scene("W09", "not exercised")
def not_loading(peer):
	alone(peer)


@scene("W10", "pass")
def spaced(peer):
	app = Consumer(peer)
	for _ in range(5):
		app.refused(app.ask_join(), 15)
		peer.wait(0.1)
		app.find()


@scene("W10", "fail", args=())
def in_a_loop(peer):
	app = Consumer(peer)
	for _ in range(30):
		app.refused(app.ask_join(), 16)
		app.find()
		peer.wait(0.01)


@scene("W10", "not exercised")
def no_retry(peer):
	alone(peer).beats(3)


@scene("W32", "pass")
def metadata_now_and_then(peer):
	app = alone(peer)
	for _ in range(3):
		peer.wait(1)
		app.metadata()


@scene("W32", "fail")
def metadata_storm(peer):
	app = alone(peer)
	for _ in range(20):
		peer.wait(0.01)
		app.metadata()


@scene("W32", "not exercised")
def metadata_once(peer):
	alone(peer)


def not_leader(peer):
	app = alone(peer)
	app.fetch(topics={"t": [0]}, error=6)
	return app


@scene("W33", "pass")
def asks_for_metadata(peer):
	app = not_leader(peer)
	peer.wait(0.1)
	app.metadata()
	peer.wait(0.4)
	app.fetch(topics={"t": [0]})


@scene("W33", "fail")
def asks_the_same_broker(peer):
	app = not_leader(peer)
	peer.wait(0.4)
	app.fetch(topics={"t": [0]}, error=6)


@scene("W33", "not exercised")
def leader(peer):
	alone(peer)


def throttled(peer, ms):
	c = peer.connect("app")
	c.call("Metadata", 9, {"topics": []}, {"throttleTimeMs": ms, "brokers": []})
	return c


@scene("W38", "pass")
def waits_out(peer):
	c = throttled(peer, 800)
	peer.wait(0.85)
	c.call("Metadata", 9, {"topics": []}, {"brokers": []})


@scene("W38", "fail")
def does_not_wait(peer):
	c = throttled(peer, 800)
	peer.wait(0.4)
	c.call("Metadata", 9, {"topics": []}, {"brokers": []})


@scene("W38", "not exercised")
def not_throttled(peer):
	throttled(peer, 0).call("Metadata", 9, {"topics": []}, {"brokers": []})
