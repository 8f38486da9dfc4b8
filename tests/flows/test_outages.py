"""The bridge's own database goes away in mid-run, for longer than a lease, and comes back: runs go on by themselves."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.databases import StoppablePostgreSQL
from tests.flows.fleet import LEASE_SECONDS, SCALE, Fleet, Household
from tests.flows.struck import ALL_POINTS, ExportWorld, ImportWorld, World, struck
from tests.sandbox.program import SandboxProgram

AWAY = LEASE_SECONDS * 1.3
Outage = Callable[[], None]


@pytest.fixture(params=["sqlite", "postgresql"])
def outage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Fleet, Outage]]:
    """A fleet, and what takes its database away for a while."""
    if request.param == "sqlite":
        path = tmp_path / "bridge.sqlite3"
        fleet = Fleet(tmp_path / "home", f"sqlite:///{path}", 1)
        yield fleet, lambda: _lock(path)
        fleet.close()
        return
    server = StoppablePostgreSQL()
    fleet = Fleet(tmp_path / "home", server.url, 3)
    yield fleet, lambda: _restart(server)
    fleet.close()
    server.remove()


def _lock(path: Path) -> None:
    """Nobody can write to a file that somebody else keeps locked."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=20)
    connection.execute("BEGIN EXCLUSIVE")
    time.sleep(AWAY)
    connection.execute("ROLLBACK")
    connection.close()


def _restart(server: StoppablePostgreSQL) -> None:
    server.stop()
    time.sleep(AWAY)
    server.start()


@pytest.fixture
def world_of(outage: tuple[Fleet, Outage], tmp_path: Path) -> Iterator[Callable[[type[World]], World]]:
    """Makes both sides of a flow."""
    with SandboxProgram("--limits", "real", "--time-scale", str(SCALE)) as account:
        household = Household(outage[0], tmp_path, account)
        yield lambda kind: kind(household)
        household.close()


def test_a_database_that_was_away_for_a_while_is_no_harm(world_of, outage: tuple[Fleet, Outage]):
    struck(world_of(ExportWorld), [12], lambda _place, _pid: outage[1]())


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", [ExportWorld, ImportWorld])
def test_a_database_that_goes_away_again_and_again_is_no_harm(kind, world_of, outage: tuple[Fleet, Outage]):
    struck(world_of(kind), range(1, ALL_POINTS, 4), lambda _place, _pid: outage[1]())
