"""Faults of ActiveCampaign, one after the other: the run tells the truth, nothing is doubled, the next run mends it."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.conf import settings

from sonisbridge.activecampaign.connection import TransportOptions
from sonisbridge.activecampaign.pace import Cost, slot_seconds
from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.core.policy import Policy
from sonisbridge.store.models import Link, MirrorContact, Run
from sonisbridge.sync import sides
from sonisbridge.sync.outbound import Order, export
from sonisbridge.sync.pace import AccountPace
from sonisbridge.sync.reconcile import reconcile
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
        for row in (entry["body"] or {}).get("rows", [entry["body"] or {}]):
            who = str(row.get("contact") or row.get("email") or "").lower()
            assert not who or who in lines, entry
            said = lines[who].reason if who else ""
            assert said not in {"not-reached", "changed-since-plan"}, "it was sent, and the record says so"
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


QUICK = {
    "429=every:4", "cut_json=every:3", "reset=0.2", "403=0.15", "bulk_partial=next:1", "bulk_failed=next:1",
    "bulk_interrupted=next:1", "committed_lost=next:1,path:/import/bulk_import,method:POST",
    "committed_lost=next:4,path:/import/bulk_import,method:POST", "committed_lost=next:1,path:/contacts*,method:POST",
    "committed_lost=next:1,path:/contacts*,method:PUT", "403=next:1,path:/accountContacts",
}  # fmt: skip
"""The others are tried in the long form."""


def some(faults: list[str]) -> list[Any]:
    """The faults, those beyond the quick form marked."""
    return [pytest.param(name, marks=[] if name in QUICK else pytest.mark.full) for name in faults]


@pytest.mark.parametrize("fault", some(EVERYWHERE + ON_IMPORTS))
def test_an_export_by_the_importer_survives(fault: str, pair: Pair):
    story = Story(pair, MANY)
    story.check(story.export_under(fault))
    story.check_mended()


@pytest.mark.parametrize("fault", some(EVERYWHERE + ON_SINGLES))
def test_an_export_by_single_calls_survives(fault: str, pair_with: Callable[..., Pair]):
    story = Story(pair_with(automations=True), FEW)
    story.check(story.export_under(fault))
    story.check_mended()


@pytest.mark.parametrize(
    "fault", ["no_answer=next:1,method:GET", "no_answer=next:1,method:POST", "no_answer=next:1,method:PUT"]
)
@pytest.mark.parametrize("automations", [False, pytest.param(True, marks=pytest.mark.full)])
def test_an_answer_that_never_comes_is_waited_for_only_so_long(
    fault: str, automations: bool, pair_with: Callable[..., Pair], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sides, "TransportOptions", partial(TransportOptions, read_seconds=0.5))
    story = Story(pair_with(automations=automations), FEW)
    story.check(story.export_under(fault))
    story.check_mended()


@pytest.mark.parametrize("fault", ["committed_lost=next:1", "empty200=next:1", "403=next:2", "503=next:9"])
def test_the_account_is_made_once_whatever_happens_to_the_request(fault: str, pair: Pair):
    pair.school.add(_id(0), "Ana", "Lima", _email(0))
    pair.account.faults(f"{fault},path:/accounts,method:POST")
    with suppress(SonisbridgeError):
        pair.export()
    pair.account.faults()
    pair.export()
    assert [row["name"] for row in pair.get("/accounts", limit=100)["accounts"]] == ["SONIS"]
    [contact] = pair.contacts()
    assert len(contact["accounts"]) == 1
    pair.account.clear_log()
    pair.export()
    assert pair.writes() == []


def test_the_importers_own_rate_error_is_waited_out(pair: Pair):
    pair.school.add(_id(0), "Ana", "Lima", _email(0))
    pair.make_contact("zoe@example.org", "Zoe", "Stranger")
    body = {"contacts": [{"email": "zoe@example.org"}]}

    def somebody_imports(step: str, _done: int, _total: int | None) -> None:
        while step == "Reading new contacts" and pair.http.post("/import/bulk_import", json=body).status_code != 400:
            time.sleep(0.002)

    run = export(pair.institution, Order(started_by="test", approved=True), somebody_imports)
    refused = [
        entry
        for entry in pair.account.log()
        if entry["status"] == 400 and entry["body"]["rows"][0]["email"] == _email(0)
    ]
    assert refused
    assert run.counts["created"] == 1


def test_rows_of_a_broken_batch_are_not_sent_again_to_an_address_that_a_stranger_took(pair: Pair):
    for number in range(3):
        pair.school.add(_id(number), "Ana", f"Lima{number}", _email(number))
    pair.account.faults("bulk_failed=next:1")
    order = Order(started_by="test", approved=True)
    reads: list[str] = []

    def a_stranger_comes(step: str, _done: int, _total: int | None) -> None:
        reads.append(step)
        if reads.count("Reading contacts") == 2 and pair.contact(_email(1)) is None:
            pair.make_contact(_email(1), "Zoe", "Stranger")

    run = export(pair.institution, order, a_stranger_comes)
    assert pair.contact(_email(1)) is not None
    assert {line.sonis_id: line.reason or line.outcome for line in run.lines.all()} == {
        _id(0): "created",
        _id(1): "email-in-use",
        _id(2): "created",
    }
    assert pair.outcome(run, _id(1)).outcome == "conflict"
    assert not Link.objects.filter(sonis_id=_id(1)).exists()
    assert [row["firstName"] for row in pair.contacts() if row["email"] == _email(1)] == ["Zoe"]


# What somebody does between preview and apply


class Window:
    """A shown plan: one new person, one with a changed city, one with a changed address."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        for number in (1, 2, 3):
            pair.school.add(_id(number), "Ana", f"Lima{number}", _email(number), nickname="Annie", city="Nashville")
        pair.export()
        self.ids = {number: self.at(_email(number))["id"] for number in (1, 2, 3)}
        pair.school.add(_id(4), "Ben", "New", _email(4))
        pair.school.change("address", _id(1), city="Memphis")
        pair.school.change("address", _id(2), e_mail="renamed@example.edu")
        pair.school.change("name", _id(3), nickname=" ")
        self.shown = pair.export(preview=True)
        assert self.shown.counts["created"] == 1
        assert self.shown.counts["updated"] == 3

    def at(self, email: str) -> dict[str, Any]:
        """The contact at that address."""
        found = self.pair.contact(email)
        assert found is not None
        return found

    def apply(self) -> dict[str, str]:
        """Apply what was shown; SONIS ID to reason, or to outcome where there is none."""
        self.pair.account.clear_log()
        run = self.pair.apply(self.shown)
        check_record(self.pair, run)
        assert run.status != "failed"
        return {line.sonis_id: line.reason or line.outcome for line in run.lines.all()}


