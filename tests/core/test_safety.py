"""Reasons to hold a plan (rule 6.8)."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonisbridge.core.policy import Policy
from sonisbridge.core.safety import PlanSize, reasons_to_hold

EMPTY = PlanSize(creates=0, updates=0, linked=1000, contacts=2000, wrote_before=True)


def reasons(policy: Policy | None = None, **changes: Any) -> tuple[str, ...]:
    return reasons_to_hold(dataclasses.replace(EMPTY, **changes), policy or Policy())


def test_a_plan_that_writes_nothing_is_never_held():
    assert reasons(wrote_before=False) == ()


def test_the_first_plan_that_writes_is_held():
    assert reasons(creates=1, wrote_before=False) == ("It is the first export that writes to this account.",)


@pytest.mark.parametrize(
    ("updates", "linked", "held"),
    [
        (301, 1000, True),
        (300, 1000, False),
        (51, 100, True),
        (50, 100, False),  # half of them, but not more than 50
        (50, 0, False),
        (51, 0, True),
    ],
)
def test_a_plan_that_changes_more_than_30_percent_and_more_than_50_is_held(updates, linked, held):
    assert bool(reasons(updates=updates, linked=linked)) is held


def test_both_limits_of_change_are_settings():
    policy = Policy(hold_changed_percent=0, hold_changed_count=0)
    assert reasons(policy, updates=1) == ("It would change 1 contact, more than 0 % of the 1,000 that are linked.",)


def test_creates_do_not_count_as_changes():
    assert reasons(creates=5000) == ()


@pytest.mark.parametrize(("creates", "held"), [(500, False), (501, True)])
def test_a_plan_that_creates_more_than_the_contact_limit_leaves_room_for_is_held(creates, held):
    assert bool(reasons(Policy(contact_limit=2500), creates=creates)) is held


def test_an_account_over_its_limit_leaves_room_for_none():
    assert reasons(Policy(contact_limit=1500), creates=1) == (
        "It would create 1 contact; the account's limit of 1,500 leaves room for 0.",
    )


def test_a_plan_that_creates_nobody_fits_an_account_over_its_limit():
    assert reasons(Policy(contact_limit=1500), updates=1) == ()


def test_every_reason_is_told():
    policy = Policy(contact_limit=2000)
    assert len(reasons(policy, creates=1, updates=900, wrote_before=False)) == 3


sizes = st.builds(
    PlanSize,
    creates=st.integers(0, 200),
    updates=st.integers(0, 200),
    linked=st.integers(0, 200),
    contacts=st.integers(0, 200),
    wrote_before=st.booleans(),
)


@given(sizes, st.one_of(st.none(), st.integers(0, 300)))
def test_a_plan_is_held_for_what_the_rule_says_and_nothing_else(size, limit):
    many = size.updates > 50 and size.updates > 0.3 * size.linked
    no_room = limit is not None and size.creates > max(limit - size.contacts, 0)
    first = not size.wrote_before and bool(size.creates or size.updates)
    found = reasons_to_hold(size, Policy(contact_limit=limit))
    assert len(found) == many + no_room + first
    assert all(reason.endswith(".") for reason in found)
