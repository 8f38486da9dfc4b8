"""Tells workers that a run was ordered. The run's record is the truth; a word that got lost costs a second, not a run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.db import transaction

listeners: list[Callable[[], None]] = []
"""Workers of this process; each is called when a run was ordered here, after the order was stored."""


def announce(run_id: int) -> None:
    """Say, once the transaction is through, that the run waits to be taken up."""
    transaction.on_commit(partial(_tell, run_id))


def _tell(_run_id: int) -> None:
    for listener in listeners:
        listener()
