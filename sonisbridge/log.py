"""The log: JSON lines on standard error, each with the run it belongs to, none with a person or a secret in it."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

_run: ContextVar[int | None] = ContextVar("run", default=None)
OURS = "sonisbridge"
LIBRARIES = ("django.request", "procrastinate", "psycopg", "asyncio", "waitress")
"""Libraries that may have something to say to operators; only what goes wrong."""


@contextmanager
def lines_of(run: int) -> Iterator[None]:
    """Every line that this thread logs inside carries the run's number."""
    token = _run.set(run)
    try:
        yield
    finally:
        _run.reset(token)


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, the run; for an error its kind and where it arose.

    Never its text, which may hold a person. Nothing of ours puts a person or a secret into a message.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._message(record),
        }
        run = _run.get()
        if run is not None:
            line["run"] = run
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["at"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        return json.dumps(line)

    @staticmethod
    def _message(record: logging.LogRecord) -> str:
        """A library's message as it is written in its code: what it fills in may be the text of an error."""
        if record.name == OURS or record.name.startswith(f"{OURS}."):
            return record.getMessage()
        return str(record.msg) if record.args else f"{record.name} reports a problem in {record.funcName}"


def log_to_stderr(level: int) -> None:
    """Log from that level on; of libraries only what goes wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in (OURS, *LIBRARIES):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level if name == OURS else max(level, logging.ERROR))
        logger.propagate = False