ALL_DONE = {_id(1): "updated", _id(2): "updated", _id(3): "updated", _id(4): "created"}


def test_a_plan_that_still_holds_is_applied_as_shown(pair: Pair):
    assert Window(pair).apply() == ALL_DONE


@pytest.mark.parametrize("automations", [False, True])
def test_an_address_that_a_stranger_took_since_is_left_to_the_stranger(
    automations: bool, pair_with: Callable[..., Pair]
):
    pair = pair_with(automations=automations)
    window = Window(pair)
    pair.make_contact(_email(4), "Zoe", "Stranger")
    pair.make_contact("renamed@example.edu", "Yan", "Stranger")
    before = window.at(_email(4)), window.at("renamed@example.edu")
    assert window.apply() == ALL_DONE | {_id(2): "changed-since-plan", _id(4): "changed-since-plan"}
    assert (window.at(_email(4)), window.at("renamed@example.edu")) == before
    again = pair.export()
    assert {line.reason for line in again.lines.all()} == {"email-in-use"}
    assert (window.at(_email(4)), window.at("renamed@example.edu")) == before


@pytest.mark.parametrize("reads", ["rewritten", pytest.param("missing", marks=pytest.mark.full)])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_contact_that_was_deleted_since_is_not_written_and_made_again_by_the_next_run(
    number: int, reads: str, pair: Pair
):
    pair.account.switch(deleted_reads=reads)
    window = Window(pair)
    pair.ask("DELETE", f"/contacts/{window.ids[number]}")
    assert window.apply()[_id(number)] in {"changed-since-plan", "gone"}
    pair.export()
    pair.account.clear_log()
    assert pair.export().counts["unchanged"] == 4
    assert pair.writes() == []
    carried = [row["values"].get("SONIS_ID") for row in pair.contacts()]
    assert sorted(carried) == [_id(1), _id(2), _id(3), _id(4)]


