# SPDX-License-Identifier: Apache-2.0
"""As much of JSON schema (drafts 4 to 7) as the tests need; and the schema of SARIF 2.1.0.

sarif-2.1.0.json.gz is the schema of the OASIS standard, as SchemaStore publishes it under the Apache licence, without its
descriptions and presets.
"""

import gzip
import json
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool}


def is_type(value, name):
	if name == "integer":
		return isinstance(value, int) and not isinstance(value, bool)
	if name == "number":
		return isinstance(value, (int, float)) and not isinstance(value, bool)
	if name == "null":
		return value is None
	return isinstance(value, TYPES[name])


KEYWORDS = {"$schema", "$ref", "type", "enum", "pattern", "minimum", "maximum", "oneOf", "anyOf", "required", "properties",
	    "additionalProperties", "items", "minItems", "uniqueItems", "format", "definitions", "title", "description", "default"}


def referred(schema, root):
	while "$ref" in schema:
		inner = root
		for name in schema["$ref"].removeprefix("#/").split("/"):
			inner = inner[name]
		schema = inner
	return schema


def object_faults(value, schema, path, root):
	yield from (f"{path}: {name} is missing" for name in schema.get("required", []) if name not in value)
	more = schema.get("additionalProperties", True)
	for name, inner in value.items():
		if name in schema.get("properties", {}):
			yield from faults(inner, schema["properties"][name], f"{path}.{name}", root)
		elif more is False:
			yield f"{path}: {name} is not allowed"
		elif isinstance(more, dict):
			yield from faults(inner, more, f"{path}.{name}", root)


def array_faults(value, schema, path, root):
	if len(value) < schema.get("minItems", 0):
		yield f"{path}: fewer than {schema['minItems']}"
	if schema.get("uniqueItems") and len({json.dumps(v, sort_keys=True) for v in value}) < len(value):
		yield f"{path}: one is there twice"
	for n, inner in enumerate(value):
		yield from faults(inner, schema.get("items", {}), f"{path}[{n}]", root)


def faults(value, schema, path="$", root=None):
	"""Everything in which the value is not what the schema wants."""
	root = schema if root is None else root
	schema = referred(schema, root)
	if set(schema) - KEYWORDS:
		raise NotImplementedError(set(schema) - KEYWORDS)
	found = []
	types = schema.get("type")
	if types and not any(is_type(value, t) for t in ([types] if isinstance(types, str) else types)):
		return [f"{path}: not of type {types}"]
	if "enum" in schema and not any(value == e and isinstance(value, bool) == isinstance(e, bool) for e in schema["enum"]):
		found.append(f"{path}: {value!r} is none of {schema['enum']}")
	if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
		found.append(f"{path}: {value!r} does not match {schema['pattern']}")
	if schema.get("format") == "uri" and not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:\S+$", value):
		found.append(f"{path}: {value!r} is no URI")
	if schema.get("format") == "uri-reference" and re.search(r'[\s<>"{}|\\^`]', value):
		found.append(f"{path}: {value!r} is no reference")
	if is_type(value, "number"):
		found += [f"{path}: {value} is out of range" for name, sign in (("minimum", 1), ("maximum", -1))
			  if name in schema and sign * value < sign * schema[name]]
	for name, good in (("oneOf", lambda n: n == 1), ("anyOf", lambda n: n > 0)):
		if name in schema and not good(sum(not faults(value, s, path, root) for s in schema[name])):
			found.append(f"{path}: not {name} the choices")
	if isinstance(value, dict):
		found += object_faults(value, schema, path, root)
	if isinstance(value, list):
		found += array_faults(value, schema, path, root)
	return found


def sarif_schema():
	with gzip.open(os.path.join(HERE, "sarif-2.1.0.json.gz"), "rt", encoding="utf-8") as file:
		return json.load(file)
