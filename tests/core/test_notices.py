"""What a run's end calls for, and how long a delivery is tried (rule 10)."""

from __future__ import annotations

from typing import Any

import pytest

from sonisbridge.core.notices import (
    TYPES,
    Method,
    NoticeType,
    RunFacts,
    called_for,
    code_problem,
    name_problem,
    pause_before,
)

IMPORT, EXPORT, FAILED, CONFLICTS = NoticeType


def facts(kind: str = "inbound", status: str = "succeeded", **more: Any) -> RunFacts:
    """A run that has ended."""
    return RunFacts(run=1, institution="Springfield", kind=kind, status=status, **more)


@pytest.mark.parametrize(
    ("run", "types"),
    [
        (facts(), {IMPORT}),
        (facts(status="cancelled"), {IMPORT}),
        (facts("outbound"), {EXPORT}),
        (facts("outbound", "held"), {EXPORT}),
        (facts("outbound", "failed"), {EXPORT, FAILED}),
        (facts(status="interrupted"), {IMPORT, FAILED}),
        (facts(status="failed", preview=True), set()),
        (facts("outbound", reconcile=True), set()),
        (facts("outbound", preview=True, new_conflicts={"shared-email": 1}), {CONFLICTS}),
        (facts("outbound", new_conflicts={"shared-email": 1}), {EXPORT, CONFLICTS}),
        (facts("outbound", waiting_conflicts=3), {EXPORT}),
    ],
)
def test_a_runs_end_calls_for_its_types(run, types):
    assert called_for(run) == types


def test_the_pauses_grow_to_an_hour_and_end_after_three_days():
    pauses: list[int] = []
    while (pause := pause_before(len(pauses) + 2)) is not None:
        pauses.append(pause)
    assert pauses[:8] == [30, 60, 120, 240, 480, 960, 1920, 3600]
    assert set(pauses[7:]) == {3600}
    assert 3 * 24 <= sum(pauses) / 3600 <= 3.2 * 24


def test_facts_come_back_as_they_were_stored():
    whole = facts(counts={"read": 3}, drift=2, message="x", new_conflicts={"shared-email": 1}, waiting_conflicts=4)
    assert RunFacts.of(whole.document()) == whole


@pytest.mark.parametrize(
    ("method", "ways"), [("email", (True, False)), ("reminder", (False, True)), ("both", (True, True)), ("none", (False, False))]
)  # fmt: skip
def test_a_method_is_one_way_the_other_both_or_none(method, ways):
    assert (Method(method).by_email, Method(method).by_reminder) == ways


@pytest.mark.parametrize("code", ["a", "new-prospects", "A_1", "x" * 20, "é"])
def test_a_code_is_short_and_without_blanks(code):
    assert code_problem(code) == ""


@pytest.mark.parametrize("code", ["", " ", "a b", "x" * 21, "a/b"])
def test_another_code_is_refused(code):
    assert repr(code) in code_problem(code)


@pytest.mark.parametrize(
    ("name", "good"), [("New", True), ("n" * 50, True), ("n" * 51, False), (" ", False), ("a\nb", False)]
)
def test_a_name_is_one_line_of_at_most_50_characters(name, good):
    assert (name_problem(name) == "") is good


def test_every_type_has_its_words():
    assert [TYPES[item].title for item in NoticeType] == [
        "Active Campaign Import", "Active Campaign Export", "Run failed", "Conflicts waiting",
    ]  # fmt: skip
    assert all(words.notes and words.message for words in TYPES.values())
