"""Replies and the many shapes of error bodies (docs/activecampaign.md, section 1.3)."""

import json
from dataclasses import dataclass, field
from typing import Any

JSON_TYPE = "application/json"


@dataclass(slots=True)
class Reply:
    """What goes back over the wire."""

    status: int
    body: bytes
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)


def ok(value: Any, status: int = 200) -> Reply:
    """A JSON reply."""
    return Reply(status, json.dumps(value, separators=(",", ":")).encode())


def text_reply(text: str, status: int = 200) -> Reply:
    """A reply whose JSON is written already."""
    return Reply(status, text.encode())


def with_numbers(text: str, *keys: str) -> str:
    """A JSON object with some members as numbers: replies to writes have those, reads do not."""
    row = json.loads(text)
    row |= {key: int(row[key]) for key in keys if row.get(key) is not None}
    return json.dumps(row, separators=(",", ":"))


def message(status: int, text: str) -> Reply:
    """Shapes c and d: a lone message."""
    return ok({"message": text}, status)


def no_result(entity: str, key: object, status: int = 404) -> Reply:
    """Shape c, with the service's own name of the entity."""
    return message(status, f"No Result found for {entity} with id {key}")


def invalid(title: str, *, code: str, pointer: str = "", detail: str = "") -> Reply:
    """Shape a: a validation error."""
    error: dict[str, Any] = {"title": title, "detail": detail, "code": code}
    if pointer:
        error["source"] = {"pointer": pointer}
    return ok({"errors": [error]}, 422)


def numbered(status: int, title: str, *, detail: str = "", pointer: str = "") -> Reply:
    """Shape b: an error that repeats its status."""
    error: dict[str, Any] = {"status": status, "title": title}
    if detail:
        error["detail"] = detail
    if pointer:
        error["source"] = {"pointer": pointer}
    return ok({"errors": [error]}, status)


FORBIDDEN = {"message": "Forbidden"}


def forbidden() -> Reply:
    """Shape d: a missing or wrong token, or no permission."""
    return ok(FORBIDDEN, 403)


def not_in_plan(feature: str) -> Reply:
    """What a feature that the plan lacks answers."""
    return message(403, f"Upgrade your account to enable the {feature}")


HTML_TROUBLE = (
    b"<!DOCTYPE html><html><head><title>Something went wrong</title></head>"
    b"<body><h1>We are having some issues</h1><p>Please try again shortly.</p></body></html>"
)
