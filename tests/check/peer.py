# SPDX-License-Identifier: Apache-2.0
"""A scripted Kafka client and broker: what they say to each other becomes a capture file.

Bodies are written as Kafka's JSON; they are encoded by the tables that `regroup apis` prints. Times are seconds.
"""

import json
import struct
import subprocess

START = 1_700_000_000
SYN, ACK, FIN, RST, PSH = 2, 16, 1, 4, 8


class Schemas:
	"""The layouts of all messages."""

	def __init__(self, regroup):
		self.regroup = regroup
		self.known = {}
		listed = subprocess.run([regroup, "apis", "--format", "json"], capture_output=True, check=True, text=True).stdout
		self.apis = {}
		for line in listed.splitlines():
			api = json.loads(line)
			self.apis[api["api"]] = api

	def get(self, api, direction):
		if api not in self.known:
			text = subprocess.run([self.regroup, "apis", api, "--format", "json"], capture_output=True, check=True,
					      text=True).stdout
			self.known[api] = {m["direction"]: m for m in map(json.loads, text.splitlines())}
		return self.known[api][direction]


def uvarint(n):
	out = b""
	while n > 127:
		out += bytes([n & 127 | 128])
		n >>= 7
	return out + bytes([n])


def in_range(field, version, first="first", last="last"):
	return first in field and field[first] <= version <= field[last]


SIZES = {"int8": ">b", "int16": ">h", "int32": ">i", "int64": ">q", "uint16": ">H", "uint32": ">I", "float64": ">d"}


def put_bytes(value, flexible, wide):
	if value is None:
		return uvarint(0) if flexible else struct.pack(">i" if wide else ">h", -1)
	data = value.encode() if isinstance(value, str) else value
	return (uvarint(len(data) + 1) if flexible else struct.pack(">i" if wide else ">h", len(data))) + data


def put_value(kind, field, value, version, flexible):
	if kind == "bool":
		return bytes([bool(value)])
	if kind in SIZES:
		return struct.pack(SIZES[kind], value)
	if kind == "uuid":
		return value or bytes(16)
	if kind in ("string", "bytes", "records"):
		return put_bytes(value, flexible, kind != "string")
	if kind == "struct":
		nullable = in_range(field, version, "null_first", "null_last")
		if value is None and nullable:
			return b"\xff"
		return (b"\x01" if nullable else b"") + put_fields(field["fields"], value or {}, version, flexible)
	if kind == "array":
		if value is None:
			return uvarint(0) if flexible else struct.pack(">i", -1)
		out = uvarint(len(value) + 1) if flexible else struct.pack(">i", len(value))
		for one in value:
			if field["element"] == "struct":
				out += put_fields(field["fields"], one, version, flexible)
			else:
				out += put_value(field["element"], field, one, version, flexible)
		return out
	raise ValueError(kind)


def preset(field):
	text = field.get("default")
	if text == "null":
		return None
	if field["type"] == "array":
		return []
	if field["type"] in ("string", "bytes", "records"):
		return ""
	if field["type"] == "bool":
		return text == "true"
	return int(text) if text else (None if field["type"] in ("uuid", "struct") else 0)


def put_fields(fields, body, version, flexible):
	unknown = set(body) - {f["name"] for f in fields}
	if unknown:
		raise KeyError(unknown)
	out = b""
	for field in fields:
		if field.get("tag") is not None or not in_range(field, version):
			continue
		value = body[field["name"]] if field["name"] in body else preset(field)
		out += put_value(field["type"], field, value, version, flexible)
	return out + (uvarint(0) if flexible else b"")


def encode(schema, version, body):
	return put_fields(schema["fields"], body, version, schema["flexible"] is not None and version >= schema["flexible"])


def header_version(schema, version):
	return next(h["header"] for h in schema["headers"] if h["first"] <= version <= h["last"])


def batch(count, sequence=-1, producer=-1, epoch=-1, size=20):
	"""A record batch of magic 2; its records are zeros."""
	rest = struct.pack(">ibIhiqqqhii", 0, 2, 0, 0, count - 1, 0, 0, producer, epoch, sequence, count) + bytes(size)
	return struct.pack(">qi", 0, len(rest)) + rest


