"""Who was taken over cannot write another word (rule 8.2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from sonisbridge.core.errors import LostRunError
from sonisbridge.store import plans, runs
from sonisbridge.store.fence import Fence
from sonisbridge.store.models import Batch, Lock, PlanLine, Run

from .test_runs import LEASE, an_institution, lapse

pytestmark = pytest.mark.django_db(transaction=True)
START = runs.Start(kind=runs.OUTBOUND, started_by="test")


def a_worker_s_run() -> Run:
    """A run that a worker took up."""
    ordered = runs.order(an_institution(), START)
    run = runs.claim(ordered.pk, worker="first", lease=LEASE)
    assert run is not None
    return run


def a_line(run: Run, **more: object) -> PlanLine:
    """A line to be sent."""
    return PlanLine.objects.create(run=run, position=0, planned="created", **more)


def test_a_run_that_holds_its_locks_writes():
    run = a_worker_s_run()
    with Fence(run).guarding():
        line = a_line(run)
        plans.mark_sent([line])
        plans.new_batch(run, 3)
    assert (PlanLine.objects.filter(sent=True).count(), Batch.objects.count()) == (1, 1)


@pytest.mark.parametrize("lost", ["lapsed", "taken over", "half taken over"])
def test_a_run_that_was_lost_writes_nothing(lost: str):
    run = a_worker_s_run()
    Run.objects.filter(pk=run.pk).update(planned_at=timezone.now())
    line = a_line(run)
    if lost == "half taken over":
        Lock.objects.filter(key__startswith="account:").update(run=run.pk + 1)
    else:
        lapse()
    if lost == "taken over":
        runs.interrupt_lapsed()
    with Fence(run).guarding():
        for write in (
            lambda: plans.mark_sent([line]),
            lambda: plans.save_outcomes([line]),
            lambda: plans.new_batch(run, 3),
            lambda: Run.objects.filter(pk=run.pk).update(step="late"),
            lambda: line.delete(),
        ):
            with pytest.raises(LostRunError, match="was taken over"):
                write()
        with pytest.raises(LostRunError), transaction.atomic():
            line.save()
    assert not PlanLine.objects.get(pk=line.pk).sent
    assert not Batch.objects.exists()


def test_the_same_run_taken_up_again_is_another_s():
    run = a_worker_s_run()
    Lock.objects.filter(run=run.pk).update(fence=run.fence + 1)
    with Fence(run).guarding(), pytest.raises(LostRunError):
        a_line(run)


def test_a_run_whose_worker_vanished_is_ordered_again_once():
    run = a_worker_s_run()
    lapse()
    followers = [runs.take_over(run.pk), runs.take_over(run.pk)]
    assert followers[1] is None
    follower = followers[0]
    assert follower is not None
    assert (follower.status, follower.follows, follower.attempt) == ("queued", run.pk, 2)
    assert f"Run {follower.pk} goes on" in runs.find(run.pk).message
    assert Lock.objects.filter(run=follower.pk).count() == 2


def test_a_run_whose_lease_holds_is_not_taken_over():
    run = a_worker_s_run()
    assert runs.take_over(run.pk) is None
    assert runs.find(run.pk).status == "running"


def test_a_run_that_the_command_line_carried_out_is_not_ordered_again():
    run = runs.begin(an_institution(), START, lease=LEASE)
    lapse()
    runs.interrupt_lapsed()
    assert runs.find(run.pk).status == "interrupted"
    assert Run.objects.count() == 1
    assert not Lock.objects.exists()


def test_a_run_that_takes_every_worker_with_it_waits_for_a_user():
    run = a_worker_s_run()
    for _ in range(runs.MOST_ATTEMPTS - 1):
        lapse()
        follower = runs.take_over(run.pk)
        assert follower is not None
        claimed = runs.claim(follower.pk, worker="next", lease=LEASE)
        assert claimed is not None
        run = claimed
    lapse()
    assert runs.take_over(run.pk) is None
    assert "start it again once you know why" in runs.find(run.pk).message
    assert not Lock.objects.exists()


def test_the_follower_of_an_apply_gets_the_lines_that_may_not_have_been_sent():
    run = a_worker_s_run()
    rows = [("created", "created", True), ("created", "", True), ("created", "", False), ("unchanged", "", False)]
    for position, (planned, outcome, sent) in enumerate(rows):
        PlanLine.objects.create(
            run=run, position=position, planned=planned, outcome=outcome, sent=sent, email=f"{position}"
        )
    Run.objects.filter(pk=run.pk).update(applying=True, planned_at=timezone.now(), counts={"read": 4}, plan_mark="mark")
    lapse()
    follower = runs.take_over(run.pk)
    assert follower is not None
    assert [(line.email, line.outcome, line.sent) for line in follower.lines.order_by("position")] == [
        ("1", "", False),
        ("2", "", False),
    ]
    assert (follower.applying, follower.plan_mark, follower.counts) == (True, "mark", {"read": 2})
    old = runs.find(run.pk)
    assert old.counts["read"] == sum(many for kind, many in old.counts.items() if kind != "read")


def test_a_run_of_an_account_that_another_run_uses_now_waits_on():
    ordered = runs.order(an_institution("One", "https://one.example"), START)
    runs.begin(an_institution("Two", "https://two.example"), START, lease=timedelta(seconds=30))
    ordered.institution.endpoint = "https://two.example"
    ordered.institution.save()
    assert runs.claim(ordered.pk, worker="test", lease=LEASE) is None
    assert runs.find(ordered.pk).status == "queued"
