"""What was asked of the service, in order, and how well-mannered it was."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from sonisbridge.sandbox.limits import Peak

KEPT = 200_000


@dataclass(slots=True, kw_only=True)
class Entry:
    """One API request."""

    number: int
    time: float  # service seconds since the start
    method: str
    path: str
    query: str
    size: int = 0  # bytes of the body
    body: dict[str, Any] = field(default_factory=dict)  # which contacts and keys, no values
    status: int | None = None  # None: no answer was given
    fault: str | None = None
    violations: list[str] = field(default_factory=list)
    ended: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The entry as the control API shows it."""
        return {
            "number": self.number,
            "time": round(self.time, 6),
            "ended": None if self.ended is None else round(self.ended, 6),
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "bytes": self.size,
            "body": self.body,
            "status": self.status,
            "fault": self.fault,
            "violation": self.violations,
        }


class RequestLog:
    """The last requests, and counts of all of them."""

    def __init__(self) -> None:
        self.number = 0
        self.clear()

    def clear(self) -> None:
        """Forget the entries and the counts; the numbering goes on."""
        self.entries: deque[Entry] = deque(maxlen=KEPT)
        self.endpoints: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.violations: Counter[str] = Counter()
        self.second = Peak(1.0)
        self.minute = Peak(60.0)

    def open(self, *, time: float, method: str, path: str, query: str) -> Entry:
        """Note a request as it arrives."""
        self.number += 1
        entry = Entry(number=self.number, time=time, method=method, path=path, query=query)
        self.entries.append(entry)
        self.second.note(time)
        if method == "POST" and path == "/import/bulk_import":
            self.minute.note(time)
        return entry

    def close(self, entry: Entry, *, endpoint: str, time: float) -> None:
        """Note how a request ended."""
        entry.ended = time
        self.endpoints[f"{entry.method} {endpoint}"] += 1
        self.statuses["none" if entry.status is None else str(entry.status)] += 1
        self.violations.update(entry.violations)

    def after(self, number: int) -> list[Entry]:
        """The entries with a greater number, oldest first."""
        found: list[Entry] = []
        for entry in reversed(self.entries):
            if entry.number <= number:
                break
            found.append(entry)
        found.reverse()
        return found

    def stats(self) -> dict[str, Any]:
        """The counts."""
        return {
            "requests": sum(self.statuses.values()),
            "by_endpoint": dict(self.endpoints),
            "by_status": dict(self.statuses),
            "throttled": self.statuses["429"],
            "most_in_a_second": self.second.most,
            "most_imports_in_a_minute": self.minute.most,
            "violations": dict(self.violations),
        }
