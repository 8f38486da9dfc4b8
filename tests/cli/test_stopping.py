"""A run that is stopped: by Ctrl-C, by the system, by another process; and a reader who goes away (rules 8.2, 8.3)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import SCALE
from tests.cli.program import Bridge, Program, Starter, check_run_document, wait_until
from tests.sandbox.program import SandboxProgram

PEOPLE = 1000


class Large:
    """A sample school large enough to be stopped half-way, with an account that answers slowly when told to."""

    def __init__(self, bridge: Bridge, account: SandboxProgram) -> None:
        self.bridge = bridge
        self.account = account

    def export_in_mid_run(self, seconds: float = 1) -> Program:
        """An export, run 1, that is just sending."""
        self.account.faults(
            {"name": "slow", "path": "/import/bulk_import", "method": "POST", "seconds": seconds * SCALE}
        )
        self.account.clear_log()
        program = self.bridge.start("export", "--yes", "--json")
        wait_until(lambda: any(entry["path"].endswith("bulk_import") for entry in self.account.log()))
        return program

    def ended_half_way(self) -> None:
        """Run 1 is cancelled, and says of whom it did not reach that it did not."""
        run = self.bridge.json("runs", "show", "1", "--outcomes")
        check_run_document(run)
        assert run["status"] == "cancelled"
        assert any(line["reason"] == "not-reached" for line in run["outcomes"])

    def the_next_run_completes(self) -> None:
        """The next run sends the rest, the one after has nothing to do."""
        self.account.faults()
        done = self.bridge.run("export", "--yes", "--json").json
        assert done["status"] == "succeeded_with_problems"  # the sample plants conflicts
        again = self.bridge.run("export", "--yes", "--json").json
        assert again["counts"]["created"] == again["counts"]["updated"] == 0


@pytest.fixture(scope="module")
def first(starter: Starter, account: SandboxProgram, tmp_path_factory: pytest.TempPathFactory) -> tuple[Large, Any]:
    """A large pair that never ran, and its account's world."""
    folder = tmp_path_factory.mktemp("large")
    bridge = Bridge(starter, folder / "home", TEST_TOKEN=account.token)
    url, world = f"sqlite:///{folder}/sample.sqlite3", folder / "world.json"
    bridge.ok("sample-sonis", url, "--people", str(PEOPLE), "--world", str(world), "--contacts", "300", "--json")
    account.reset()
    account.put_world(json.loads(world.read_text(encoding="utf-8")))
    bridge.connect_sample(url, account.url)
    return Large(bridge, account), account.world()


@pytest.fixture
def large(first: tuple[Large, Any], account: SandboxProgram, tmp_path: Path) -> Iterator[Large]:
    """A large pair that never ran. Its SONIS is read only, and so the same for every test."""
    account.faults()
    account.put_world(first[1])
    yield Large(first[0].bridge.copy(tmp_path / "home"), account)
    account.faults()


@pytest.mark.parametrize(("which", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_and_frees_its_locks(large: Large, which: signal.Signals, status: int):
    program = large.export_in_mid_run()
    program.signal(which)
    ended = program.wait()
    assert ended.status == status, ended
    assert ended.line.endswith("What was done is recorded; run it again to go on.")
    large.ended_half_way()
    large.the_next_run_completes()


def test_another_process_cancels_a_run_between_two_requests(large: Large):
    program = large.export_in_mid_run(seconds=4)
    asked = large.bridge.ok("runs", "cancel", "1")
    assert asked == "Run 1 was asked to end: what it has sent stays, the rest is not sent.\n"
    ended = program.wait()
    assert ended.status == 1, ended
    assert ended.json["status"] == "cancelled"
    large.ended_half_way()
    large.the_next_run_completes()


def test_a_run_that_was_killed_is_no_longer_running_when_its_lease_is_over(large: Large):
    program = large.export_in_mid_run()
    program.signal(signal.SIGKILL)
    program.wait()
    wait_until(lambda: large.bridge.json("runs", "show", "1")["status"] == "interrupted")
    check_run_document(large.bridge.json("runs", "show", "1", "--outcomes"))
    assert large.bridge.refused(2, "runs", "cancel", "1") == "Run 1 is not running: it ended as interrupted."
    large.the_next_run_completes()


def test_a_reader_who_goes_away_is_no_error(large: Large):
    """As `sonisbridge ... | head` does: no traceback, and the status tells of the command."""
    for command, status in ((("institution", "list"), 0), (("export", "--preview", "--outcomes"), 1)):
        read, write = os.pipe()
        os.close(read)
        program = subprocess.Popen(
            [sys.executable, "-m", "sonisbridge.cli", *command],
            env=large.bridge.environment, stdout=write, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        os.close(write)
        assert (program.communicate(timeout=60)[1], program.returncode) == ("", status)
