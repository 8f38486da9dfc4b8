"""Which workers are up, and chores that one of them does for all."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from .models import Chore, WorkerSeen

FORGOTTEN_AFTER = timedelta(days=1)


def seen(name: str, engine: str) -> None:
    """Note that the worker is up."""
    now = timezone.now()
    WorkerSeen.objects.update_or_create(
        name=name,
        defaults={"seen_at": now},
        create_defaults={"seen_at": now, "started_at": now, "engine": engine},
    )
    WorkerSeen.objects.filter(seen_at__lt=now - FORGOTTEN_AFTER).delete()


def gone(name: str) -> None:
    """Note that the worker ended in order."""
    WorkerSeen.objects.filter(name=name).delete()


def last_seen() -> datetime | None:
    """When any worker was last heard of."""
    return WorkerSeen.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()


def mine(name: str, *, every: timedelta) -> bool:
    """Whether the chore is due and this caller is the one of all workers to do it now."""
    now = timezone.now()
    with transaction.atomic():
        _chore, made = Chore.objects.get_or_create(name=name, defaults={"taken_at": now})
    return made or bool(Chore.objects.filter(name=name, taken_at__lte=now - every).update(taken_at=now))
