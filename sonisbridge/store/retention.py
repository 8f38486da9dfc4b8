"""Takes away what is older than it is kept, in small pieces, so that nobody has to wait for it (rule 8.1)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from . import notices, schedules, webhooks
from .models import DriftRecord, PlanLine, Run
from .workers import mine

logger = logging.getLogger("sonisbridge.retention")

ONCE = timedelta(days=1)
PIECE = 2000
"""So many rows at a time."""
also: list[Callable[[datetime, int], int]] = [notices.forget, schedules.forget, webhooks.forget]
"""Others who keep something for a while: takes away at most so many rows older than that, and says how many it took."""


class Retention:
    """A tick: once a day, one worker of all takes old runs away, a piece each time that it is called."""

    def __init__(self) -> None:
        self._going = False

    def __call__(self) -> None:
        """Take a piece away if there is one and it is this worker's turn."""
        if self._going or mine("retention", every=ONCE):
            self._going = remove_piece(timezone.now() - timedelta(days=settings.KEEP_DAYS)) > 0


def remove_piece(before: datetime) -> int:
    """Take away a piece of what ended before that; says how many rows it was, 0 when nothing is left to take.

    The last run of each kind that an institution had stays, however old.
    """
    last = Run.objects.filter(ended_at__isnull=False).values("institution", "kind").annotate(last=Max("pk"))
    kept = last.values_list("last", flat=True)
    oldest = (
        Run.objects.filter(ended_at__lt=before).exclude(status__in=["queued", "running"]).exclude(pk__in=list(kept))
    )
    run = oldest.order_by("pk").first()
    if run is not None:
        return _remove_of(run)
    return sum(remove(before, PIECE) for remove in also)


def _remove_of(run: Run) -> int:
    """Take away rows of the run, and the run itself with the last of them."""
    rows = 0
    for model in (PlanLine, DriftRecord):
        keys = list(model._base_manager.filter(run=run).values_list("pk", flat=True)[: PIECE - rows])
        rows += len(keys)
        model._base_manager.filter(pk__in=keys)._raw_delete(using="default")
    if rows < PIECE:
        with transaction.atomic():
            run.delete()
        logger.info("run %s was taken away, it ended %s", run.pk, run.ended_at)
    return rows + 1
