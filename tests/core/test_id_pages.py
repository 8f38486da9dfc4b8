"""A walk over contacts by their ids, several pages at a time, misses nobody (rule 4.1)."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonisbridge.core.id_pages import IdPages

PAGE = 5


def page(ids: list[int], start: int) -> list[int]:
    return [one for one in ids if one > start][:PAGE]


@given(st.sets(st.integers(1, 400)), st.integers(0, 50), st.integers(0, 400), st.integers(1, 6), st.randoms())
def test_every_contact_is_read_whatever_comes_first(ids, after, highest, at_once, chance):
    held = sorted(ids)
    pages, under_way, seen, asked = IdPages(after, highest=highest), [], set(), 0
    while not pages.at_end:
        while (start := pages.next(at_once=at_once)) is not None:
            assert start not in under_way
            under_way.append(start)
            asked += 1
        assert 0 < len(under_way) <= at_once
        start = under_way.pop(chance.randrange(len(under_way)))
        found = page(held, start)
        seen.update(found)
        pages.took(start, found[-1] if found else None, full=len(found) == PAGE)
    assert seen >= {one for one in held if one > after}
    assert asked <= 4 * (len(held) // PAGE + 2)


@pytest.mark.parametrize(("highest", "many", "more"), [(0, 500, 3), (500, 500, 1), (498, 498, 0), (250, 500, 3)])
def test_dense_ids_cost_no_page_more_than_those_at_the_end(highest, many, more):
    held, pages, under_way, asked = list(range(1, many + 1)), IdPages(highest=highest), [], 0
    while not pages.at_end:
        while (start := pages.next(at_once=3)) is not None:
            under_way.append(start)
            asked += 1
        start = under_way.pop(0)
        found = page(held, start)
        pages.took(start, found[-1] if found else None, full=len(found) == PAGE)
    assert asked <= ceil(many / PAGE) + more


def test_who_comes_later_is_found_by_going_on():
    pages = IdPages(7)
    assert pages.next(at_once=3) == 7
    pages.took(7, 9, full=False)
    assert pages.at_end
    assert pages.next(at_once=3) is None
    pages.go_on()
    assert pages.next(at_once=3) == 9
