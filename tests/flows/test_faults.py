"""Faults of ActiveCampaign, one after the other: the run tells the truth, nothing is doubled, the next run mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.store.models import Run
from tests.flows.pair import Pair

ENDED = {"succeeded", "succeeded_with_problems", "failed"}
SHOE_SIZE = "Shoe size"
KNOWN = 5
MANY, FEW = 18, 4


class Story:
    """An account with a past: known people who changed, new people, a stranger, and what everybody's lists say."""

    def __init__(self, pair: Pair, fresh: int) -> None:
        self.pair = pair
        field = pair.ask("POST", "/fields", json={"field": {"title": SHOE_SIZE, "type": "text"}})
        pair.titles[SHOE_SIZE] = field["field"]["id"]
        for number in range(KNOWN):
            pair.school.add(_id(number), "Ana", f"Known{number}", _email(number), nickname="Annie", city="Nashville")
        assert pair.export().counts["created"] == KNOWN
        ids = [self._contact(_email(number))["id"] for number in range(KNOWN)]
        pair.subscribe(ids[0], 1)
        pair.subscribe(ids[1], 1)
        pair.subscribe(ids[1], 2)
        pair.change_contact(ids[0], {"Shoe_size": "42"})
        self.stranger = pair.make_contact("zoe@example.org", "Zoe", "Stranger", Shoe_size="39")
        pair.subscribe(self.stranger, 1)
        pair.school.change("address", _id(0), city="Memphis")
        pair.school.change("name", _id(1), nickname=" ")
        pair.school.change("address", _id(2), e_mail="renamed@example.edu")
        pair.school.change("name", _id(3), last_name="Married")
        for number in range(KNOWN, KNOWN + fresh):
            pair.school.add(_id(number), "Ben", f"New{number}", _email(number))
        self.people = KNOWN + fresh
        self.before = pair.contacts()
        pair.account.clear_log()

    def export_under(self, *faults: str | dict[str, Any]) -> Run:
        """Export while faults happen; the run's record, whatever ended it."""
        self.pair.account.faults(*faults)
        try:
            run = self.pair.export()
        except SonisbridgeError:
            run = Run.objects.latest("pk")
            assert run.status == "failed"
            assert run.message
        fired = sum(rule["fired"] for rule in self.pair.account.control("GET", "/faults")["faults"])
        assert fired, "the fault never happened"
        self.pair.account.faults()
        return run

    def check(self, run: Run) -> None:
        """What holds after every run, faults or not."""
        check_record(self.pair, run)
        after = self.pair.contacts()
        carried = Counter(row["values"].get("SONIS_ID", "") for row in after)
        assert all(many == 1 for sonis_id, many in carried.items() if sonis_id), "no duplicates"
        now = {row["id"]: row for row in after}
        for row in self.before:
            assert now[row["id"]]["lists"] == row["lists"], "P4"
            assert now[row["id"]]["values"].get(SHOE_SIZE) == row["values"].get(SHOE_SIZE), "P5"
        [stranger] = [row for row in self.before if row["id"] == self.stranger]
        assert now[self.stranger] == stranger, "P3"
        known = {row["id"] for row in self.before}
        assert all(row["lists"] == {} for row in after if row["id"] not in known), "P4"
        for row in after:
            fields = {entry["field"].split(":")[0] for entry in self.pair.account.history(row["id"]) if "request" in entry["by"]}
            assert "tag" not in fields

    def check_mended(self) -> None:
        """P1 and P2: one more run makes everything right, the one after it writes nothing."""
        self.pair.account.clear_log()
        run = self.pair.export()
        self.check(run)
        assert run.status == "succeeded", [line.message for line in run.lines.all()]
        self.check_right()
        self.pair.account.clear_log()
        again = self.pair.export()
        assert self.pair.writes() == []
        assert again.counts["unchanged"] == again.counts["read"] == self.people

    def check_right(self) -> None:
        """Every person's contact is what SONIS says, in the institution's account."""
        contacts = {row["values"].get("SONIS_ID"): row for row in self.pair.contacts() if row["id"] != self.stranger}
        assert sorted(contacts) == [_id(number) for number in range(self.people)]
        assert all(len(row["accounts"]) == 1 for row in contacts.values())
        assert contacts[_id(0)]["values"]["Home City"] == "Memphis"
        assert contacts[_id(1)]["values"].get("Preferred Name", "") == ""
        assert contacts[_id(2)]["email"] == "renamed@example.edu"
        assert contacts[_id(3)]["lastName"] == "Married"
        assert {contacts[_id(number)]["email"] for number in range(KNOWN, self.people)} == {
            _email(number) for number in range(KNOWN, self.people)
        }

    def _contact(self, email: str) -> dict[str, Any]:
        found = self.pair.contact(email)
        assert found is not None
        return found


