"""Whatever is sent, the sandbox answers, and never with a failure of its own."""

import copy
import json
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract import openapi
from tests.contract.requests import REQUESTS, prepare
from tests.sandbox.program import SandboxProgram

RUN = settings(
    max_examples=4000,
    deadline=None,
    derandomize=False,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "0", "1", "-1", "1e9", "ann@x.test", "||A||", "2026-13-01", "\ud800", "٣"]),
    st.text(max_size=8),
    st.lists(st.integers(0, 5), max_size=2),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
)
PARAMETERS = (
    "limit",
    "offset",
    "id_greater",
    "id_less",
    "email",
    "email_like",
    "ids[]",
    "ids",
    "status",
    "listid",
    "tagid",
    "search",
    "phone",
    "include",
    "filters[updated_after]",
    "filters[created_before]",
    "filters[]",
    "filters[a][b][c]",
    "filters",
    "orders[id]",
    "orders[matchPhrase]",
    "orders[]",
    "batchId",
)


@pytest.fixture(scope="module")
def sandbox(program: SandboxProgram) -> SandboxProgram:
    """The sandbox with the world of the good requests."""
    prepare(program)
    return program


def _send(sandbox: SandboxProgram, method: str, path: str, body: Any) -> httpx2.Response:
    content = json.dumps(body)  # pure ASCII, so that lone surrogates can be sent as well
    headers = {"Content-Type": "application/json"}
    return sandbox.api.request(method, path, content=content, headers=headers)


def _mutated(draw: st.DrawFn, body: Any) -> Any:
    """The body with one of its parts replaced by junk."""
    if isinstance(body, dict) and body and draw(st.integers(0, 4)):
        key = draw(st.sampled_from(sorted(body)))
        return {**body, key: _mutated(draw, body[key])}
    if isinstance(body, list) and body and draw(st.integers(0, 4)):
        return [_mutated(draw, body[0]), *body[1:]]
    return draw(JUNK)


@st.composite
def _requests(draw: st.DrawFn) -> tuple[str, str, Any]:
    name = draw(st.sampled_from(sorted(REQUESTS)))
    path, body = REQUESTS[name]
    path = path.partition("?")[0]
    if draw(st.booleans()) and "/1" in path:
        path = path.replace("/1", f"/{quote(str(draw(JUNK)), safe='', errors='replace')}", 1)
    names = draw(st.lists(st.sampled_from(PARAMETERS), max_size=3))
    query = urlencode([(one, str(draw(JUNK))) for one in names], errors="replace")
    return name.partition(" ")[0], f"{path}?{query}", _mutated(draw, copy.deepcopy(body))


@given(request=_requests())
@RUN
def test_no_request_makes_it_fail(sandbox: SandboxProgram, request: tuple[str, str, Any]):
    method, path, body = request
    reply = _send(sandbox, method, path, body)
    assert reply.status_code < 500, (method, path, body, reply.text)
    assert reply.json() is not None


def _from_schema(draw: st.DrawFn, schema: dict[str, Any], depth: int = 0) -> Any:
    kind = schema.get("type")
    if depth > 4 or not draw(st.integers(0, 9)):
        return draw(JUNK)
    if kind == "object" or "properties" in schema:
        parts = schema.get("properties", {})
        chosen = [name for name in parts if draw(st.integers(0, 3))]
        return {name: _from_schema(draw, parts[name], depth + 1) for name in chosen}
    if kind == "array":
        item = schema.get("items", {})
        return [_from_schema(draw, item, depth + 1) for _ in range(draw(st.integers(0, 2)))]
    if kind == "integer":
        return draw(st.integers(0, 4))
    if kind == "boolean":
        return draw(st.booleans())
    return draw(st.sampled_from(["1", "2", "ann@x.test", "new@x.test", "text", "A", ""]))


@given(data=st.data())
@RUN
def test_no_documented_request_makes_it_fail(sandbox: SandboxProgram, data: st.DataObject):
    operations = openapi.operations()
    operation = operations[data.draw(st.sampled_from(sorted(operations)))]

    @st.composite
    def built(draw: st.DrawFn) -> tuple[str, Any]:
        path, query = operation.path, []
        for parameter in operation.parameters:
            value = str(_from_schema(draw, parameter.get("schema", {})))
            if parameter["in"] == "path":
                plain = quote(value, safe="", errors="replace") or "1"
                path = path.replace(f"{{{parameter['name']}}}", plain)
            elif parameter["in"] == "query" and draw(st.booleans()):
                query.append((parameter["name"], value))
        body = _from_schema(draw, operation.body) if operation.body else None
        return f"{path}?{urlencode(query, errors='replace')}", body

    path, body = data.draw(built())
    reply = _send(sandbox, operation.method, path, body)
    assert reply.status_code < 500, (operation.method, path, body, reply.text)
