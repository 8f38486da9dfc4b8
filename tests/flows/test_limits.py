"""The account's limits hold while a whole school goes out (P6, rule 4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.program import Bridge
from tests.flows.school import School
from tests.sandbox.program import SandboxProgram

SCALE = 8.0
PEOPLE = 600


@pytest.fixture
def account() -> Iterator[SandboxProgram]:
    """The look-alike with its real limits on; both clocks run alike."""
    with SandboxProgram("--limits", "real", "--time-scale", str(SCALE)) as program:
        yield program


def test_no_second_and_no_minute_is_overrun(account: SandboxProgram, tmp_path: Path):
    (tmp_path / "sonis.sqlite3").touch()
    school = School(f"sqlite:///{tmp_path}/sonis.sqlite3")
    for number in range(PEOPLE):
        school.add(f"AB{number:07d}", "Ana", f"Lima{number}", f"ana{number}@example.edu")
    school.close()
    bridge = Bridge(tmp_path / "home", account.token, time_scale=SCALE)
    bridge.connect(school.url, account.url)
    run = bridge.json("export", "--yes")
    stats = account.stats()
    assert run["counts"]["created"] == PEOPLE
    assert stats["throttled"] == 0
    assert stats["most_in_a_second"] <= 5
    assert stats["most_imports_in_a_minute"] <= 100
