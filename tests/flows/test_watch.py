"""Who changed in SONIS is exported, and nobody else (rule 9.2)."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from sonisbridge.core.errors import StopRunError, WrongSettingsError
from sonisbridge.core.person import Address, PersonRecord, SonisId
from sonisbridge.core.seen import mark_of
from sonisbridge.store import institutions, runs, watching
from sonisbridge.store.models import Institution, Run
from sonisbridge.store.near_models import SeenPerson, Watch
from sonisbridge.sync import watch
from sonisbridge.sync.orders import carry_out, order_import
from sonisbridge.worker.embedded import EmbeddedWorker
from tests.flows.pair import Pair

MANY = 50


@pytest.fixture
def school_of(pair: Pair) -> Pair:
    """Fifty people who were exported, and a first look at them."""
    for number in range(MANY):
        pair.school.add(f"AB{number:07d}", "Ana", f"Lima{number}", f"ana{number}@example.edu")
    pair.export()
    found = look(pair)
    assert (found.first, found.people, found.changed, found.run) == (True, MANY, 0, None)
    return pair


def look(pair: Pair) -> watch.Looked:
    """A look now."""
    found = watch.look(Institution.objects.get(pk=pair.institution.pk))
    assert found is not None
    return found


def by_watch() -> list[Run]:
    return list(Run.objects.filter(started_by="watch").order_by("pk"))


def carried(found: watch.Looked) -> Run:
    """The look's export, carried out and seen to."""
    assert found.run is not None
    run = carry_out(found.run.pk)
    watch.settle()
    return run


def test_the_first_look_exports_nobody(school_of: Pair):
    assert by_watch() == []
    assert SeenPerson.objects.exclude(mark="").filter(pending="").count() == MANY


def test_one_who_changed_is_exported_and_nobody_else(school_of: Pair):
    school_of.school.change("address", "AB0000007", city="Memphis")
    found = look(school_of)
    assert (found.changed, found.named) == (1, ["AB0000007"])
    run = carried(found)
    assert (run.kind, run.status, run.filters) == ("outbound", "succeeded", {"sonis_id": ["AB0000007"]})
    assert (run.counts["read"], run.counts["updated"]) == (1, 1)
    contact = school_of.contact("ana7@example.edu")
    assert contact is not None
    assert contact["values"]["Home City"] == "Memphis"
    assert look(school_of).changed == 0


def test_where_nobody_changed_there_is_no_run(school_of: Pair):
    before = Run.objects.count()
    assert look(school_of).changed == 0
    assert Run.objects.count() == before


def test_a_new_person_is_exported(school_of: Pair):
    school_of.school.add("CD0000001", "Zoe", "New", "zoe@example.edu")
    assert carried(look(school_of)).counts["created"] == 1
    assert school_of.contact("zoe@example.edu") is not None


def test_who_changed_is_looked_at_again_after_a_failed_export(school_of: Pair):
    school_of.school.change("address", "AB0000007", city="Memphis")
    found = look(school_of)
    assert found.run is not None
    runs.ask_to_cancel(found.run.pk, by="test")
    watch.settle()
    row = Watch.objects.get()
    assert (row.run_id, row.failures, bool(row.problem)) == (None, 1, True)
    again = look(school_of)
    assert again.named == ["AB0000007"]
    assert carried(again).counts["updated"] == 1
    row.refresh_from_db()
    assert (row.failures, row.problem) == (0, "")
    assert look(school_of).changed == 0


def test_while_another_run_goes_on_they_wait_for_the_next_look(school_of: Pair):
    school_of.school.change("address", "AB0000007", city="Memphis")
    other = order_import(school_of.institution, started_by="Ana")
    found = look(school_of)
    assert (found.changed, found.run) == (1, None)
    carry_out(other.pk)
    assert carried(look(school_of)).counts["updated"] == 1


def test_no_look_begins_while_the_export_of_one_goes_on(school_of: Pair):
    school_of.school.change("address", "AB0000007", city="Memphis")
    look(school_of)
    with pytest.raises(StopRunError, match="has not ended"):
        look(school_of)
    assert len(by_watch()) == 1


def test_very_many_are_an_export_of_everybody(school_of: Pair, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watch, "MOST_NAMED", 3)
    for number in range(4):
        school_of.school.change("address", f"AB000000{number}", city="Memphis")
    run = carried(look(school_of))
    assert (run.filters, run.counts["read"], run.counts["updated"]) == ({}, MANY, 4)
    assert look(school_of).changed == 0


def test_who_is_never_exported_makes_no_run_and_who_stopped_being_is_listed(school_of: Pair):
    school_of.school.add("FA0000001", "Fay", "Faculty", "fay@example.edu", status="FA")
    assert look(school_of).changed == 0
    school_of.school.change("name", "FA0000001", last_name="Other")
    assert look(school_of).changed == 0
    school_of.school.change("nmmodst", "AB0000003", mod_stat="FA")
    assert look(school_of).named == ["AB0000003"]


