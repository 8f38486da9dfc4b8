"""Rows that are stored while the next ones are made: a database server is not waited for (decision 0023)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from django.db import connection, connections, models

from .rows import Row, insert

_AT_MOST = 2


class Behind:
    """Stores batches in their order by a thread of its own; SQLite, which has one writer at a time, at once.

    What goes wrong there is raised here with one of the next batches, or at the end. `guarded` is what each write of the run
    is under. When a `with` is over, nothing is under way any more.
    """

    def __init__(self, guarded: Callable[[], AbstractContextManager[None]]) -> None:
        self._guarded = guarded
        self._thread = ThreadPoolExecutor(1) if connection.vendor == "postgresql" else None
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._thread is None:
            return
        try:
            while kind is None and self._waiting:
                self._waiting.popleft().result()
        finally:
            for coming in self._waiting:
                coming.cancel()
            self._thread.submit(connections.close_all)
            self._thread.shutdown()

    def insert(
        self, table: type[models.Model], columns: Sequence[str], rows: Sequence[Row], *, key: Sequence[str] = ()
    ) -> None:
        """As `rows.insert`, sooner or later."""
        if self._thread is None:
            insert(table, columns, rows, key=key)
            return
        while len(self._waiting) >= _AT_MOST:
            self._waiting.popleft().result()
        self._waiting.append(self._thread.submit(self._insert, table, columns, rows, key))

    def _insert(
        self, table: type[models.Model], columns: Sequence[str], rows: Sequence[Row], key: Sequence[str]
    ) -> None:
        with self._guarded():
            insert(table, columns, rows, key=key)
