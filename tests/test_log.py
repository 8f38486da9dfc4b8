"""Log lines are JSON, say which run they belong to, and hold no text of an error (P9)."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading

import pytest

from sonisbridge.log import lines_of, log_to_stderr


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch):
    """Gives the lines that were logged so far."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    log_to_stderr(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    for name in ("sonisbridge", "procrastinate", "psycopg", "asyncio"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True


def test_lines_of_a_run_carry_its_number_and_others_none(lines):
    log = logging.getLogger("sonisbridge.test")
    log.info("before")
    with lines_of(7):
        log.info("inside %s", 1)
        other = threading.Thread(target=lambda: log.info("beside"))
        other.start()
        other.join()
    log.info("after")
    assert [(line["message"], line.get("run")) for line in lines()] == [
        ("before", None),
        ("inside 1", 7),
        ("beside", None),
        ("after", None),
    ]


def test_an_error_is_its_kind_and_place_and_not_its_text(lines):
    try:
        int("ana@example.edu")
    except ValueError:
        logging.getLogger("sonisbridge.test").exception("it went wrong")
        logging.getLogger("procrastinate.worker").exception("it went wrong with %s", "ana@example.edu")
        logging.getLogger("asyncio").exception("it went wrong with ana@example.edu")
    found = lines()
    assert [line["error"] for line in found] == ["ValueError"] * 3
    assert found[0]["at"]
    assert "ana@" not in json.dumps(found)
