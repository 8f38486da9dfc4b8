"""Faults of ActiveCampaign, one after the other: the run tells the truth, nothing is doubled, the next run mends it."""

from __future__ import annotations

import itertools
import time
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
from tests.flows.story import FEW, MANY, Story, check_record, email_of, id_of

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
    pair.school.add(id_of(0), "Ana", "Lima", email_of(0))
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
    pair.school.add(id_of(0), "Ana", "Lima", email_of(0))
    pair.make_contact("zoe@example.org", "Zoe", "Stranger")
    body = {"contacts": [{"email": "zoe@example.org"}]}

    def somebody_imports(step: str, _done: int, _total: int | None) -> None:
        while step == "Reading new contacts" and pair.http.post("/import/bulk_import", json=body).status_code != 400:
            time.sleep(0.002)

    run = export(pair.institution, Order(started_by="test", approved=True), somebody_imports)
    refused = [
        entry
        for entry in pair.account.log()
        if entry["status"] == 400 and entry["body"]["rows"][0]["email"] == email_of(0)
    ]
    assert refused
    assert run.counts["created"] == 1


def test_rows_of_a_broken_batch_are_not_sent_again_to_an_address_that_a_stranger_took(pair: Pair):
    for number in range(3):
        pair.school.add(id_of(number), "Ana", f"Lima{number}", email_of(number))
    pair.account.faults("bulk_failed=next:1")
    order = Order(started_by="test", approved=True)

    def a_stranger_comes(step: str, _done: int, _total: int | None) -> None:
        if step == "Reading new contacts" and pair.contact(email_of(1)) is None:  # the last look before the posts
            pair.make_contact(email_of(1), "Zoe", "Stranger")

    run = export(pair.institution, order, a_stranger_comes)
    assert pair.contact(email_of(1)) is not None
    assert {line.sonis_id: line.reason or line.outcome for line in run.lines.all()} == {
        id_of(0): "created",
        id_of(1): "email-in-use",
        id_of(2): "created",
    }
    assert pair.outcome(run, id_of(1)).outcome == "conflict"
    assert not Link.objects.filter(sonis_id=id_of(1)).exists()
    assert [row["firstName"] for row in pair.contacts() if row["email"] == email_of(1)] == ["Zoe"]


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
    pair.school.add(id_of(1), "Ana", "Lima", "ana@example.edu")
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