def test_a_contact_that_got_another_sonis_id_since_is_not_written(pair: Pair):
    window = Window(pair)
    for contact_id in window.ids.values():
        values = [{"field": pair.titles["SONIS_ID"], "value": f"ZZ{int(contact_id):07d}"}]
        pair.ask("PUT", f"/contacts/{contact_id}", json={"contact": {"fieldValues": values}})
    before = pair.contacts()
    assert window.apply() == {_id(4): "created"} | {_id(number): "changed-since-plan" for number in (1, 2, 3)}
    assert [row for row in pair.contacts() if row["id"] in window.ids.values()] == before
    assert {line.reason for line in pair.export().lines.all()} == {"unknown-sonis-id"}


def test_who_unsubscribed_since_is_updated_and_stays_unsubscribed(pair: Pair):
    window = Window(pair)
    for contact_id in window.ids.values():
        pair.subscribe(contact_id, 1)
        pair.subscribe(contact_id, 2)
    assert window.apply() == ALL_DONE
    assert all(row["lists"] == {"1": "2"} for row in pair.contacts() if row["id"] in window.ids.values())


def test_a_person_who_changed_since_is_left_to_the_next_run(pair: Pair):
    window = Window(pair)
    for number in (1, 2, 3, 4):
        pair.school.change("address", _id(number), zip="37201")
    assert set(window.apply().values()) == {"changed-since-plan"}
    assert pair.export().counts["updated"] == 3


@pytest.mark.parametrize("change", [{"disabled": 1}, {"deceased": 1}])
def test_a_person_who_was_taken_out_since_is_not_sent(change: dict[str, int], pair: Pair):
    window = Window(pair)
    pair.school.change("name", _id(4), **change)
    assert window.apply() == ALL_DONE | {_id(4): "changed-since-plan"}
    assert pair.contact(_email(4)) is None


def test_a_person_who_lost_the_exported_status_since_is_not_sent(pair: Pair):
    window = Window(pair)
    pair.school.change("nmmodst", _id(4), mod_stat="FA")
    assert window.apply() == ALL_DONE | {_id(4): "changed-since-plan"}


def test_a_person_who_is_excluded_from_mailings_since_is_not_sent(pair_with: Callable[..., Pair]):
    pair = pair_with(exclude_excl_mailing=True)
    window = Window(pair)
    pair.school.change("name", _id(4), excl_mailing=1)
    assert window.apply() == ALL_DONE | {_id(4): "changed-since-plan"}


def test_an_address_that_another_person_in_sonis_claims_since_goes_to_one_of_them(pair: Pair):
    window = Window(pair)
    pair.school.add(_id(5), "Cid", "Other", _email(4), status="ST")
    window.apply()
    pair.export()
    carried = [row["values"].get("SONIS_ID") for row in pair.contacts() if row["email"] == _email(4)]
    assert len(carried) == 1
    pair.account.clear_log()
    pair.export()
    assert pair.writes() == []


# What ActiveCampaign keeps otherwise


@pytest.mark.parametrize(
    ("switches", "table", "values", "title"),
    [
        ({"html_escape": "on"}, "address", {"city": "Here & There"}, "Home City"),
        ({"max_text_length": "8"}, "address", {"city": "Sevierville Heights"}, "Home City"),
        ({"blank_clears_standard": "off"}, "name", {"first_name": " "}, "First Name"),
    ],
)
@pytest.mark.parametrize("automations", [False, pytest.param(True, marks=pytest.mark.full)])
def test_what_is_kept_otherwise_is_said_and_not_sent_again_until_something_changes(
    switches: dict[str, str],
    table: str,
    values: dict[str, str],
    title: str,
    automations: bool,
    pair_with: Callable[..., Pair],
):
    pair = pair_with(automations=automations)
    pair.school.add(_id(1), "Ana", "Lima", _email(1), city="Nashville", high_school="HS")
    pair.export()
    pair.account.switch(**switches)
    pair.school.change(table, _id(1), **values)
    run = pair.export()
    assert run.status == "succeeded_with_problems"
    line = pair.outcome(run, _id(1))
    assert line.outcome == "not_kept"
    assert title in line.message
    for _ in range(2):
        pair.account.clear_log()
        again = pair.export()
        assert pair.outcome(again, _id(1)).outcome == "not_kept"
        assert pair.writes() == []
    pair.account.switch(html_escape="off", max_text_length="0", blank_clears_standard="on")
    pair.school.change("address", _id(1), city="Memphis")
    pair.school.change("name", _id(1), first_name="Ana")
    last = pair.export()
    assert last.status == "succeeded"


