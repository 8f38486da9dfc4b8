"""What a worker does by the clock: small things, every second or so."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from django.db import connection

from sonisbridge.store import runs

logger = logging.getLogger("sonisbridge.worker")

Tick = Callable[[], None]
"""Looks whether something is due and does it. Every worker calls it, so it must see to it that one of them does it."""

EVERY_SECONDS = 1.0


class Ticking(threading.Thread):
    """Calls the ticks until it is stopped. One that fails is logged, and called again the next time."""

    def __init__(self, ticks: Sequence[Tick]) -> None:
        super().__init__(name="worker's ticks", daemon=True)
        self._ticks = ticks
        self._over = threading.Event()

    def run(self) -> None:
        """Tick on."""
        while not self._over.is_set():
            for tick in [runs.interrupt_lapsed, *self._ticks]:
                try:
                    tick()
                except Exception:
                    logger.exception("a tick failed: %s", getattr(tick, "__qualname__", tick))
                    connection.close()
                if self._over.is_set():
                    break
            connection.close()
            self._over.wait(EVERY_SECONDS)

    def stop(self) -> None:
        """End after the tick in hand."""
        self._over.set()
        self.join()
