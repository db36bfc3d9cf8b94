# SPDX-License-Identifier: Apache-2.0
"""As much of JSON schema (draft 7) as the tests need, and what SARIF 2.1.0 asks of a log with results."""

import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool}


def is_type(value, name):
	if name == "integer":
		return isinstance(value, int) and not isinstance(value, bool)
	if name == "null":
		return value is None
	return isinstance(value, TYPES[name])


def faults(value, schema, path="$"):
	"""Everything in which the value is not what the schema wants."""
	found = []
	types = schema.get("type")
	if types and not any(is_type(value, t) for t in ([types] if isinstance(types, str) else types)):
		return [f"{path}: not of type {types}"]
	if "enum" in schema and not any(value == e and isinstance(value, bool) == isinstance(e, bool) for e in schema["enum"]):
		found.append(f"{path}: {value!r} is none of {schema['enum']}")
	if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
		found.append(f"{path}: {value!r} does not match {schema['pattern']}")
	if "minimum" in schema and is_type(value, "integer") and value < schema["minimum"]:
		found.append(f"{path}: {value} is below {schema['minimum']}")
	if "oneOf" in schema and sum(not faults(value, s, path) for s in schema["oneOf"]) != 1:
		found.append(f"{path}: not exactly one of the choices")
	if isinstance(value, dict):
		found += [f"{path}: {name} is missing" for name in schema.get("required", []) if name not in value]
		more = schema.get("additionalProperties", True)
		for name, inner in value.items():
			if name in schema.get("properties", {}):
				found += faults(inner, schema["properties"][name], f"{path}.{name}")
			elif more is False:
				found.append(f"{path}: {name} is not allowed")
			elif isinstance(more, dict):
				found += faults(inner, more, f"{path}.{name}")
	if isinstance(value, list) and "items" in schema:
		for n, inner in enumerate(value):
			found += faults(inner, schema["items"], f"{path}[{n}]")
	return found


TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}, "additionalProperties": False}
LEVEL = {"enum": ["none", "note", "warning", "error"]}

# SARIF 2.1.0, sections 3.13 to 3.52: what is used of it, and nothing besides.
SARIF = {
	"type": "object", "required": ["version", "runs"], "additionalProperties": False, "properties": {
		"$schema": {"type": "string"}, "version": {"enum": ["2.1.0"]},
		"runs": {"type": "array", "items": {"type": "object", "required": ["tool"], "additionalProperties": False, "properties": {
			"tool": {"type": "object", "required": ["driver"], "additionalProperties": False, "properties": {
				"driver": {"type": "object", "required": ["name"], "additionalProperties": False, "properties": {
					"name": {"type": "string"},
					"rules": {"type": "array", "items": {
						"type": "object", "required": ["id"], "additionalProperties": False, "properties": {
							"id": {"type": "string"}, "shortDescription": TEXT, "fullDescription": TEXT, "help": TEXT,
							"defaultConfiguration": {
								"type": "object", "additionalProperties": False,
								"properties": {"enabled": {"type": "boolean"}, "level": LEVEL}}}}}}}}},
			"results": {"type": "array", "items": {
				"type": "object", "required": ["message"], "additionalProperties": False, "properties": {
					"ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": 0}, "level": LEVEL,
					"kind": {"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
					"baselineState": {"enum": ["new", "unchanged", "updated", "absent"]}, "message": TEXT,
					"locations": {"type": "array", "items": {
						"type": "object", "additionalProperties": False, "properties": {
							"physicalLocation": {
								"type": "object", "required": ["artifactLocation"], "additionalProperties": False,
								"properties": {
									"artifactLocation": {"type": "object", "required": ["uri"], "properties": {
										"uri": {"type": "string", "pattern": "^[^ ]+$"}}},
									"region": {"type": "object", "properties": {
										"startLine": {"type": "integer", "minimum": 1}}}}},
							"logicalLocations": {"type": "array", "items": {
								"type": "object", "additionalProperties": False,
								"properties": {"name": {"type": "string"}, "kind": {"type": "string"}}}}}}},
					"partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
					"properties": {"type": "object"}}}}}}}}}
