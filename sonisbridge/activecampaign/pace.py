"""How fast the account may be asked.

`sync/` hands in the pace that all processes share; LocalPace serves one process.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from .limits import (
    BULK_MANY_PER_MINUTE,
    BULK_ONE_PER_MINUTE,
    BULK_WINDOW_SECONDS,
    REQUESTS_PER_SECOND,
    RESERVE_PER_SECOND,
    SLOT_SECONDS,
)

SHORTEST_SLEEP = 0.0001
USUAL_WAY = 0.03
"""Seconds of this machine after which a request has arrived, if nothing is wrong; five slots leave so much room."""
LONGEST_WAY = 1.0
"""Seconds after which it has arrived in any case: what takes longer is worked on."""
SECOND = 1.02
"""A second, and a little for the difference between when we reckon and when they count."""


class Cost(Enum):
    """What a request uses up.

    Each takes a request slot; a bulk request takes from its own quota besides.
    """

    REQUEST = "request"
    BULK_ONE = "bulk-one"
    BULK_MANY = "bulk-many"


@dataclass(slots=True)
class Departure:
    """A request that may start now. Who sends it says when it was answered."""

    started: float = field(default_factory=time.monotonic)
    answered: float | None = None
    kind: str = ""
    """What is asked: answers to the same question take much the same time."""


class LastSecond:
    """Keeps a request from starting while the service may count five others within the same second.

    Slots alone do not: of several requests that wait side by side one may start late, and the next one in time. It is
    counted when it arrives, which is after it started and before it was answered: later than usual by as much, at most,
    as its answer took longer than usual.
    """

    def __init__(
        self,
        *,
        time_scale: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._second = SECOND / time_scale
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._newest: deque[Departure] = deque(maxlen=REQUESTS_PER_SECOND)
        self._usual: dict[str, float] = {}

    def start(self) -> Departure:
        """The next request, once it may start."""
        while True:
            with self._lock:
                pause = self._pause()
                if pause <= 0:
                    self._learn()
                    self._newest.append(Departure(started=self._clock()))
                    return self._newest[-1]
            self._sleep(max(pause, SHORTEST_SLEEP))

    def crowded(self, departure: Departure, *, limit: int, left: int) -> bool:
        """Whether others use the account: it has nothing left in this second, and that is not of our doing."""
        with self._lock:
            ours = sum(1 for one in self._newest if one.started > departure.started - self._second)
        return left <= 0 and ours < limit

    def _pause(self) -> float:
        if len(self._newest) < REQUESTS_PER_SECOND:
            return 0.0
        oldest, now = self._newest[0], self._clock()
        took = (oldest.answered or now) - oldest.started
        if took > USUAL_WAY:
            took = min(max(took - self._usual.get(oldest.kind, took), USUAL_WAY), LONGEST_WAY)
        return oldest.started + took + self._second - now

    def _learn(self) -> None:
        """Take in how long the oldest was under way: quick answers count for more than slow ones."""
        oldest = self._newest[0] if len(self._newest) == REQUESTS_PER_SECOND else None
        if oldest is None or oldest.answered is None:
            return
        took = oldest.answered - oldest.started
        usual = self._usual.get(oldest.kind, took)
        self._usual[oldest.kind] = usual + (took - usual) * (0.3 if took < usual else 0.02)


class Pace(Protocol):
    """What the transport asks of a limiter."""

    def wait(self, cost: Cost) -> Departure:
        """The request of that cost, when it may start."""

    def push_back(self, seconds: float, cost: Cost) -> None:
        """Start nothing of that cost for so many seconds of this machine.

        REQUEST holds back everything.
        """

    def told(self, departure: Departure, *, limit: int, left: int) -> None:
        """What the answer said of the rate: so many requests a second for everybody, and so many of them left."""


def slot_seconds(*, reserve: float = RESERVE_PER_SECOND, time_scale: float = 1.0) -> float:
    """The distance between two requests that leaves `reserve` a second to others."""
    return 1 / max(1 / SLOT_SECONDS - reserve, 0.1) / time_scale


class LocalPace:
    """The limits kept within one process, for any number of threads."""

    def __init__(
        self,
        *,
        time_scale: float = 1.0,
        reserve: float = RESERVE_PER_SECOND,
        bulk_per_minute: tuple[int, int] = (BULK_ONE_PER_MINUTE, BULK_MANY_PER_MINUTE),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._slot = slot_seconds(reserve=reserve, time_scale=time_scale)
        self._window = BULK_WINDOW_SECONDS / time_scale
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._last_second = LastSecond(time_scale=time_scale, clock=clock, sleep=sleep)
        self._next_slot = clock()
        self._not_before = dict.fromkeys(Cost, self._next_slot)
        one, many = bulk_per_minute
        self._starts: dict[Cost, deque[float]] = {
            Cost.BULK_ONE: deque(maxlen=one),
            Cost.BULK_MANY: deque(maxlen=many),
        }

    def wait(self, cost: Cost) -> Departure:
        """The request of that cost, when it may start.

        The next slot follows the real start, so a late one is not made up for by a burst.
        """
        while True:
            with self._lock:
                now = self._clock()
                pause = self._free(cost) - now
                if pause <= 0:
                    self._next_slot = now + self._slot
                    if cost in self._starts:
                        self._starts[cost].append(now)
                    break
            self._sleep(max(pause, SHORTEST_SLEEP))
        return self._last_second.start()

    def push_back(self, seconds: float, cost: Cost) -> None:
        """Start nothing of that cost for so many seconds. REQUEST holds back everything."""
        with self._lock:
            until = self._clock() + seconds
            self._not_before[cost] = max(self._not_before[cost], until)

    def told(self, departure: Departure, *, limit: int, left: int) -> None:
        """Leave a slot out while others use the account too."""
        if self._last_second.crowded(departure, limit=limit, left=left):
            with self._lock:
                self._next_slot += self._slot

    def _free(self, cost: Cost) -> float:
        """When everything that a request of that cost uses up is free."""
        pushed = max(self._not_before[Cost.REQUEST], self._not_before[cost])
        return max(self._next_slot, pushed, self._quota_free(cost))

    def _quota_free(self, cost: Cost) -> float:
        """When the quota has room: a window after the oldest of the last so many starts."""
        starts = self._starts.get(cost)
        if starts is None or len(starts) < (starts.maxlen or 0):
            return 0.0
        return starts[0] + self._window
