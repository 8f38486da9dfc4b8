"""What an answer means never depends on its label, and no bytes can upset its reader."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonisbridge.activecampaign.answers import (
    Broken,
    Elsewhere,
    Forbidden,
    Good,
    Refused,
    Throttled,
    read_answer,
)

from .anything import anything, patiently

shapes = st.fixed_dictionaries({}, optional={"errors": anything, "message": anything, "error": anything})


@patiently
@given(status=st.integers(200, 599), content=st.binary(max_size=40) | shapes.map(json.dumps))
def test_any_bytes_under_any_status_have_one_meaning(status, content):
    content = content if isinstance(content, bytes) else content.encode()
    answer = read_answer(status, content, {})
    assert isinstance(answer, Good) == (200 <= status < 300 and _is_object(status, content))
    if status >= 500:
        assert isinstance(answer, Broken)
    if status in (401, 402):
        assert isinstance(answer, Forbidden)
    if status == 422:
        assert isinstance(answer, Refused)


def _is_object(status: int, content: bytes) -> bool:
    try:
        return status == 204 or isinstance(json.loads(content), dict)
    except (ValueError, RecursionError):
        return False


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<html>", "web page"),
        (b'{"a": 1', "cut short"),
        (b"[" * 100_000, "cut short"),
        (b"\xff\xfe\x00", "cut short"),
    ],
)
def test_what_is_broken_is_named(content, why):
    answer = read_answer(200, content, {})
    assert isinstance(answer, Broken)
    assert why in answer.why


def test_a_rate_error_of_the_importer_is_no_refusal():
    body = b'{"success":0,"message":"Rate limit exceeded.","failureReasons":["Up to 100..."]}'
    assert read_answer(400, body, {}) == Throttled(bulk=True)


def test_only_a_page_of_activecampaigns_own_says_that_something_is_gone():
    assert isinstance(read_answer(404, b'{"message":"No Result found"}', {}), Refused)
    assert isinstance(read_answer(404, b"", {}), Elsewhere)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("30", 30.0), ("0", 0.0), ("", None), ("soon", None), ("-1", None), ("nan", None)],
)
def test_retry_after_is_obeyed_where_it_makes_sense(header, seconds):
    assert read_answer(429, b"", {"Retry-After": header}) == Throttled(seconds=seconds)