class Peer:
	"""One capture."""

	def __init__(self, schemas):
		self.schemas = schemas
		self.now = 1.0
		self.packets = []
		self.port = 40000

	def wait(self, seconds):
		self.now += seconds

	def packet(self, data):
		self.packets.append((self.now, data))
		self.now += 0.00001

	def connect(self, client_id, **options):
		return Conn(self, client_id, **options)

	def write(self, path):
		"""What was said is put in order: some answers were scripted ahead of what comes before them."""
		with open(path, "wb") as file:
			file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
			for now, data in sorted(self.packets, key=lambda p: p[0]):
				at = START * 10**9 + round(now * 10**9)
				file.write(struct.pack("<IIII", at // 10**9, at % 10**9, len(data), len(data)) + data)


class Conn:
	"""A connection of a client to a broker; the broker listens at 10.0.1.N."""

	def __init__(self, peer, client_id, host=1, broker=1, hello=True, software=("scripted", "1.0"), advertised=None):
		self.peer, self.client_id, self.correlation = peer, client_id, 0
		peer.port += 1
		self.side = [(b"\x0a\x00\x00" + bytes([host]), peer.port), (b"\x0a\x00\x01" + bytes([broker]), 9092)]
		self.sequence = [1000, 5000]
		self.asked = {}
		for direction, flags in ((0, SYN), (1, SYN | ACK), (0, ACK)):
			self.segment(direction, flags)
		if hello:
			self.hello(software, advertised)

	def segment(self, direction, flags, data=b""):
		(source, sport), (target, dport) = self.side[direction], self.side[1 - direction]
		tcp = struct.pack(">HHIIBBHHH", sport, dport, self.sequence[direction], self.sequence[1 - direction], 0x50, flags,
				  65535, 0, 0) + data
		ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0, source, target)
		self.peer.packet(b"\x02" * 6 + b"\x04" * 6 + b"\x08\x00" + ip + tcp)
		self.sequence[direction] += len(data) + (1 if flags & (SYN | FIN) else 0)

	def frame(self, direction, data):
		data = struct.pack(">i", len(data)) + data
		for at in range(0, len(data), 1400):
			self.segment(direction, PSH | ACK, data[at:at + 1400])
			self.segment(1 - direction, ACK)

	def ask(self, api, version, body=None, correlation=None, client_id=""):
		schema = self.peer.schemas.get(api, "request")
		self.correlation = self.correlation + 1 if correlation is None else correlation
		name = self.client_id if client_id == "" else client_id
		head = struct.pack(">hhi", schema["api_key"], version, self.correlation) + put_bytes(name, False, False)
		if header_version(schema, version) == 2:
			head += b"\x00"
		self.frame(0, head + encode(schema, version, body or {}))
		self.asked[self.correlation] = (api, version)
		return self.correlation

	def answer(self, correlation, body=None, version=None):
		api, asked = self.asked.pop(correlation)
		version = asked if version is None else version
		schema = self.peer.schemas.get(api, "response")
		head = struct.pack(">i", correlation)
		if api != "ApiVersions" and header_version(schema, version) == 1:
			head += b"\x00"
		self.frame(1, head + encode(schema, version, body or {}))

	def call(self, api, version, request=None, response=None, took=0.002):
		correlation = self.ask(api, version, request)
		self.peer.wait(took)
		self.answer(correlation, response)
		self.peer.wait(0.001)

	def hello(self, software=("scripted", "1.0"), advertised=None):
		keys = [{"apiKey": a["api_key"], "minVersion": a["first"], "maxVersion": a["last"]}
			for a in self.peer.schemas.apis.values()]
		for key, first, last in advertised or ():
			keys = [k for k in keys if k["apiKey"] != key] + [{"apiKey": key, "minVersion": first, "maxVersion": last}]
		self.call("ApiVersions", 3, {"clientSoftwareName": software[0], "clientSoftwareVersion": software[1]},
			  {"apiKeys": keys})

	def close(self):
		self.segment(0, FIN | ACK)
		self.peer.wait(0.001)
		self.segment(1, FIN | ACK)
		self.peer.wait(0.001)
