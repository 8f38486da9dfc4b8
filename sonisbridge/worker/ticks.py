"""What every worker does by the clock: small things, every second or so."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from django.db import connection

from sonisbridge.store import runs, workers
from sonisbridge.store.retention import Retention
from sonisbridge.sync import notices, timed, webhook

from .watching import Watching

logger = logging.getLogger("sonisbridge.worker")

Tick = Callable[[], None]
"""Looks whether something is due and does it. Every worker calls it, so it must see to it that one of them does it."""

EVERY_SECONDS = 1.0
SEEN_EVERY_SECONDS = 5.0


class Ticking(threading.Thread):
    """Calls the ticks until it is stopped. One that fails is logged, and called again the next time."""

    def __init__(self, name: str, engine: str, ticks: Sequence[Tick]) -> None:
        super().__init__(name="worker's ticks", daemon=True)
        self._worker = (name, engine)
        self._watching = Watching()
        self._ticks: tuple[Tick, ...] = (
            self._say_seen, runs.interrupt_lapsed, timed.tick, webhook.tick, self._watching, *ticks, notices.tick,
            Retention(),
        )  # fmt: skip
        self._seen = 0.0
        self._over = threading.Event()

    def run(self) -> None:
        """Tick on."""
        while not self._over.is_set():
            for tick in self._ticks:
                if not self._over.is_set():
                    _try(tick)
            connection.close()
            self._over.wait(EVERY_SECONDS)

    def _say_seen(self) -> None:
        if time.monotonic() - self._seen > SEEN_EVERY_SECONDS or not self._seen:
            workers.seen(*self._worker)
            self._seen = time.monotonic()

    def stop(self) -> None:
        """End after the tick in hand."""
        self._over.set()
        self.join()
        self._watching.stop()


def _try(tick: Tick) -> None:
    try:
        tick()
    except Exception:
        logger.exception("a tick failed: %s", getattr(tick, "__qualname__", tick))
        connection.close()
