"""Which address, program and status of a person counts (rules 3.2 and 3.3)."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonisbridge.core.person import (
    EXPORTED_STATUSES,
    Address,
    Program,
    StatusHeld,
    chosen_address,
    chosen_program,
    chosen_status,
    preferred_address_count,
)

EARLY, LATE = date(2024, 9, 1), date(2026, 9, 1)


def program_of(*programs: Program) -> str | None:
    found = {getattr(chosen_program(order), "rid", None) for order in itertools.permutations(programs)}
    assert len(found) == 1
    return found.pop()


def address_of(*addresses: Address) -> str | None:
    found = {getattr(chosen_address(order), "rid", None) for order in itertools.permutations(addresses)}
    assert len(found) == 1
    return found.pop()


def a_program(rid: str, **more: Any) -> Program:
    return Program(rid=rid, code="BA", **more)


def test_nobody_needs_an_address_or_a_program():
    assert chosen_address(()) is None
    assert chosen_program(()) is None


def test_the_preferred_address_counts():
    assert address_of(Address(rid="1"), Address(rid="2", preferred=True)) == "2"


@pytest.mark.parametrize("preferred", [True, False])
def test_of_equal_addresses_the_lowest_row_id_counts(preferred: bool):
    rows = [Address(rid=rid, preferred=preferred) for rid in ("10", "9", "0011")]
    assert address_of(*rows) == "9"


def test_row_ids_that_are_no_numbers_order_as_text():
    assert address_of(Address(rid="B"), Address(rid="A2"), Address(rid="A10")) == "A10"


def test_preferred_addresses_are_counted():
    rows = (Address(rid="1", preferred=True), Address(rid="2"), Address(rid="3", preferred=True))
    assert preferred_address_count(rows) == 2


def test_a_disabled_program_never_counts():
    assert program_of(a_program("1", preferred=True, disabled=True)) is None
    assert program_of(a_program("1", preferred=True, disabled=True), a_program("2")) == "2"


def test_the_preferred_program_comes_before_any_ranking():
    assert program_of(a_program("1", ranking=1), a_program("2", preferred=True)) == "2"


@pytest.mark.parametrize("blank", [0, None])
def test_programs_go_by_ranking_with_0_and_blank_last(blank: int | None):
    assert program_of(a_program("1", ranking=blank), a_program("2", ranking=2)) == "2"
    assert program_of(a_program("1", ranking=3), a_program("2", ranking=2)) == "2"


def test_equal_programs_go_by_the_latest_entry_date_with_blank_last():
    assert program_of(a_program("1", entry_date=EARLY), a_program("2", entry_date=LATE)) == "2"
    assert program_of(a_program("1"), a_program("2", entry_date=EARLY)) == "2"


def test_programs_alike_in_all_go_by_the_lowest_row_id():
    assert program_of(a_program("10"), a_program("9")) == "9"


def status_of(*rows: tuple[str, date | None]) -> str:
    held = [StatusHeld(code=code, since=since) for code, since in rows]
    found = {chosen_status(order) for order in itertools.permutations(held)}
    assert len(found) == 1
    return found.pop()


@pytest.mark.parametrize("code", EXPORTED_STATUSES)
def test_each_exported_status_makes_a_person_eligible(code: str):
    assert status_of((code, None)) == code


def test_other_statuses_are_not_exported():
    assert status_of(("FA", LATE), ("CO", None)) == ""
    assert status_of() == ""


def test_the_latest_status_counts_even_beside_a_later_one_that_is_not_exported():
    assert status_of(("PS", LATE), ("AL", EARLY)) == "PS"
    assert status_of(("PS", EARLY), ("FA", LATE)) == "PS"


def test_an_undated_status_comes_last():
    assert status_of(("AL", None), ("PS", EARLY)) == "PS"


@pytest.mark.parametrize("since", [None, EARLY])
def test_equal_dates_go_al_st_ap_ps(since: date | None):
    for better, worse in itertools.combinations(("AL", "ST", "AP", "PS"), 2):
        assert status_of((worse, since), (better, since)) == better


dates = st.sampled_from([None, EARLY, LATE])
some_programs = st.lists(
    st.builds(
        Program,
        rid=st.sampled_from(["1", "02", "10", "A"]),
        code=st.just("BA"),
        entry_date=dates,
        preferred=st.booleans(),
        ranking=st.sampled_from([None, 0, 1, 2]),
        disabled=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda row: row.rid,
)
some_statuses = st.lists(
    st.builds(StatusHeld, code=st.sampled_from([*EXPORTED_STATUSES, "FA"]), since=dates), max_size=4
)


@given(some_programs, some_statuses)
def test_the_choice_never_depends_on_row_order(programs, statuses):
    assert chosen_program(tuple(programs)) == chosen_program(tuple(reversed(programs)))
    assert chosen_status(tuple(statuses)) == chosen_status(tuple(reversed(statuses)))
