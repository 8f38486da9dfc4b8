"""The read-only interface as an OpenAPI 3.1 document, and in words for its page."""

from __future__ import annotations

from typing import Any

from sonisbridge import __version__

from . import description
from .calls import CALLS_A_MINUTE
from .description import RowKind, Rows

ROWS, MOST_ROWS = 100, 500
PAGING = ("limit", "cursor")
_INSTITUTION = {
    "name": "institution", "in": "query", "schema": {"type": "integer"},
    "description": "The number of the institution; may be left out by who sees only one.",
}  # fmt: skip
_RUN_ID = {"name": "run_id", "in": "path", "required": True, "schema": {"type": "integer"}, "description": "The run."}
_PAGING = [
    {
        "name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": ROWS},
        "description": "So many rows at most.",
    },
    {
        "name": "cursor", "in": "query", "schema": {"type": "string"},
        "description": "Where to go on: take the address in next as it is.",
    },
]  # fmt: skip
_REFUSALS = {
    "400": "A parameter is wrong.",
    "401": "No token, or one that is not in force.",
    "403": "The token's user may not see this.",
    "404": "There is no such thing, or it is not granted to the token's user.",
    "429": f"More than {CALLS_A_MINUTE} calls in a minute; Retry-After says when to go on.",
}
_KINDS = (
    description.INSTITUTION,
    description.RUN,
    description.OUTCOME,
    description.CONTACT,
    description.CONFLICT,
)
LISTS: tuple[tuple[str, Rows, bool], ...] = (
    ("/institutions", description.INSTITUTIONS, False),
    ("/runs", description.RUNS, True),
    ("/runs/{run_id}/outcomes", description.OUTCOMES, False),
    ("/contacts", description.CONTACTS, True),
    ("/conflicts", description.CONFLICTS, True),
)
"""Each listing with its path, and whether it asks which institution."""


def document() -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, Any] = {path: {"get": _list_call(path, rows, of_one)} for path, rows, of_one in LISTS}
    paths["/runs/{run_id}"] = {"get": _one_run()}
    error = {
        "type": "object",
        "properties": {"error": {"type": "string", "description": "What is wrong and what to do, in a sentence."}},
        "required": ["error"],
        "additionalProperties": False,
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sonisbridge",
            "version": __version__,
            "description": "Reads what sonisbridge did and what waits. Nothing can be changed by it.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A personal token, made under Your account.",
                }
            },
            "schemas": {**{kind.name: dict(kind.schema) for kind in _KINDS}, "Error": error},
        },
    }


def _list_call(path: str, rows: Rows, of_one: bool) -> dict[str, Any]:
    body = {
        "type": "object",
        "properties": {
            rows.name: {"type": "array", "items": _ref(rows.kind)},
            "next": {"type": ["string", "null"], "description": "The address of the next page; null on the last one."},
        },
        "required": [rows.name, "next"],
        "additionalProperties": False,
    }
    return _call(f"list_{rows.name}", rows.text, _parameters(path, rows, of_one), body)


def _parameters(path: str, rows: Rows, of_one: bool) -> list[dict[str, Any]]:
    filters = [
        {"name": item.name, "in": "query", "description": item.text, "schema": dict(item.schema)}
        for item in rows.parameters
    ]
    return [*([_RUN_ID] if "{run_id}" in path else []), *([_INSTITUTION] if of_one else []), *filters, *_PAGING]


def _one_run() -> dict[str, Any]:
    return _call("show_run", "One run.", [_RUN_ID], _ref(description.RUN))


def _call(name: str, text: str, parameters: list[dict[str, Any]], body: dict[str, Any]) -> dict[str, Any]:
    refusal = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        "operationId": name,
        "summary": text,
        "parameters": parameters,
        "responses": {
            "200": {"description": "The answer.", "content": {"application/json": {"schema": body}}},
            **{status: {"description": text, "content": refusal} for status, text in _REFUSALS.items()},
        },
    }  # fmt: skip


def _ref(kind: RowKind) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{kind.name}"}


def described() -> list[dict[str, Any]]:
    """Each call in words: its path, what it gives, its parameters, the fields of a row."""
    whole = document()
    kinds = {path: rows.kind for path, rows, _ in LISTS} | {"/runs/{run_id}": description.RUN}
    return [
        {
            "path": path,
            "text": call["get"]["summary"],
            "parameters": [
                {
                    "name": item["name"],
                    "text": item["description"],
                    "values": ", ".join(item["schema"].get("enum", ())),
                }
                for item in call["get"]["parameters"]
            ],
            "fields": [
                {"name": name, "text": schema.get("description", ""), "values": ", ".join(schema.get("enum", ()))}
                for name, schema in kinds[path].schema["properties"].items()
            ],
        }
        for path, call in sorted(whole["paths"].items())
    ]
