"""The worker that needs nothing but the bridge's database: it looks for ordered runs and carries them out in threads."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from django.db import connection

from sonisbridge.store import queue, runs

from .engine import Worker
from .ticks import Tick

logger = logging.getLogger("sonisbridge.worker")

POLL_SECONDS = 1.0
"""How often it looks for runs that another process ordered; those of this process wake it."""


class EmbeddedWorker(Worker):
    """Looks for runs by itself."""

    engine = "embedded"

    def __init__(self, *, runs_at_once: int | None = None, ticks: Sequence[Tick] = ()) -> None:
        super().__init__(runs_at_once=runs_at_once, ticks=ticks)
        self._wake = threading.Event()
        self._carrying: dict[int, threading.Thread] = {}
        self._looking = threading.Thread(target=self._look, name="worker", daemon=True)

    def start_bringing(self) -> None:
        """Begin to look."""
        queue.listeners.append(self._wake.set)
        self._looking.start()

    def stop_bringing(self, *, graceful: bool) -> None:
        """Look no more."""
        queue.listeners.remove(self._wake.set)
        self._wake.set()
        self._looking.join()
        for thread in list(self._carrying.values()) if graceful else []:
            thread.join()

    def _look(self) -> None:
        while not self.stopping.is_set():
            self._wake.clear()
            try:
                self._take_up()
            except Exception:
                logger.exception("the worker could not look for runs")
            finally:
                connection.close()
            if not self.stopping.is_set():
                self._wake.wait(POLL_SECONDS)

    def _take_up(self) -> None:
        for run_id in runs.queued(self.most) if len(self._carrying) < self.most else []:
            if run_id in self._carrying or len(self._carrying) >= self.most:
                continue
            thread = threading.Thread(target=self._carry, args=[run_id], name=f"run {run_id}", daemon=True)
            self._carrying[run_id] = thread
            thread.start()

    def _carry(self, run_id: int) -> None:
        try:
            self.carry(run_id)
        finally:
            self._carrying.pop(run_id, None)
            self._wake.set()
