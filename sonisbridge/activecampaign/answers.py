"""What an HTTP answer means, from its status and bytes alone (pure; rule 4.3).

ActiveCampaign has no common form of error (docs/activecampaign.md, sections 1.2 and 1.3), labels
JSON as text now and then, and sends empty, cut or HTML pages under 200. So the status decides
first, then the error's code; what is shown to people in the body is never looked at, but for two
sentences without which a status means nothing: "No Result found" under 403 and the importer's "Rate
limit" under 400.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from sonisbridge.core.errors import SkipRecordError

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """It was done, and this is the answer."""

    data: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """It was not done: a limit is used up. `seconds` is how long to wait, where that was said."""

    seconds: float | None = None
    bulk: bool = False
    """The importer's own quota, not the account's rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The server failed, or the answer cannot be read. Whether it was done is not known."""

    why: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden:
    """The account, token or its user's permissions do not allow it (401, 402, 403)."""

    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A redirect, or a page that is not ActiveCampaign's: the endpoint is probably wrong."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """This one request is wrong and was not done (400, 404, 422 and the like)."""

    status: int
    code: str
    """"not-found", "duplicate" or "invalid"."""
    pointer: str = ""
    data: Json = field(default_factory=dict)


Answer = Good | Throttled | Broken | Forbidden | Elsewhere | Refused


class RefusedError(SkipRecordError):
    """ActiveCampaign refused this one request.

    `data` is its answer, for the client alone: it may name people.
    """

    def __init__(self, message: str, refused: Refused) -> None:
        super().__init__(message, code=refused.code)
        self.status = refused.status
        self.pointer = refused.pointer
        self.data = refused.data


def read_answer(status: int, content: bytes, headers: Mapping[str, str], *, needs: str = "") -> Answer:
    """The answer's meaning. `needs` is a key without which the answer is not whole."""
    data = _json(content)
    if 200 <= status < 300:
        return _success(status, content, data, needs)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(seconds=retry_after(headers))
    if status >= 500:
        return Broken(why=f"status {status}", seconds=retry_after(headers))
    if 300 <= status < 400:
        return Elsewhere(why="answers with a redirect")
    return _refusal(status, data)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The whole seconds that `Retry-After` asks for, None where it is missing or unreadable."""
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _success(status: int, content: bytes, data: Json | None, needs: str) -> Answer:
    if status == HTTPStatus.NO_CONTENT:
        return Good(data={})
    if data is None:
        return Broken(why=_unreadable(content))
    if needs and needs not in data:
        return Broken(why=f"an answer without {needs!r}")
    return Good(data=data)


def _refusal(status: int, data: Json | None) -> Answer:
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN):
        if status == HTTPStatus.FORBIDDEN and _says(data, "no result found"):
            return Refused(status=status, code="not-found", data=data or {})
        return Forbidden(status=status)
    if status == HTTPStatus.BAD_REQUEST and _says(data, "rate limit"):
        return Throttled(bulk=True)
    if status == HTTPStatus.NOT_FOUND:
        if data is None:  # Somebody else's page: no proof that the thing is gone.
            return Elsewhere(why="answers with a page that is not ActiveCampaign's")
        return Refused(status=status, code="not-found", data=data)
    if status == HTTPStatus.REQUEST_TIMEOUT:
        return Broken(why=f"status {status}")
    code, pointer = _first_error(data or {})
    meaning = "duplicate" if code == "duplicate" else "invalid"
    return Refused(status=status, code=meaning, pointer=pointer, data=data or {})


def rate_of(headers: Mapping[str, str]) -> tuple[int, int] | None:
    """How many requests a second the account has, and how many of them are left; None where that is not said."""
    try:
        return int(headers["ratelimit-limit"]), int(headers["ratelimit-remaining"])
    except (KeyError, ValueError):
        return None


def served_at(headers: Mapping[str, str]) -> datetime | None:
    """The service's own time as the answer says it, to the second; None where it says none."""
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None


def _json(content: bytes) -> Json | None:
    """The body as a JSON object; None for anything else, whatever its header says."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _unreadable(content: bytes) -> str:
    start = content.lstrip()[:1]
    if not start:
        return "an empty answer"
    return "a web page instead of an answer" if start == b"<" else "an answer cut short"


def _says(data: Json | None, words: str) -> bool:
    message = (data or {}).get("message")
    return isinstance(message, str) and words in message.casefold()


def _first_error(data: Json) -> tuple[str, str]:
    """The code and pointer of the first error in the list form; blank in every other form."""
    errors = data.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return "", ""
    source = first.get("source")
    pointer = source.get("pointer") if isinstance(source, dict) else None
    return str(first.get("code") or ""), str(pointer or "")
