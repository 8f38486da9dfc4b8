"""One run at a time for an institution and for an account, by leases that lapse (rule 8.2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from sonisbridge.core.errors import StopRunError, WrongSettingsError
from sonisbridge.core.policy import Policy
from sonisbridge.store import institutions, runs
from sonisbridge.store.institutions import Connections
from sonisbridge.store.models import Institution, Lock, Run

pytestmark = pytest.mark.django_db(transaction=True)

LEASE = timedelta(seconds=30)
START = runs.Start(kind=runs.OUTBOUND, started_by="test")


def an_institution(name: str = "Springfield", endpoint: str = "https://x.example") -> Institution:
    """An institution that nothing is sent to."""
    known = Connections(name=name, sonis_url="sqlite:///x", endpoint=endpoint, token="t")
    return institutions.add(known, Policy(), by="test")


def lapse() -> None:
    """Let every lease lapse."""
    Lock.objects.update(until=timezone.now() - timedelta(seconds=1))


def test_a_second_run_is_refused_and_leaves_no_record():
    row = an_institution()
    first = runs.begin(row, START, lease=LEASE)
    with pytest.raises(StopRunError, match=f"Run {first.pk} is going on"):
        runs.begin(row, START, lease=LEASE)
    assert Run.objects.count() == 1


def test_two_institutions_of_one_account_take_turns():
    runs.begin(an_institution(), START, lease=LEASE)
    with pytest.raises(StopRunError, match="for this institution or its account"):
        runs.begin(an_institution("Shelbyville"), START, lease=LEASE)
    runs.begin(an_institution("Ogdenville", "https://y.example"), START, lease=LEASE)


def test_a_run_whose_lease_lapsed_is_interrupted_and_cannot_renew_it():
    row = an_institution()
    first = runs.begin(row, START, lease=LEASE)
    assert runs.renew(first, lease=LEASE)
    lapse()
    second = runs.begin(row, START, lease=LEASE)
    assert runs.find(first.pk).status == "interrupted"
    assert not runs.renew(first, lease=LEASE)
    assert runs.renew(second, lease=LEASE)


def test_a_run_that_lost_the_account_alone_cannot_renew_its_lease():
    first = runs.begin(an_institution(), START, lease=LEASE)
    Lock.objects.filter(run=first.pk, key__startswith="account:").update(run=first.pk + 1)
    assert not runs.renew(first, lease=LEASE)


def test_a_run_that_was_killed_is_not_asked_to_end():
    first = runs.begin(an_institution(), START, lease=LEASE)
    lapse()
    with pytest.raises(WrongSettingsError, match="it ended as interrupted"):
        runs.ask_to_cancel(first.pk, by="test")


def test_a_running_run_is_asked_to_end():
    first = runs.begin(an_institution(), START, lease=LEASE)
    assert not runs.cancel_asked(first.pk)
    runs.ask_to_cancel(first.pk, by="test")
    assert runs.cancel_asked(first.pk)


def test_a_lock_that_is_given_back_is_free():
    row = an_institution()
    runs.release(runs.begin(row, START, lease=LEASE))
    runs.begin(row, START, lease=LEASE)
