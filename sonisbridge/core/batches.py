"""A plan cut into what one request of the bulk importer can carry: by count and by bytes (rule 6.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(slots=True, kw_only=True)
class Packer(Generic[Row]):
    """Takes rows in their order and gives them in lists that one request can carry.

    A row that is too large even alone stands alone. `size_of` is a row's encoded size, `frame_bytes`
    what the request needs around the rows; one byte parts two rows.
    """

    size_of: Callable[[Row], int]
    most_rows: int
    most_bytes: int
    frame_bytes: int
    _batch: list[Row] = field(default_factory=list)
    _used: int = 0

    def add(self, row: Row) -> list[Row]:
        """Take a row; the batch that is full with what came before it, else nothing."""
        size, full = self.size_of(row), []
        if self._batch and (len(self._batch) == self.most_rows or self._used + 1 + size > self.most_bytes):
            full = self.rest()
        self._used += size + (1 if self._batch else self.frame_bytes)
        self._batch.append(row)
        return full

    def rest(self) -> list[Row]:
        """The rows that wait for more to come."""
        batch, self._batch, self._used = self._batch, [], 0
        return batch
