"""A plan cut into what one request can carry (rule 6.6)."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from sonisbridge.core.batches import Packer

FRAME = 10


def cut(sizes: list[int], *, most_rows: int = 250, most_bytes: int = 1000) -> list[list[int]]:
    packer: Packer[int] = Packer(size_of=lambda row: row, most_rows=most_rows, most_bytes=most_bytes, frame_bytes=FRAME)
    found = [packer.add(size) for size in sizes]
    return [batch for batch in [*found, packer.rest()] if batch]


def request_bytes(batch: list[int]) -> int:
    return FRAME + sum(batch) + len(batch) - 1


def test_no_rows_make_no_batch():
    assert cut([]) == []


def test_a_batch_is_cut_by_count():
    assert cut([1] * 5, most_rows=2) == [[1, 1], [1, 1], [1]]


def test_a_batch_is_cut_by_bytes_to_the_last_one():
    assert cut([40, 49], most_bytes=100) == [[40, 49]]
    assert cut([40, 50], most_bytes=100) == [[40], [50]]


def test_a_row_that_is_too_large_stands_alone():
    assert cut([1, 500, 1], most_bytes=100) == [[1], [500], [1]]


@given(
    st.lists(st.integers(1, 120), max_size=40),
    st.integers(1, 6),
    st.integers(1, 200),
)
def test_batches_joined_give_the_rows_back_and_keep_both_limits(sizes, most_rows, most_bytes):
    found = cut(sizes, most_rows=most_rows, most_bytes=most_bytes)
    assert [row for batch in found for row in batch] == sizes
    for batch in found:
        assert 1 <= len(batch) <= most_rows
        assert len(batch) == 1 or request_bytes(batch) <= most_bytes


@given(st.lists(st.integers(1, 120), max_size=40), st.integers(1, 6))
def test_no_two_neighbouring_batches_would_fit_one_request(sizes, most_rows):
    found = cut(sizes, most_rows=most_rows, most_bytes=200)
    for one, other in itertools.pairwise(found):
        one_more = [*one, other[0]]
        assert len(one_more) > most_rows or request_bytes(one_more) > 200
