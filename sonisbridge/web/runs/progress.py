"""How far a run is, for the part of a page that asks every second."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sonisbridge.store import history
from sonisbridge.store.models import Run
from sonisbridge.store.runs import QUEUED

SHORTEST = 2.0
"""Seconds before a rate says anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A run while it goes on."""

    run: Run
    queued: bool
    rate: float | None
    """So many a second in this step."""
    seconds_left: float | None
    groups: dict[str, int]
    """Outcomes so far."""


def progress_of(run: Run, now: datetime) -> Progress:
    """How far the run is at that moment."""
    rate = left = None
    if run.step_began_at is not None and run.done:
        passed = (now - run.step_began_at).total_seconds()
        if passed >= SHORTEST:
            rate = run.done / passed
            left = (run.total - run.done) / rate if run.total else None
    so_far: dict[str, int] = {}
    for group in history.groups(run) if run.planned_at else []:
        if group.outcome:
            so_far[group.outcome] = so_far.get(group.outcome, 0) + group.many
    return Progress(run=run, queued=run.status == QUEUED, rate=rate, seconds_left=left, groups=so_far)
