"""A worker that needs nothing but the bridge's database: it looks for ordered runs and carries them out in threads."""

from __future__ import annotations

import logging
import threading

from django.conf import settings
from django.db import connection

from sonisbridge.store import queue, runs
from sonisbridge.sync.orders import carry_out

from .ticks import Tick, Ticking

logger = logging.getLogger("sonisbridge.worker")

POLL_SECONDS = 1.0
"""How often it looks for runs that another process ordered."""


class EmbeddedWorker:
    """Carries out ordered runs: oldest order first, one at a time for an institution, several institutions side by side."""

    def __init__(self, *, runs_at_once: int | None = None, ticks: list[Tick] | None = None) -> None:
        self.ticks: list[Tick] = ticks if ticks is not None else []
        """Called every second or so, one after the other, in a thread of their own."""
        self._most = runs_at_once or settings.RUNS_AT_ONCE
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._carrying: dict[int, threading.Thread] = {}
        self._looking = threading.Thread(target=self._look, name="worker", daemon=True)
        self._ticking = Ticking(self.ticks)

    def start(self) -> None:
        """Begin, in threads of its own."""
        queue.listeners.append(self._wake.set)
        self._looking.start()
        self._ticking.start()

    def stop(self, *, graceful: bool = True) -> None:
        """Take up no more runs. Graceful: each run that goes on ends after the request in hand, and is ordered again.

        Not graceful: it leaves at once, and another worker takes the runs over when their leases lapse.
        """
        queue.listeners.remove(self._wake.set)
        self._stopping.set()
        self._wake.set()
        self._ticking.stop()
        if graceful:
            self._looking.join()
            for thread in list(self._carrying.values()):
                thread.join()

    def _look(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                self._take_up()
            except Exception:
                logger.exception("the worker could not look for runs")
            finally:
                connection.close()
            self._wake.wait(POLL_SECONDS)

    def _take_up(self) -> None:
        free = self._most - len(self._carrying)
        for run_id in runs.queued(self._most) if free > 0 else []:
            if run_id in self._carrying or len(self._carrying) >= self._most:
                continue
            thread = threading.Thread(target=self._carry, args=[run_id], name=f"run {run_id}", daemon=True)
            self._carrying[run_id] = thread
            thread.start()

    def _carry(self, run_id: int) -> None:
        try:
            carry_out(run_id, stopping=self._stopping.is_set)
        except Exception:
            logger.exception("run %s could not be carried out", run_id)
        finally:
            connection.close()
            self._carrying.pop(run_id, None)
            self._wake.set()