def check_record(pair: Pair, run: Run) -> None:
    """P6 and P7: the counts add up, every write has its line, and the limits were kept."""
    assert run.status in ENDED
    counts = dict(run.counts)
    assert counts.pop("read") == sum(counts.values())
    troubled = counts["failed"] or counts["conflict"] or counts["not_kept"]
    assert run.status == "failed" or (run.status == "succeeded_with_problems") == bool(troubled)
    lines = {line.email.lower(): line for line in run.lines.all() if line.email}
    lines |= {str(line.contact_id): line for line in run.lines.all() if line.contact_id}
    for entry in pair.writes():
        rows = entry["body"].get("rows", [entry["body"]]) if entry["body"] else []
        for who in (row.get("email") or row.get("contact") for row in rows):
            if who is not None:
                line = lines.get(str(who).lower())
                assert line is not None, entry
                assert line.reason not in {"not-reached", "changed-since-plan"}, "it was sent, and the record says so"
    stats = pair.account.stats()
    assert stats["most_imports_in_a_minute"] <= 100
    assert set(stats["violations"]) <= {"rate"}, stats["violations"]


def _id(number: int) -> str:
    return f"AB{number:07d}"


def _email(number: int) -> str:
    return f"person{number}@example.edu"


EVERYWHERE = [
    "429=every:4", "503=every:3", "500=every:5", "403=every:9", "html200=every:4", "empty200=every:4", "cut_json=every:3",
    "reset=every:4", "slow=every:3,seconds:1", "503=0.3", "403=0.15", "reset=0.2", "empty200=0.3",
]  # fmt: skip
ON_IMPORTS = [
    *(f"{name}=next:{times},path:/import/bulk_import,method:POST"
      for name in ("committed_lost", "reset", "503", "429", "500", "empty200", "cut_json", "html200")
      for times in (1, 4)),
    "bulk_partial=next:1", "bulk_partial=every:1", "bulk_failed=next:1", "bulk_failed=every:1",
    "bulk_interrupted=next:1", "bulk_interrupted=every:1",
    "503=next:9,path:/import/info", "html200=next:2,path:/import/info", "403=next:1,path:/import/info",
]  # fmt: skip
ON_SINGLES = [
    *(f"{name}=next:{times},path:/contacts*,method:{method}"
      for name in ("committed_lost", "reset", "empty200", "cut_json", "503", "403")
      for times, method in ((1, "POST"), (1, "PUT"), (9, "POST"))),
    "committed_lost=next:1,path:/fieldValues/*", "committed_lost=next:1,path:/accountContacts",
    "committed_lost=next:9,path:/accountContacts", "503=next:9,path:/accountContacts", "403=next:1,path:/accountContacts",
    "503=next:30,path:/contacts*,method:GET",
]  # fmt: skip


def _some(faults: list[str], quick: int) -> list[Any]:
    """The first of every so many in the quick form, all in the long one."""
    return [pytest.param(name, marks=[] if place % quick == 0 else pytest.mark.full) for place, name in enumerate(faults)]


@pytest.mark.parametrize("fault", EVERYWHERE + ON_IMPORTS)
def test_an_export_by_the_importer_survives(fault: str, pair: Pair):
    story = Story(pair, MANY)
    story.check(story.export_under(fault))
    story.check_mended()


@pytest.mark.parametrize("fault", EVERYWHERE + ON_SINGLES)
def test_an_export_by_single_calls_survives(fault: str, pair_with: Callable[..., Pair]):
    story = Story(pair_with(automations=True), FEW)
    story.check(story.export_under(fault))
    story.check_mended()
