"""The request limits of an account (docs/activecampaign.md, sections 1.4 and 4)."""

from collections import deque
from dataclasses import dataclass, field

REQUESTS_PER_SECOND = 5
SINGLE_IMPORTS_PER_MINUTE = 20
MULTI_IMPORTS_PER_MINUTE = 100


@dataclass(slots=True)
class SlidingWindow:
    """Admits at most `most` within any `width` service seconds."""

    most: int
    width: float
    _taken: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Take a place and return 0, or return how long until one is free, taking none."""
        self._forget(now)
        if len(self._taken) >= self.most:
            return self._taken[0] + self.width - now
        self._taken.append(now)
        return 0.0

    def left(self, now: float) -> int:
        """How many places are free."""
        self._forget(now)
        return self.most - len(self._taken)

    def _forget(self, now: float) -> None:
        while self._taken and self._taken[0] + self.width <= now:
            self._taken.popleft()


@dataclass(slots=True)
class Peak:
    """The most events ever seen within `width` service seconds."""

    width: float
    most: int = 0
    _seen: deque[float] = field(default_factory=deque)

    def note(self, now: float) -> None:
        """Count one event."""
        self._seen.append(now)
        while self._seen[0] + self.width <= now:
            self._seen.popleft()
        self.most = max(self.most, len(self._seen))


@dataclass(slots=True)
class Limits:
    """All limits of the account; `real` says whether they are enforced."""

    real: bool = True
    requests: SlidingWindow = field(default_factory=lambda: SlidingWindow(most=REQUESTS_PER_SECOND, width=1.0))
    single_imports: SlidingWindow = field(
        default_factory=lambda: SlidingWindow(most=SINGLE_IMPORTS_PER_MINUTE, width=60.0)
    )
    multi_imports: SlidingWindow = field(
        default_factory=lambda: SlidingWindow(most=MULTI_IMPORTS_PER_MINUTE, width=60.0)
    )

    def request_wait(self, now: float) -> float:
        """0 when a request may pass, else how long it has to wait."""
        return self.requests.wait(now) if self.real else 0.0

    def import_quota(self, rows: int, now: float) -> int:
        """0 when an import of so many rows may pass, else the quota that is used up."""
        if not self.real:
            return 0
        window = self.single_imports if rows == 1 else self.multi_imports
        return window.most if window.wait(now) > 0 else 0