def test_a_plan_that_is_held_counts_as_exported(pair: Pair):
    look(pair)
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    assert carried(look(pair)).status == "held", "the first that would write to the account (rule 6.8)"
    assert look(pair).changed == 0


def test_who_is_gone_from_sonis_is_forgotten(school_of: Pair):
    school_of.school.alter("DELETE FROM name WHERE soc_sec LIKE 'AB0000007%'")
    assert look(school_of).changed == 0
    assert not SeenPerson.objects.filter(sonis_id="AB0000007").exists()
    assert SeenPerson.objects.count() == MANY - 1


def test_another_sonis_is_taken_down_afresh(school_of: Pair):
    Watch.objects.update(source="another")
    school_of.school.change("address", "AB0000007", city="Memphis")
    assert look(school_of).first
    assert look(school_of).changed == 0


# Several workers, and what goes wrong


def test_two_workers_never_do_the_same_look(school_of: Pair):
    now = timezone.now()
    mine, theirs = (Watch.objects.get() for _ in range(2))
    watching.begin(mine, now=now, until=now + timedelta(minutes=1))
    with pytest.raises(StopRunError):
        watching.begin(theirs, now=now, until=now + timedelta(minutes=1))


def test_a_look_that_was_lost_orders_nothing(school_of: Pair, monkeypatch: pytest.MonkeyPatch):
    school_of.school.change("address", "AB0000007", city="Memphis")
    compare = watch._compare

    def overtaken(*arguments):
        later = timezone.now() + timedelta(hours=1)
        watching.begin(Watch.objects.get(), now=later, until=later)
        compare(*arguments)

    monkeypatch.setattr(watch, "_compare", overtaken)
    with pytest.raises(StopRunError, match="away for too long"):
        look(school_of)
    assert by_watch() == []


def test_a_look_that_is_told_to_stop_is_another_workers(school_of: Pair):
    before = Watch.objects.get().looked_at
    assert watch.look(school_of.institution, stopping=lambda: True) is None
    row = Watch.objects.get()
    assert (row.looked_at, row.looking_until) == (before, None)


def test_a_sonis_that_does_not_answer_is_noted_and_asked_less_often(school_of: Pair):
    school_of.choose("watch_minutes", "10")
    now, row = timezone.now(), Watch.objects.get()
    institutions.change(school_of.institution, "sonis_url", "postgresql://u:p@127.0.0.1:1/x", by="test")
    pauses = []
    for _ in range(4):
        with pytest.raises(StopRunError):
            look(school_of)
        row.refresh_from_db()
        assert row.looked_at is not None
        following = watching.next_look(Institution.objects.get(), row, now)
        pauses.append(round((following - row.looked_at).total_seconds() / 60))
    assert pauses == [20, 40, 60, 60]
    assert row.problem
    assert row.looking_until is None


def test_an_institution_that_is_not_connected_is_not_looked_at(school_of: Pair):
    school_of.choose("watch_minutes", "1")
    Institution.objects.update(token="")
    assert watch.due(timezone.now() + timedelta(hours=1)) == []
    with pytest.raises(WrongSettingsError):
        look(school_of)


def test_the_choice_says_when_the_next_look_is_due(school_of: Pair):
    soon = timezone.now() + timedelta(minutes=9)
    assert watch.due(soon) == [], "off"
    school_of.choose("watch_minutes", "10")
    assert watch.due(soon) == []
    assert watch.due(soon + timedelta(minutes=2)) == [school_of.institution]
    for wrong in ("-1", "1441", "often"):
        with pytest.raises(WrongSettingsError, match="from 1 to 1440"):
            school_of.choose("watch_minutes", wrong)


def test_a_worker_looks_by_its_clock(school_of: Pair):
    school_of.choose("watch_minutes", "1")
    school_of.school.change("address", "AB0000007", city="Memphis")
    Watch.objects.update(looked_at=timezone.now() - timedelta(minutes=2))
    worker = EmbeddedWorker()
    worker.start()
    try:
        until = time.monotonic() + 60
        while SeenPerson.objects.filter(pending="").count() != MANY or not by_watch() or Watch.objects.get().run_id:
            assert time.monotonic() < until, "it never looked"
            time.sleep(0.1)
    finally:
        worker.stop()
    (run,) = by_watch()
    assert (run.status, run.counts["updated"]) == ("succeeded", 1)


def test_the_mark_of_a_person_is_of_all_that_is_read_of_them():
    def person(**more) -> PersonRecord:
        return PersonRecord(sonis_id=SonisId("A"), first_name="Ana", **more)

    assert mark_of(person()) == mark_of(person())
    assert mark_of(person()) != mark_of(person(addresses=(Address(rid="1", city="Nashville"),)))
    assert mark_of(person()) != mark_of(person(disabled=True))
    assert len(mark_of(person())) == 32
