"""A look-alike of ActiveCampaign for each process of the tests, a small school and a bridge that joins them for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.cli.program import Bridge, Starter
from tests.flows.pair import WORLD
from tests.flows.school import School
from tests.sandbox.program import SandboxProgram

SCALE = 1000
"""Both clocks run so many times faster."""


@dataclass(kw_only=True)
class Joined:
    """A school, an account and a bridge that is connected to both, its fields made and mapped."""

    bridge: Bridge
    school: School
    account: SandboxProgram


def a_school(folder: Path) -> School:
    """An empty school in a file of that folder."""
    path = folder / "school.sqlite3"
    path.touch()
    return School(f"sqlite:///{path}")


@pytest.fixture(scope="session")
def starter() -> Iterator[Starter]:
    """Starts programs."""
    with Starter() as made:
        yield made


@pytest.fixture(scope="session")
def account() -> Iterator[SandboxProgram]:
    """A look-alike without limits, its clock as fast as ours."""
    with SandboxProgram("--limits", "off", "--time-scale", str(SCALE)) as program:
        yield program


class CopiedSchool(School):
    """A school in a file that is there already."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")


@dataclass(kw_only=True)
class Pattern:
    """What each test starts with: a connected home, an empty school, an account that has all fields."""

    bridge: Bridge
    school: Path
    empty: Path
    world: Any


@pytest.fixture(scope="session")
def pattern(starter: Starter, account: SandboxProgram, tmp_path_factory: pytest.TempPathFactory) -> Pattern:
    """A home that is connected to an empty school and an account with all fields, to be copied."""
    folder = tmp_path_factory.mktemp("pattern")
    school = a_school(folder)
    school.close()
    shutil.copy(folder / "school.sqlite3", folder / "empty.sqlite3")
    account.reset()
    account.put_world(WORLD)
    bridge = Bridge(starter, folder / "home", TEST_TOKEN=account.token)
    bridge.ok(
        "institution",
        "add",
        "Springfield",
        "--sonis",
        school.url,
        "--endpoint",
        account.url,
        "--token-env",
        "TEST_TOKEN",
    )
    bridge.ok("fields", "create", "--yes")
    bridge.ok("mapping", "suggest", "--apply")
    return Pattern(
        bridge=bridge, school=folder / "school.sqlite3", empty=folder / "empty.sqlite3", world=account.world()
    )


@pytest.fixture
def joined(pattern: Pattern, account: SandboxProgram, tmp_path: Path) -> Iterator[Joined]:
    """A bridge of the test's own with an empty school and an account that has all fields."""
    shutil.copy(pattern.empty, pattern.school)
    account.reset()
    account.put_world(pattern.world)
    account.clear_log()
    school = CopiedSchool(f"sqlite:///{pattern.school}")
    yield Joined(bridge=pattern.bridge.copy(tmp_path / "home"), school=school, account=account)
    school.close()


@pytest.fixture
def fresh(starter: Starter, tmp_path: Path, account: SandboxProgram) -> Bridge:
    """A bridge that is not connected to anything yet."""
    return Bridge(starter, tmp_path / "fresh", TEST_TOKEN=account.token)
