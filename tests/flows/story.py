"""A school and an account with every kind of change in them, and what must hold of any run over them."""

from __future__ import annotations

from collections import Counter
from typing import Any

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
            pair.school.add(
                id_of(number), "Ana", f"Known{number}", email_of(number), nickname="Annie", city="Nashville"
            )
        assert pair.export().counts["created"] == KNOWN
        ids = [self._contact(email_of(number))["id"] for number in range(KNOWN)]
        pair.subscribe(ids[0], 1)
        pair.subscribe(ids[1], 1)
        pair.subscribe(ids[1], 2)
        pair.change_contact(ids[0], {"Shoe_size": "42"})
        self.stranger = pair.make_contact("zoe@example.org", "Zoe", "Stranger", Shoe_size="39")
        pair.subscribe(self.stranger, 1)
        pair.school.change("address", id_of(0), city="Memphis")
        pair.school.change("name", id_of(1), nickname=" ")
        pair.school.change("address", id_of(2), e_mail="renamed@example.edu")
        pair.school.change("name", id_of(3), last_name="Married")
        for number in range(KNOWN, KNOWN + fresh):
            pair.school.add(id_of(number), "Ben", f"New{number}", email_of(number))
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
            fields = {
                entry["field"].split(":")[0]
                for entry in self.pair.account.history(row["id"])
                if "request" in entry["by"]
            }
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
        assert sorted(contacts) == [id_of(number) for number in range(self.people)]
        assert all(len(row["accounts"]) == 1 for row in contacts.values())
        assert contacts[id_of(0)]["values"]["Home City"] == "Memphis"
        assert contacts[id_of(1)]["values"].get("Preferred Name", "") == ""
        assert contacts[id_of(2)]["email"] == "renamed@example.edu"
        assert contacts[id_of(3)]["lastName"] == "Married"
        assert {contacts[id_of(number)]["email"] for number in range(KNOWN, self.people)} == {
            email_of(number) for number in range(KNOWN, self.people)
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
        for row in (entry["body"] or {}).get("rows", [entry["body"] or {}]):
            who = str(row.get("contact") or row.get("email") or "").lower()
            assert not who or who in lines, entry
            said = lines[who].reason if who else ""
            assert said not in {"not-reached", "changed-since-plan"}, "it was sent, and the record says so"
    stats = pair.account.stats()
    assert stats["most_imports_in_a_minute"] <= 100
    assert set(stats["violations"]) <= {"rate"}, stats["violations"]


def id_of(number: int) -> str:
    return f"AB{number:07d}"


def email_of(number: int) -> str:
    return f"person{number}@example.edu"
