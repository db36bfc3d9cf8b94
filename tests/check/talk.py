# SPDX-License-Identifier: Apache-2.0
"""A broker and a client that really speak to each other, over the loopback interface: talk.py REGROUP PORT [well|badly]

The client asks for ApiVersions, Metadata and FindCoordinator, joins a group, and leaves it. Badly: it forgets ApiVersions.
"""

import socket
import struct
import sys
import threading
import time

from consumer import assignment, subscription
from peer import Schemas, encode, header_version, put_bytes


def receive(sock, n):
	data = b""
	while len(data) < n:
		more = sock.recv(n - len(data))
		if not more:
			return b""
		data += more
	return data


def frame(sock):
	size = receive(sock, 4)
	return receive(sock, struct.unpack(">i", size)[0]) if size else b""


class Broker(threading.Thread):
	def __init__(self, schemas, port, answers):
		super().__init__(daemon=True)
		self.schemas, self.answers = schemas, answers
		self.names = {a["api_key"]: name for name, a in schemas.apis.items()}
		self.listener = socket.create_server(("127.0.0.1", port))

	def run(self):
		while True:
			threading.Thread(target=self.serve, args=self.listener.accept()[:1], daemon=True).start()

	def serve(self, sock):
		for data in iter(lambda: frame(sock), b""):
			key, version, correlation = struct.unpack(">hhi", data[:8])
			name = self.names[key]
			schema = self.schemas.get(name, "response")
			head = struct.pack(">i", correlation)
			head += b"\x00" if name != "ApiVersions" and header_version(schema, version) == 1 else b""
			body = head + encode(schema, version, self.answers[name])
			sock.sendall(struct.pack(">i", len(body)) + body)


class Client:
	def __init__(self, schemas, port):
		self.schemas, self.correlation = schemas, 0
		self.sock = socket.create_connection(("127.0.0.1", port))

	def call(self, name, version, body):
		schema = self.schemas.get(name, "request")
		self.correlation += 1
		data = struct.pack(">hhi", schema["api_key"], version, self.correlation) + put_bytes("talker", False, False)
		data += b"\x00" if header_version(schema, version) == 2 else b""
		data += encode(schema, version, body)
		self.sock.sendall(struct.pack(">i", len(data)) + data)
		frame(self.sock)


def main():
	schemas, port = Schemas(sys.argv[1]), int(sys.argv[2])
	group = {"groupId": "talk", "memberId": "talker-1", "generationId": 1}
	Broker(schemas, port, {
		"ApiVersions": {"apiKeys": [{"apiKey": a["api_key"], "minVersion": a["first"], "maxVersion": a["last"]}
					    for a in schemas.apis.values()]},
		"Metadata": {"brokers": [{"nodeId": 1, "host": "127.0.0.1", "port": port}]},
		"FindCoordinator": {"nodeId": 1, "host": "127.0.0.1", "port": port},
		"JoinGroup": {"generationId": 1, "protocolName": "range", "leader": "talker-1", "memberId": "talker-1", "members": [
			{"memberId": "talker-1", "metadata": subscription(["t"], {})}]},
		"SyncGroup": {"assignment": assignment({"t": [0]})},
		"Heartbeat": {}, "LeaveGroup": {},
	}).start()
	client = Client(schemas, port)
	if sys.argv[3] == "well":
		client.call("ApiVersions", 3, {"clientSoftwareName": "talker", "clientSoftwareVersion": "1"})
	client.call("Metadata", 5, {"topics": []})
	client.call("FindCoordinator", 2, {"key": "talk", "keyType": 0})
	client.call("JoinGroup", 5, {"groupId": "talk", "sessionTimeoutMs": 10000, "rebalanceTimeoutMs": 30000,
				     "protocolType": "consumer", "protocols": [{"name": "range", "metadata": subscription(["t"], {})}]})
	client.call("SyncGroup", 3, {**group, "assignments": [{"memberId": "talker-1", "assignment": assignment({"t": [0]})}]})
	client.call("Heartbeat", 3, group)
	client.call("LeaveGroup", 5, {"groupId": "talk", "members": [{"memberId": "talker-1",
								      "reason": "the consumer is being closed"}]})
	client.sock.close()
	time.sleep(0.1)
	print("the tests ran")
	return int(sys.argv[4]) if len(sys.argv) > 4 else 0


if __name__ == "__main__":
	sys.exit(main())
