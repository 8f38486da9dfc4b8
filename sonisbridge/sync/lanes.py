"""Requests under way side by side, their answers dealt with one after another in the thread of the run.

Nothing but requests goes on in a lane. What they lead to is written by the run's own thread, behind its fence (rule 8.2).
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from django.db import DatabaseError, InterfaceError, connections

from sonisbridge.core.errors import SonisbridgeError

LANES = 4
"""So many requests at once keep five a second going where each takes up to 0.8 s. Each lane may hold a connection to the
bridge's database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request, or a few that belong together, and what becomes of its answer."""

    ask: Callable[[], Any]
    """Goes on in a lane."""
    then: Callable[[Any], None]
    """Is given the answer, in the thread of the run. It starts no other call."""
    otherwise: Callable[[SonisbridgeError], None] | None = None
    """Is given the error instead, and may raise it. Without this the error ends the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    call: Call
    answer: Any = None
    error: BaseException | None = None


class Lanes:
    """A few lanes. Leaving waits for what is under way; its answers are still dealt with, whatever ended the run."""

    def __init__(self, many: int = LANES) -> None:
        self._many = many
        self._waiting: queue.SimpleQueue[tuple[Call, Callable[..., _Ended]] | None] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[_Ended] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self.busy = 0
        """How many calls are under way."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _ in self._threads:
            self._waiting.put(None)
        while self.busy:
            with suppress(SonisbridgeError, DatabaseError, InterfaceError):
                self._deal(self._ended.get())
        for thread in self._threads:
            thread.join()

    @property
    def free(self) -> bool:
        """Whether another call can start at once."""
        return self.busy < self._many

    def start(self, call: Call) -> None:
        """Let a call go on."""
        if len(self._threads) <= self.busy:
            self._threads.append(threading.Thread(target=self._lane, daemon=True))
            self._threads[-1].start()
        self.busy += 1
        self._waiting.put((call, copy_context().run))

    def deal(self, *, within: float | None = None) -> None:
        """Wait for an answer, for so many seconds at most, and deal with all that came."""
        with suppress(queue.Empty):
            self._deal(self._ended.get(timeout=within))
        while not self._ended.empty():
            self._deal(self._ended.get())

    def _deal(self, ended: _Ended) -> None:
        self.busy -= 1
        if ended.error is None:
            ended.call.then(ended.answer)
        elif ended.call.otherwise is not None and isinstance(ended.error, SonisbridgeError):
            ended.call.otherwise(ended.error)
        else:
            raise ended.error

    def _lane(self) -> None:
        while (given := self._waiting.get()) is not None:
            call, run = given
            self._ended.put(run(_answered, call))
        connections.close_all()


def _answered(call: Call) -> _Ended:
    try:
        return _Ended(call=call, answer=call.ask())
    except BaseException as error:  # noqa: BLE001 - the thread of the run deals with it
        return _Ended(call=call, error=error)
