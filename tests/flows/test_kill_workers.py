"""Workers killed, or paused for longer than their lease: survivors finish, nothing twice, nothing lost (P8, rule 8.2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import fresh_database
from tests.flows.fleet import SCALE, Fleet, Household
from tests.flows.struck import ALL_POINTS, ExportWorld, ImportWorld, World, struck
from tests.sandbox.program import SandboxProgram

WORKERS = {"sqlite": 1, "postgresql": 3}


@pytest.fixture(params=WORKERS)
def fleet(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fleet]:
    """Workers over each kind of database."""
    with fresh_database(request.param, tmp_path) as url:
        made = Fleet(tmp_path / "home", url, WORKERS[request.param])
        yield made
        made.close()


@pytest.fixture(params=[ExportWorld, ImportWorld])
def world(request: pytest.FixtureRequest, fleet: Fleet, tmp_path: Path) -> Iterator[World]:
    """Both sides of either flow."""
    with SandboxProgram("--limits", "real", "--time-scale", str(SCALE)) as account:
        household = Household(fleet, tmp_path, account)
        yield request.param(household)
        household.close()


def test_workers_struck_at_a_few_points_are_replaced(world: World):
    fleet = world.household.fleet
    struck(world, [5, 12, 19], lambda place, pid: fleet.pause(pid) if place == 12 else fleet.kill(pid))


@pytest.mark.full
@pytest.mark.timeout(600)
def test_workers_killed_at_every_point_are_replaced(world: World):
    struck(world, range(ALL_POINTS), lambda _place, pid: world.household.fleet.kill(pid))


@pytest.mark.full
@pytest.mark.timeout(600)
def test_workers_paused_for_longer_than_their_lease_at_every_point_are_replaced(world: World):
    struck(world, range(ALL_POINTS), lambda _place, pid: world.household.fleet.pause(pid))
