"""The words of a notice (rule 10)."""

from __future__ import annotations

from typing import Any

import pytest

from sonisbridge.core.notices import TYPES, NoticeType, RunFacts
from sonisbridge.notify.messages import MOST_PEOPLE, example, notice_text, summary

IMPORT, EXPORT, FAILED, CONFLICTS = NoticeType


def facts(kind: str = "outbound", status: str = "succeeded", **more: Any) -> RunFacts:
    """A run that has ended."""
    return RunFacts(
        run=12, institution="Springfield", kind=kind, status=status, started_by="schedule 3",
        ended_at="23 Nov 2026, 06:04", **more,
    )  # fmt: skip


def test_a_notice_is_the_message_then_the_summary():
    text = notice_text(EXPORT, " Dear all,\n", facts(counts={"read": 1860, "updated": 41, "unchanged": 1819}, drift=2))
    assert text == (
        "Dear all,\n\n"
        "Springfield: Export, run 12, succeeded on 23 Nov 2026, 06:04, started by schedule 3.\n"
        "1,860 people:\n"
        "  41 updated\n"
        "  1,819 unchanged\n"
        "2 values that were changed in ActiveCampaign set back to SONIS's.\n"
        "Everything about it is on the page Runs, or with `sonisbridge runs show 12 --outcomes`.\n"
    )


def test_a_notice_without_a_message_is_the_summary():
    assert notice_text(IMPORT, " ", facts("inbound")).startswith("Springfield: Import, run 12, succeeded")


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (
            facts("inbound", counts={"read": 1, "skipped": 1}),
            "1 contact without a SONIS ID:\n  1 skipped\nNothing was imported.",
        ),
        (facts("inbound"), "0 contacts without a SONIS ID: nothing to do.\nNothing was imported."),
        (facts(counts={"read": 1, "created": 1}), "1 person:\n  1 created\n"),
        (
            facts(status="failed", message="SONIS does not answer."),
            "failed on 23 Nov 2026, 06:04, started by schedule 3.",
        ),
        (facts(status="failed", message="SONIS does not answer."), "\nSONIS does not answer.\n"),
        (facts(status="held", counts={"read": 9, "held": 9}), "run 12, is held, started by schedule 3."),
        (facts(status="held", drift=1), "1 value that was changed in ActiveCampaign would be set back to SONIS's."),
        (facts(status="held"), "then `sonisbridge runs apply 12`."),
        (facts(preview=True), "Springfield: Export preview, run 12, succeeded"),
        (facts("inbound", reconcile=True), "Springfield: Reconciliation (import), run 12, succeeded"),
    ],
)
def test_the_summary_says_what_the_run_did(run, said):
    assert said in summary(IMPORT if run.kind == "inbound" else EXPORT, run)


def test_conflicts_are_counted_by_reason_the_most_frequent_first():
    found = facts(new_conflicts={"email-in-use": 1, "shared-email": 1200}, waiting_conflicts=1300, counts={"read": 9})
    assert summary(CONFLICTS, found).splitlines()[1:] == [
        "Found for the first time:",
        "  1,200 shared-email",
        "  1 email-in-use",
        "1,300 wait in all.",
        "Decide on the page Review, or with `sonisbridge conflicts list`.",
    ]


def test_people_are_named_up_to_a_limit():
    few = notice_text(IMPORT, "", facts("inbound"), ["contact 7: Created."])
    assert few.endswith("\n\n- contact 7: Created.\n")
    many = notice_text(IMPORT, "", facts("inbound"), [f"contact {number}" for number in range(MOST_PEOPLE + 1)])
    assert many.endswith(f"- contact {MOST_PEOPLE - 1}\n- And others, whom the run names.\n")


@pytest.mark.parametrize("notice_type", list(NoticeType))
def test_an_example_shows_each_type_as_it_would_be(notice_type):
    text = notice_text(notice_type, TYPES[notice_type].message, example(notice_type, "Springfield"))
    assert text.startswith(f"{TYPES[notice_type].message}\n\nSpringfield: ")
