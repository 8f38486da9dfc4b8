"""Lets a run write to its records only while it holds both its locks, whatever part of the program writes (rule 8.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from sonisbridge.core.errors import LostRunError

from .models import Lock, Run

LOCKS_A_RUN = 2
"""The institution's and the account's: a run that lost one of them must stop."""
_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)


class Fence:
    """The number under which a run was taken up. Who takes it over gets a higher one, and the lower one is worth nothing."""

    def __init__(self, run: Run) -> None:
        self._run_id = run.pk
        self._number = run.fence
        self._last = False

    def check(self, *, until_written: bool = False) -> None:
        """Raises LostRunError unless both locks are held. `until_written` keeps them so to the end of the transaction."""
        rows = Lock.objects.filter(run=self._run_id, fence=self._number, until__gt=timezone.now())
        if until_written:
            rows = rows.order_by("key").select_for_update(no_key=True)
        if len(rows.values_list("key")) != LOCKS_A_RUN:
            raise LostRunError(
                f"Run {self._run_id} was away for too long and was taken over: it stops here. "
                "Nothing is lost; the next run works from what both sides say."
            )

    @contextmanager
    def guarding(self) -> Iterator[None]:
        """Every write of this thread inside is checked, in the transaction that writes."""
        keep_brief(connection)
        with connection.execute_wrapper(self._guarded):
            yield

    @contextmanager
    def last_words(self) -> Iterator[None]:
        """One transaction in which the run says how it ended and gives its locks away. Raises as `check` does."""
        with transaction.atomic():
            self.check(until_written=True)
            self._last = True
            try:
                yield
            finally:
                self._last = False

    def _guarded(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if self._last or not _WRITES.match(sql):
            return execute(sql, params, many, context)
        if connection.in_atomic_block:
            self.check(until_written=True)
            return execute(sql, params, many, context)
        if " RETURNING " in sql and connection.vendor == "sqlite":
            self.check()  # SQLite commits no statement whose rows were not fetched yet
            return execute(sql, params, many, context)
        with transaction.atomic():
            self.check(until_written=True)
            return execute(sql, params, many, context)


def keep_brief(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """End this connection's session when it idles inside a transaction for a lease.

    A program that was paused in there, or whose machine vanished, would keep a run's locks from everybody. SQLite has no
    such thing: while a program is paused inside a transaction nobody writes.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            limit = int(settings.LEASE_SECONDS * 1000)
            cursor.execute(f"SET idle_in_transaction_session_timeout = {limit}")
