"""A run that somebody orders is carried out once by a worker, whoever it is (rule 8.2)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from sonisbridge.core.errors import StopRunError, WrongSettingsError
from sonisbridge.core.filters import Filters
from sonisbridge.store import runs
from sonisbridge.store.models import Lock, Run
from sonisbridge.sync.orders import carry_out, order_apply, order_export, order_import
from sonisbridge.sync.outbound import Order, filters_document, filters_of
from sonisbridge.worker.embedded import EmbeddedWorker
from tests.flows.pair import Pair

PATIENCE = 60.0


@pytest.fixture
def worker() -> Iterator[EmbeddedWorker]:
    """A worker in this process."""
    started = EmbeddedWorker()
    started.start()
    yield started
    started.stop()


def wait_for(reached: Callable[[], bool]) -> None:
    """Wait until it is so."""
    until = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.02)


def ended(run: Run) -> Run:
    """The run, once it ended."""
    wait_for(lambda: runs.find(run.pk).status in runs.ENDED)
    return runs.find(run.pk)


def test_an_ordered_export_is_carried_out_as_it_was_asked(pair: Pair, worker: EmbeddedWorker):
    pair.school.add("AB1", "Ana", "Lima", "ana@example.edu")
    pair.school.add("AB2", "Ben", "Oslo", "ben@example.edu")
    filters = Filters(sonis_id=("AB2",))
    run = ended(order_export(pair.institution, Order(started_by="page", filters=filters, approved=True)))
    assert (run.status, run.started_by, run.counts["created"]) == ("succeeded", "page", 1)
    assert [row["email"] for row in pair.contacts()] == ["ben@example.edu"]


def test_an_ordered_import_is_carried_out(pair: Pair, worker: EmbeddedWorker):
    pair.make_contact("zoe@example.org", "Zoe", "New")
    preview = ended(order_import(pair.institution, started_by="page", preview=True))
    assert preview.counts["created"] == 1
    assert pair.school.rows("SELECT * FROM webps") == []
    assert ended(order_import(pair.institution, started_by="page")).counts["created"] == 1
    assert len(pair.school.rows("SELECT * FROM webps")) == 1


def test_a_held_plan_is_queued_again_and_applied_in_the_same_run(pair: Pair, worker: EmbeddedWorker):
    pair.school.add("AB1", "Ana", "Lima", "ana@example.edu")
    held = ended(order_export(pair.institution, Order(started_by="page")))
    assert held.status == "held"
    applied = order_apply(held, by="somebody")
    assert applied.pk == held.pk
    done = ended(applied)
    assert (done.status, done.started_by, done.counts["created"], done.preview) == ("succeeded", "somebody", 1, False)


def test_a_plan_that_does_not_wait_is_not_queued(pair: Pair):
    run = pair.import_()
    with pytest.raises(WrongSettingsError, match="no plan that waits"):
        order_apply(run, by="somebody")


def test_a_second_order_is_refused_and_names_the_first(pair: Pair):
    first = order_import(pair.institution, started_by="page")
    for second in (
        lambda: order_import(pair.institution, started_by="page"),
        lambda: order_export(pair.institution, Order(started_by="page")),
        lambda: pair.import_(),
    ):
        with pytest.raises(StopRunError, match=f"Run {first.pk} waits for a worker"):
            second()
    assert Run.objects.count() == 1


def test_a_queued_run_that_is_cancelled_ends_at_once_and_frees_its_locks(pair: Pair):
    first = order_import(pair.institution, started_by="page")
    assert runs.ask_to_cancel(first.pk, by="test").status == "cancelled"
    assert carry_out(first.pk).status == "cancelled"
    assert not Lock.objects.exists()
    assert carry_out(order_import(pair.institution, started_by="page").pk).status == "succeeded"


def test_of_many_workers_one_takes_a_run_up(pair: Pair):
    run = order_import(pair.institution, started_by="page")
    claimed = []

    def claim() -> None:
        claimed.append(runs.claim(run.pk, worker="test", lease=timedelta(seconds=30)))

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(item is not None for item in claimed) == 1


def test_what_stops_a_run_is_in_its_record(pair: Pair):
    pair.account.faults("402")
    run = carry_out(order_import(pair.institution, started_by="page").pk)
    pair.account.faults()
    assert run.status == "failed"
    assert run.message
    assert not Lock.objects.exists()


def test_a_worker_that_is_stopped_in_order_hands_its_run_back(pair: Pair):
    for number in range(40):
        pair.make_contact(f"new{number}@example.org", "New", f"Person{number}")
    first = EmbeddedWorker()
    first.start()
    run = order_import(pair.institution, started_by="page")
    wait_for(lambda: bool(pair.school.rows("SELECT * FROM webps")))
    first.stop()
    stopped = runs.find(run.pk)
    assert stopped.status == "interrupted"
    assert stopped.counts["read"] == sum(many for kind, many in stopped.counts.items() if kind != "read")
    follower = Run.objects.get(follows=run.pk)
    assert f"Run {follower.pk} goes on" in stopped.message
    assert (follower.status, follower.started_by, follower.attempt) == ("queued", "page", 1)
    second = EmbeddedWorker()
    second.start()
    assert ended(follower).status == "succeeded"
    second.stop()
    assert len(pair.school.rows("SELECT * FROM webps")) == 40


def test_ticks_are_called_and_one_that_fails_stops_nothing(pair: Pair):
    ticked = threading.Event()
    worker = EmbeddedWorker(ticks=[lambda: 1 / 0, ticked.set])  # type: ignore[list-item]
    worker.start()
    assert ticked.wait(PATIENCE)
    worker.stop()


def test_stored_filters_are_read_back_as_they_were():
    filters = Filters(status=("PS", "AP"), received_from=date(2026, 9, 1))
    assert filters_of(filters_document(filters)) == filters
    assert filters_of({}) == Filters()
