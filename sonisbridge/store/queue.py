"""Tells workers that a run was ordered. The run's record is the truth; a word that got lost costs a while, not a run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.db import transaction

TASK, QUEUE = "sonisbridge.carry_out", "runs"
listeners: list[Callable[[], None]] = []
"""Workers of this process that look for runs; each is called when one was ordered here, after the order was stored."""


def announce(run_id: int) -> None:
    """Say that the run waits to be taken up: true for others once the transaction is through."""
    if settings.POSTGRESQL:
        _enqueue(run_id)
    transaction.on_commit(_wake)


def _wake() -> None:
    for listener in listeners:
        listener()


def _enqueue(run_id: int) -> None:
    """Store a job that brings the run to a worker, in the transaction that stores the run; one that is there will do."""
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import AlreadyEnqueued

    job = app.configure_task(TASK, queue=QUEUE, queueing_lock=f"run {run_id}")
    with suppress(AlreadyEnqueued), transaction.atomic():
        job.defer(run_id=run_id)
