"""A request as the handlers see it: PHP-style query, page, filters, JSON body."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from sonisbridge.sandbox.request_log import Entry

DEFAULT_LIMIT = 20
MOST_ROWS = 100
_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")


class Query:
    """The query string; `a[b][c]=d` is the key path (a, b, c)."""

    def __init__(self, text: str) -> None:
        self.pairs: list[tuple[tuple[str, ...], str]] = []
        for raw, value in parse_qsl(text, keep_blank_values=True):
            match = _KEY.match(raw)
            path = (match[1], *_PART.findall(match[2])) if match else (raw,)
            self.pairs.append((path, value))

    def one(self, *path: str) -> str | None:
        """The last value given for a key."""
        for given, value in reversed(self.pairs):
            if given == path:
                return value
        return None

    def many(self, name: str) -> list[str]:
        """The values of `name`, `name[]` or `name[0]`; one value may hold commas."""
        found: list[str] = []
        for path, value in self.pairs:
            if path[0] == name and len(path) <= 2:
                found.extend(part for part in value.split(",") if part.strip())
        return found

    def has(self, name: str) -> bool:
        """Whether a key was given in any form."""
        return any(path[0] == name for path, _ in self.pairs)

    def filters(self) -> dict[tuple[str, ...], str]:
        """filters[name] and filters[name][operator], without the leading word."""
        return {path[1:]: value for path, value in self.pairs if path[0] == "filters" and len(path) > 1}

    def orders(self) -> list[tuple[str, bool]]:
        """orders[name] in the order given; True where descending."""
        return [
            (path[1], value.strip().upper() == "DESC")
            for path, value in self.pairs
            if path[0] == "orders" and len(path) == 2
        ]

    def number(self, name: str) -> int | None:
        """A key's value as a whole number, or None when it is none."""
        text = (self.one(name) or "").strip()
        negative = text.startswith("-")
        digits = text[1:] if negative else text
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
            return None
        return -int(digits) if negative else int(digits)

    def include(self) -> set[str]:
        """The collections to side-load."""
        return {part.strip() for part in (self.one("include") or "").split(",") if part.strip()}


@dataclass(slots=True, kw_only=True)
class Request:
    """One API request on its way through a handler."""

    method: str
    path: str  # below /api/3
    query: Query
    body: bytes
    entry: Entry
    ids: tuple[str, ...] = ()
    route: str = ""
    import_fault: tuple[str, float] | None = None
    _json: Any = field(default=None)

    def limit(self, default: int = DEFAULT_LIMIT) -> int:
        """How many rows a page has: 20 unless told, never above 100, cut without a word."""
        given = self.query.number("limit")
        if given is None:
            self.note("limit_missing" if not self.query.has("limit") else "limit_invalid")
            return default
        if given > MOST_ROWS:
            self.note("limit_over_100")
        return min(given, MOST_ROWS) if given > 0 else default

    def offset(self) -> int:
        """How many rows to pass over."""
        return max(self.query.number("offset") or 0, 0)

    def note(self, violation: str) -> None:
        """Mark the request as bad manners."""
        if violation not in self.entry.violations:
            self.entry.violations.append(violation)

    def json(self) -> Any:
        """The body; raises ValueError when it is no JSON."""
        if self._json is None:
            self._json = json.loads(self.body) if self.body.strip() else {}
        return self._json

    def top(self) -> dict[str, Any]:
        """The body as an object, empty when it is none."""
        body = self.json()
        return body if isinstance(body, dict) else {}

    def part(self, name: str) -> dict[str, Any]:
        """The object under a key of the body, empty when there is none."""
        found = self.top().get(name)
        return found if isinstance(found, dict) else {}
