"""As much of JSON Schema as the OpenAPI document uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any

_TYPES: Mapping[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "null": type(None),
    "boolean": bool,
    "number": (int, float),
    "integer": int,
}
_KNOWN = {
    "type", "properties", "required", "additionalProperties", "items", "enum", "description", "format", "$ref",
    "maxLength", "minimum", "maximum", "default",
}  # fmt: skip


def problems(value: Any, schema: Mapping[str, Any], whole: Mapping[str, Any], where: str = "$") -> Iterator[str]:
    """What is wrong with the value; nothing when it is as the schema says."""
    assert set(schema) <= _KNOWN, f"{where}: this check does not know {set(schema) - _KNOWN}"
    if "$ref" in schema:
        named = reduce(lambda part, step: part[step], schema["$ref"].removeprefix("#/").split("/"), whole)
        yield from problems(value, named, whole, where)
        return
    wanted = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_is(value, name) for name in wanted):
        yield f"{where} is {value!r}, not {wanted}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where} is {value!r}, none of {schema['enum']}"
    if isinstance(value, dict):
        yield from _object_problems(value, schema, whole, where)
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from problems(item, schema["items"], whole, f"{where}[{place}]")


def _is(value: Any, name: str) -> bool:
    return isinstance(value, _TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def _object_problems(
    value: Mapping[str, Any], schema: Mapping[str, Any], whole: Mapping[str, Any], where: str
) -> Iterator[str]:
    known = schema.get("properties", {})
    yield from (f"{where} lacks {name}" for name in schema.get("required", ()) if name not in value)
    if schema.get("additionalProperties") is False:
        yield from (f"{where} has {name}, which is not described" for name in value if name not in known)
    for name, item in value.items():
        if name in known:
            yield from problems(item, known[name], whole, f"{where}.{name}")
