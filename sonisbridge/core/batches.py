"""A plan cut into what one request of the bulk importer can carry: by count and by bytes (rule 6.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Row = TypeVar("Row")


def batches(
    rows: Iterable[Row],
    *,
    size_of: Callable[[Row], int],
    most_rows: int,
    most_bytes: int,
    frame_bytes: int,
) -> Iterator[list[Row]]:
    """Rows in their order, in lists that one request can carry.

    A row that is too large even alone stands alone. `size_of` is a row's encoded size, `frame_bytes`
    what the request needs around the rows; one byte parts two rows.
    """
    batch: list[Row] = []
    used = frame_bytes
    for row in rows:
        size = size_of(row)
        if batch and (len(batch) == most_rows or used + 1 + size > most_bytes):
            yield batch
            batch, used = [], frame_bytes
        used += size + (1 if batch else 0)
        batch.append(row)
    if batch:
        yield batch
