"""What is kept for a while, counted for ever, and told to operators (rules 8.1, 17)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from sonisbridge.store import health, metrics, retention, runs, workers
from sonisbridge.store.models import Batch, DriftRecord, Institution, PlanLine, Run, WorkerSeen
from sonisbridge.store.tallies import Traffic

from .test_runs import LEASE, an_institution

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def an_ended_run(row: Institution, days_ago: float, kind: str = runs.OUTBOUND, lines: int = 1) -> Run:
    """A run that ended so long ago."""
    run = runs.begin(row, runs.Start(kind=kind, started_by="test"), lease=LEASE)
    run.counts = {"read": lines, "created": lines}
    PlanLine.objects.bulk_create(PlanLine(run=run, position=place, planned="created") for place in range(lines))
    Batch.objects.create(run=run, rows=1)
    at = timezone.now() - days_ago * DAY
    DriftRecord.objects.create(run=run, sonis_id="A", contact_id=1, field_id="1", theirs="x", ours="y", at=at)
    runs.end(run, "succeeded", seconds=1, traffic=Traffic(requests=3, by_class={"good": 2, "throttled": 1}))
    runs.release(run)
    Run.objects.filter(pk=run.pk).update(ended_at=at)
    return run


def remove_all() -> int:
    """Take away until nothing is left to take; how many pieces it was."""
    pieces = 0
    while retention.remove_piece(timezone.now() - 90 * DAY):
        pieces += 1
    return pieces


def test_runs_older_than_they_are_kept_go_with_all_that_belongs_to_them():
    row = an_institution()
    old = an_ended_run(row, 91, lines=retention.PIECE + 10)
    young = an_ended_run(row, 89)
    assert remove_all() == 2, "in pieces"
    assert list(Run.objects.all()) == [young]
    for model in (PlanLine, Batch, DriftRecord):
        assert not model._base_manager.filter(run_id=old.pk).exists()


def test_the_last_run_of_each_kind_of_each_institution_stays():
    one, two = an_institution("One"), an_institution("Two", "https://y.example")
    gone = an_ended_run(one, 300)
    kept = [an_ended_run(one, 200), an_ended_run(one, 200, runs.INBOUND), an_ended_run(two, 200)]
    remove_all()
    assert sorted(Run.objects.values_list("pk", flat=True)) == sorted(run.pk for run in kept)
    assert gone.pk not in {run.pk for run in kept}


def test_others_take_away_what_they_keep():
    asked = []
    retention.also.append(lambda before, most: asked.append((before, most)) or 0)  # type: ignore[func-returns-value]
    try:
        remove_all()
    finally:
        retention.also.pop()
    assert asked[0][1] == retention.PIECE


def test_a_chore_is_one_worker_s_and_comes_back_when_it_is_due():
    assert [workers.mine("sweep", every=DAY) for _ in range(3)] == [True, False, False]
    assert workers.mine("sweep", every=timedelta(0))


def figures() -> dict[str, float]:
    """What Prometheus would read."""
    return {
        sample.name + "".join(f"|{value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(metrics.prometheus())
        for sample in family.samples
    }


def test_the_figures_tell_runs_outcomes_requests_and_the_queue():
    row = an_institution()
    an_ended_run(row, 0, lines=4)
    ordered = runs.order(row, runs.Start(kind=runs.INBOUND, started_by="test"))
    Run.objects.filter(pk=ordered.pk).update(queued_at=timezone.now() - timedelta(seconds=30))
    found = figures()
    assert found["sonisbridge_runs_total|outbound|succeeded"] == 1
    assert found["sonisbridge_outcomes_total|outbound|created"] == 4
    assert found["sonisbridge_requests_total|good"] == 2
    assert found["sonisbridge_requests_total|throttled"] == 1
    assert (found["sonisbridge_runs_queued"], found["sonisbridge_runs_going_on"]) == (1, 0)
    assert found["sonisbridge_queue_age_seconds"] > 29
    assert "sonisbridge_last_success_timestamp_seconds|Springfield|outbound" in found


def test_removing_old_runs_takes_nothing_from_the_counts():
    row = an_institution()
    for _ in range(3):
        an_ended_run(row, 200)
    remove_all()
    assert figures()["sonisbridge_runs_total|outbound|succeeded"] == 3


def test_a_bridge_is_ready_while_a_worker_was_heard_of():
    ok, found = health.ready()
    assert not ok
    assert found["database"] == found["migrations"] == "ok"
    assert "no worker was heard of" in found["worker"]
    workers.seen("here:1", "embedded")
    assert health.ready()[0]
    WorkerSeen.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
    assert not health.ready()[0]
    assert health.ready(worker=False)[0]
