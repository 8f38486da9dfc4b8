"""The seam: a worker, whatever brings the runs to it. The run's record is the truth; the engine only brings it."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.backends.signals import connection_created

from sonisbridge.store import workers
from sonisbridge.store.fence import keep_brief
from sonisbridge.sync.orders import carry_out, this_worker

from .ticks import Tick, Ticking

logger = logging.getLogger("sonisbridge.worker")


class Worker(ABC):
    """Carries out ordered runs: oldest order first, one at a time for an institution, several institutions side by side."""

    engine = ""

    def __init__(self, *, runs_at_once: int | None = None, ticks: Sequence[Tick] = ()) -> None:
        self.ticks: list[Tick] = list(ticks)
        """Called every second or so, one after the other, in a thread of their own; set before the start."""
        self.most = runs_at_once or settings.RUNS_AT_ONCE
        self.stopping = threading.Event()
        self._ticking: Ticking | None = None

    def start(self) -> None:
        """Begin, in threads of its own."""
        connection_created.connect(keep_brief)
        self._ticking = Ticking(this_worker(), self.engine, list(self.ticks))
        self.start_bringing()
        self._ticking.start()

    def stop(self, *, graceful: bool = True) -> None:
        """Take up no more runs. Graceful: each run that goes on ends after the request in hand, and is ordered again.

        Not graceful: it leaves at once, and another worker takes the runs over when their leases lapse.
        """
        self.stopping.set()
        if self._ticking is not None:
            self._ticking.stop()
        self.stop_bringing(graceful=graceful)
        with suppress(DatabaseError):
            workers.gone(this_worker())
        connection.close()

    @abstractmethod
    def start_bringing(self) -> None:
        """Let runs come."""

    @abstractmethod
    def stop_bringing(self, *, graceful: bool) -> None:
        """Let no more runs come; graceful waits for those that go on."""

    def carry(self, run_id: int) -> None:
        """Carry the run out in this thread. What went wrong is in the run's record, or in the log."""
        try:
            carry_out(run_id, stopping=self.stopping.is_set)
        except Exception:
            logger.exception("run %s could not be carried out", run_id)
        finally:
            connection.close()
