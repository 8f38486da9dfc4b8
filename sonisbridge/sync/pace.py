"""The account's pace, kept in the store so that every process shares it, handed to the client (rule 4.2)."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings

from sonisbridge.activecampaign.limits import BULK_WINDOW_SECONDS
from sonisbridge.activecampaign.pace import Cost, Departure, LastSecond, slot_seconds
from sonisbridge.core.policy import Policy
from sonisbridge.store.pace import SharedPace

LATE = 0.2
"""The part of a gap that a request may start late without moving the next one of another process."""


class AccountPace:
    """Waits for the next slot of one account. A reserve for other integrations makes the slots longer."""

    def __init__(self, endpoint: str, policy: Policy, *, before: Callable[[], None]) -> None:
        self._shared = SharedPace(endpoint)
        self._slot = slot_seconds(reserve=policy.reserve, time_scale=settings.TIME_SCALE)
        quotas = {Cost.BULK_ONE: policy.bulk_one_per_minute, Cost.BULK_MANY: policy.bulk_many_per_minute}
        window = BULK_WINDOW_SECONDS / settings.TIME_SCALE
        self._gaps = {cost: window / max(quota, 1) for cost, quota in quotas.items()}
        self._last_second = LastSecond(time_scale=settings.TIME_SCALE)
        self._before = before

    def wait(self, cost: Cost) -> Departure:
        """The request of that cost, when it may start; stops waiting when the run must end."""
        if cost is not Cost.REQUEST:
            self._take(cost, self._gaps[cost])
        self._take(Cost.REQUEST, self._slot)
        return self._last_second.start()

    def push_back(self, seconds: float, cost: Cost) -> None:
        """No request of that cost for so many seconds; REQUEST holds back everything."""
        self._shared.push_back(cost.value, seconds)

    def told(self, departure: Departure, *, limit: int, left: int) -> None:
        """Leave a slot out while others use the account too."""
        if self._last_second.crowded(departure, limit=limit, left=left):
            self._shared.take(Cost.REQUEST.value, self._slot)

    def _take(self, cost: Cost, gap: float) -> None:
        """Wait for a slot. One that is used late moves the next: it is not made up for by two requests at once."""
        until = time.monotonic() + self._shared.take(cost.value, gap)
        while (left := until - time.monotonic()) > 0:
            self._before()
            time.sleep(min(left, 0.5))
        if time.monotonic() - until > gap * LATE:
            self._shared.push_back(cost.value, gap)
