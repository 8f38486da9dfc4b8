"""Workers as programs, on both databases: each run once, whoever dies or is stopped (rules 8.2, 8.3, 17)."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import fresh_database
from tests.flows.fleet import LEASE_SECONDS, SCALE, Fleet, Household, wait_for
from tests.sandbox.program import SandboxProgram

WORKERS = {"sqlite": 1, "postgresql": 3}
PEOPLE = 12


@pytest.fixture(scope="module", params=WORKERS)
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Workers over each kind of database."""
    folder = tmp_path_factory.mktemp("fleet")
    with fresh_database(request.param, folder) as url:
        made = Fleet(folder / "home", url, WORKERS[request.param])
        yield made
        made.close()


@pytest.fixture
def household(fleet: Fleet, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Household]:
    """An institution with a few people to send."""
    with SandboxProgram("--limits", "real", "--time-scale", str(SCALE)) as account:
        made = Household(fleet, tmp_path, account, name=request.node.name[:80])
        for number in range(PEOPLE):
            made.school.add(f"AB{number:03d}", "Ana", f"Lima{number}", f"ana{number}@example.edu")
        yield made
        made.close()


def test_an_ordered_run_is_taken_up_within_a_second_and_carried_out_once(household: Household):
    began = time.monotonic()
    run = household.order("outbound")
    wait_for(lambda: household.fleet.desk.runs(run - 1)[0].status != "queued", "a worker takes the run up")
    assert time.monotonic() - began < LEASE_SECONDS + 10
    assert household.ended(run).counts["created"] == PEOPLE
    assert household.done("outbound").counts["unchanged"] == PEOPLE


def test_a_worker_that_is_told_to_end_hands_its_run_to_another(household: Household):
    household.account.faults({"name": "slow", "method": "POST", "seconds": 1.0 * SCALE})
    run = household.order("outbound")
    pid = wait_for(lambda: household.worker_of(run), "a worker takes the run up")
    wait_for(lambda: household.account.control("GET", "/faults")["faults"][0]["fired"], "a request in hand")
    household.fleet.workers[pid].send_signal(signal.SIGTERM)
    assert household.fleet.workers[pid].wait(30) == 0
    household.account.faults()
    household.fleet.refill()
    last = household.ended(run)
    assert last.follows == run
    assert last.attempt == 1
    assert last.status == "succeeded"
    first = household.fleet.desk.runs(run - 1)[0]
    assert (first.status, first.started_by) == ("interrupted", last.started_by)
    assert "stopped in order" in first.message
    assert len(household.account.world()["contacts"]) == PEOPLE


def test_an_interrupted_apply_goes_on_with_what_was_shown(household: Household):
    held = household.done("outbound", approved=False)
    assert held.status == "held"
    household.school.add("AB999", "Late", "Comer", "late@example.edu")
    household.account.faults({"name": "slow", "path": "/import/bulk_import", "seconds": 0.5 * SCALE})
    run = household.fleet.desk.ask("apply", run=held.id)
    wait_for(lambda: household.account.control("GET", "/faults")["faults"][0]["fired"], "a batch in hand")
    pid = household.worker_of(run)
    assert pid is not None
    household.fleet.kill(pid)
    household.account.faults()
    last = household.ended(run)
    assert last.follows == run
    assert last.status == "succeeded"
    emails = {row["email"] for row in household.account.world()["contacts"]}
    assert emails == {f"ana{number}@example.edu" for number in range(PEOPLE)}, "only what was shown"
