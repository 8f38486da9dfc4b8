"""Which worker this process has."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from .embedded import EmbeddedWorker
from .engine import Worker
from .ticks import Tick


def worker_here(*, runs_at_once: int | None = None, ticks: Sequence[Tick] = ()) -> Worker:
    """The worker that suits the bridge's database."""
    if settings.POSTGRESQL:
        from .jobs import JobWorker  # Procrastinate is loaded only where it brings the runs

        return JobWorker(runs_at_once=runs_at_once, ticks=ticks)
    return EmbeddedWorker(runs_at_once=runs_at_once, ticks=ticks)
