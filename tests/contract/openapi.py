"""ActiveCampaign's OpenAPI document as something replies can be held against.

The document is not ours to ship: SONISBRIDGE_OPENAPI names a file that holds it.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

VARIABLE = "SONISBRIDGE_OPENAPI"
METHODS = ("get", "post", "put", "patch", "delete")


def required() -> bool:
    """Whether a missing part fails the tests instead of skipping them."""
    return os.environ.get("SONISBRIDGE_TEST_REQUIRE_ALL") == "1"


def missing(reason: str) -> None:
    """Skip, or fail where everything is required."""
    if required():
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One documented operation."""

    method: str
    path: str
    parameters: list[dict[str, Any]]
    body: dict[str, Any]
    replies: dict[int, dict[str, Any]]  # status -> schema
    examples: dict[int, list[Any]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Such as GET /contacts/{id}."""
        return f"{self.method} {self.path}"


@cache
def document() -> dict[str, Any] | None:
    """The document, or None where there is none."""
    named = os.environ.get(VARIABLE, "")
    if not named or not Path(named).is_file():
        return None
    found: dict[str, Any] = json.loads(Path(named).read_text())
    return found


def need_document() -> dict[str, Any]:
    """The document; skips the test where there is none."""
    found = document()
    if found is None:
        missing(f"set {VARIABLE} to a file with ActiveCampaign's OpenAPI document")
        raise AssertionError
    return found


def operations() -> dict[str, Operation]:
    """Every documented operation by name."""
    found = {}
    for path, item in need_document()["paths"].items():
        for method in METHODS:
            if "responses" in item.get(method, {}):
                operation = _operation(method, path, item)
                found[operation.name] = operation
    return found


def _operation(method: str, path: str, item: dict[str, Any]) -> Operation:
    raw = item[method]
    replies, examples = {}, {}
    for status, reply in raw["responses"].items():
        content: dict[str, Any] = next(iter(reply.get("content", {}).values()), {})
        replies[int(status)] = content.get("schema", {})
        kinds = reply.get("content", {}).values()  # some errors are labelled text/plain
        examples[int(status)] = [one for kind in kinds for one in _examples(kind)]
    body: dict[str, Any] = next(iter(raw.get("requestBody", {}).get("content", {}).values()), {})
    return Operation(
        method=method.upper(),
        path=path,
        parameters=[*raw.get("parameters", []), *item.get("parameters", [])],
        body=body.get("schema", {}),
        replies=replies,
        examples=examples,
    )


def _examples(content: dict[str, Any]) -> Iterator[Any]:
    for example in content.get("examples", {}).values():
        value = example.get("value")
        try:
            yield json.loads(value) if isinstance(value, str) else value
        except ValueError:
            continue  # some examples are no JSON


def pattern(path: str) -> re.Pattern[str]:
    """What requests of a documented path look like."""
    return re.compile("^" + re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)) + "$")


# -- comparing


def differences(schema: dict[str, Any], value: Any, where: str = "") -> Iterator[str]:
    """Where a reply departs from a schema that was inferred from examples.

    Blank and absent are written in many ways, so null passes everywhere; what the sandbox has
    beyond the example passes too.
    """
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if value is None or kind is None or "null" in kinds:
        return
    own = _kind(value)
    if own not in kinds and not (own == "integer" and "number" in kinds):
        yield f"{where or 'reply'}: {own} instead of {'/'.join(map(str, kinds))}"
        return
    if own == "object":
        for name, part in schema.get("properties", {}).items():
            place = f"{where}.{name}".lstrip(".")
            if name not in value:
                yield f"{place}: missing"
            else:
                yield from differences(part, value[name], place)
    elif own == "array" and schema.get("items"):
        for row in value:
            yield from differences(schema["items"], row, f"{where}[]")


def _kind(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")
