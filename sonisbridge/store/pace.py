"""The pace of one ActiveCampaign account, shared by every process that talks to it (rule 4.2)."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import transaction

from .models import PaceRow


class SharedPace:
    """Hands out slots. One row an account and kind of cost; a slot is taken by one atomic step.

    Times are in real seconds: the caller divides by the time scale.
    """

    def __init__(self, account: str, *, clock: Callable[[], float] = time.time) -> None:
        self._account = account
        self._clock = clock

    def take(self, kind: str, gap: float) -> float:
        """Take the next slot of that kind and say how many seconds from now it is; 0 means at once."""
        with transaction.atomic():
            row, _made = PaceRow.objects.select_for_update().get_or_create(key=f"{self._account}|{kind}")
            now = self._clock()
            at = max(now, min(row.next_at, now + 3600))
            row.next_at = at + gap
            row.save(update_fields=["next_at"])
        return max(at - now, 0.0)

    def push_back(self, kind: str, seconds: float) -> None:
        """No slot of that kind before so many seconds from now: the other side said so."""
        with transaction.atomic():
            row, _made = PaceRow.objects.select_for_update().get_or_create(key=f"{self._account}|{kind}")
            row.next_at = max(row.next_at, self._clock() + seconds)
            row.save(update_fields=["next_at"])