# Imports


def test_a_change_made_while_a_scan_goes_on_is_seen_by_the_next_run(pair: Pair):
    ids = [pair.make_contact(f"new{number}@example.org", "New", f"Person{number}") for number in range(101)]
    pair.import_(preview=True)
    pair.account.advance(86_400)
    changed: list[str] = []

    def between_pages(step: str, done: int, _total: int | None) -> None:
        if step == "Reading contacts" and done == 100 and not changed:
            pair.change_contact(ids[0], firstName="Changed")
            pair.account.advance(3600)
            pair.change_contact(ids[100], firstName="Changed")
            changed.extend([ids[0], ids[100]])

    reconcile(pair.institution, started_by="test", report=between_pages)
    assert changed
    pair.import_()
    rows = pair.school.rows("SELECT e_mail FROM webps WHERE first_name = 'Changed'")
    assert len(rows) == 2
    held = MirrorContact.objects.filter(institution=pair.institution, first_name="Changed")
    assert sorted(held.values_list("contact_id", flat=True)) == sorted(int(contact_id) for contact_id in changed)


def test_a_request_that_starts_late_moves_the_next(transactional_db: None):
    slow = Policy(reserve=4.66)
    pace = AccountPace("https://late.example.org", slow, before=lambda: time.sleep(0.25))
    starts = []
    for _ in range(4):
        pace.wait(Cost.REQUEST)
        starts.append(time.monotonic())
    gap = slot_seconds(reserve=slow.reserve, time_scale=settings.TIME_SCALE)
    assert all(later - sooner >= gap * 0.95 for sooner, later in itertools.pairwise(starts))


def _strangers(pair: Pair, many: int) -> None:
    for number in range(many):
        pair.make_contact(f"new{number}@example.org", "New", f"Person{number}", Home_City="Memphis")


@pytest.mark.parametrize("mode", ["stage", pytest.param("direct", marks=pytest.mark.full)])
@pytest.mark.parametrize("fault", some([fault for fault in EVERYWHERE if not fault.startswith("slow")]))
def test_an_import_survives(fault: str, mode: str, pair_with: Callable[..., Pair]):
    pair = pair_with(import_mode=mode)
    pair.school.add(_id(1), "Ana", "Lima", "ana@example.edu")
    _strangers(pair, 6)
    pair.make_contact("ana@example.edu", "Ana", "Lima")
    pair.account.clear_log()
    pair.account.faults(fault)
    try:
        run = pair.import_()
    except SonisbridgeError:
        run = Run.objects.latest("pk")
        assert run.status == "failed"
    pair.account.faults()
    check_record(pair, run)
    assert pair.writes() == []
    assert pair.import_().status == "succeeded"
    table, column = ("webps", "source_id") if mode == "stage" else ("name", "soc_sec")
    rows = pair.school.rows(f"SELECT {column} FROM {table}")
    assert len(rows) == len({row[column] for row in rows}) == (6 if mode == "stage" else 7)
    assert pair.import_().counts["created"] == 0


def test_a_contact_that_was_deleted_since_the_last_full_scan_is_not_imported(pair: Pair):
    _strangers(pair, 2)
    pair.import_(preview=True)
    pair.ask("DELETE", f"/contacts/{_at(pair, 'new0@example.org')}")
    run = pair.import_()
    assert [row["e_mail"] for row in pair.school.rows("SELECT e_mail FROM webps")] == ["new1@example.org"]
    assert run.counts["created"] == 1


def test_who_unsubscribed_unseen_is_not_imported(pair: Pair):
    _strangers(pair, 2)
    contact_id = _at(pair, "new0@example.org")
    pair.subscribe(contact_id, 1)
    pair.account.advance(3 * 86400)
    pair.change_contact(_at(pair, "new1@example.org"), {"Home_City": "Nashville"})
    pair.import_(preview=True)
    pair.account.switch(subwrite_bumps_udate="off")
    pair.subscribe(contact_id, 2)
    run = pair.import_()
    assert [row["e_mail"] for row in pair.school.rows("SELECT e_mail FROM webps")] == ["new1@example.org"]
    assert {line.reason for line in run.lines.filter(contact_id=contact_id)} == {"unsubscribed"}


def _at(pair: Pair, email: str) -> str:
    found = pair.contact(email)
    assert found is not None
    return str(found["id"])
