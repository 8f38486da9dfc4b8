"""Waits for what the importer still does for a run that was killed, so that this run sees its end (rules 8.3, 6.6)."""

from __future__ import annotations

import time

from django.conf import settings

from sonisbridge.activecampaign.bulk import BulkState
from sonisbridge.core.errors import SkipRecordError
from sonisbridge.store.models import Batch
from sonisbridge.store.plans import batch_ended, open_batches

from .bulk import LONGEST_PAUSE, wait_until_idle
from .running import Running
from .sides import Sides


def settle(sides: Sides, going: Running) -> None:
    """Return when no batch of an earlier run is under way any more."""
    waiting = open_batches(going.run)
    if not waiting:
        return
    going.progress("Waiting for an earlier run's batches", 0, len(waiting))
    if any(not batch.batch_id for batch in waiting):
        wait_until_idle(sides, going)
    for done, batch in enumerate(waiting, start=1):
        batch_ended(batch, str(_end_of(sides, going, batch)))
        going.progress("Waiting for an earlier run's batches", done, len(waiting))


def _end_of(sides: Sides, going: Running, batch: Batch) -> BulkState | str:
    if not batch.batch_id:
        return "lost"
    until = time.monotonic() + 600 / settings.TIME_SCALE
    while time.monotonic() < until:
        try:
            info = sides.activecampaign.bulk_info(batch.batch_id)
        except SkipRecordError:
            return "lost"  # ActiveCampaign no longer knows it, so it is over
        if info.state.final:
            return info.state
        going.check()
        time.sleep(min(5, LONGEST_PAUSE) / settings.TIME_SCALE)
    return "lost"
