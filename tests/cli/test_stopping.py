"""A run that is stopped: by Ctrl-C, by the system, by another process; and a reader who goes away (rules 8.2, 8.3)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Bridge, Program, Starter, check_run_document, wait_until
from tests.sandbox.program import SandboxProgram

PEOPLE = 600


class Large:
    """A sample school large enough to be stopped half-way, with an account that answers slowly when told to."""

    def __init__(self, bridge: Bridge, account: SandboxProgram, folder: Path) -> None:
        self.bridge = bridge
        self.account = account
        world = folder / "world.json"
        url = f"sqlite:///{folder}/sample.sqlite3"
        bridge.ok("sample-sonis", url, "--people", str(PEOPLE), "--world", str(world), "--contacts", "300", "--json")
        self.world = world
        self._load()
        bridge.ok(
            "institution", "add", "Springfield", "--sonis", url, "--endpoint", account.url, "--token-env", "TEST_TOKEN"
        )
        bridge.ok("fields", "create", "--yes")
        bridge.ok("mapping", "suggest", "--apply")

    def _load(self) -> None:
        import json

        self.account.put_world(json.loads(self.world.read_text(encoding="utf-8")))

    def export_in_mid_run(self) -> Program:
        """An export that is just sending."""
        self.account.faults({"name": "slow", "path": "/import/bulk_import", "method": "POST", "seconds": 1.5})
        self.account.clear_log()
        program = self.bridge.start("export", "--yes", "--json")
        wait_until(lambda: any(entry["path"].endswith("bulk_import") for entry in self.account.log()))
        return program

    def the_newest_run(self) -> dict[str, object]:
        """The newest run, its lines with it."""
        number = self.bridge.json("runs", "list", "--most", "1")["runs"][0]["run"]
        return self.bridge.json("runs", "show", str(number), "--outcomes")

    def the_next_run_completes(self) -> None:
        """The next run sends the rest, the one after has nothing to do."""
        self.account.faults()
        done = self.bridge.run("export", "--yes", "--json").json
        assert done["status"] == "succeeded_with_problems"
        again = self.bridge.run("export", "--yes", "--json").json
        assert again["counts"]["created"] == again["counts"]["updated"] == 0


@pytest.fixture
def large(starter: Starter, account: SandboxProgram, tmp_path: Path) -> Iterator[Large]:
    """A large pair."""
    account.reset()
    yield Large(Bridge(starter, tmp_path / "home", TEST_TOKEN=account.token), account, tmp_path)
    account.faults()


def _ended_half_way(run: dict[str, object]) -> None:
    check_run_document(run)
    assert run["status"] == "cancelled"
    lines = run["outcomes"]
    assert isinstance(lines, list)
    assert sum(line["reason"] == "not-reached" for line in lines) > 0
    assert not any(line["outcome"] == "" for line in lines)


@pytest.mark.parametrize(("which", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_and_frees_its_locks(large: Large, which: signal.Signals, status: int):
    program = large.export_in_mid_run()
    program.signal(which)
    ended = program.wait()
    assert ended.status == status, ended
    assert ended.line.endswith("What was done is recorded; run it again to go on.")
    _ended_half_way(large.the_newest_run())
    large.the_next_run_completes()


def test_another_process_cancels_a_run_between_two_requests(large: Large):
    program = large.export_in_mid_run()
    number = large.bridge.json("runs", "list", "--most", "1")["runs"][0]["run"]
    asked = large.bridge.ok("runs", "cancel", str(number))
    assert asked == f"Run {number} was asked to end: what it has sent stays, the rest is not sent.\n"
    ended = program.wait()
    assert ended.status == 1, ended
    assert ended.json["status"] == "cancelled"
    _ended_half_way(large.the_newest_run())
    large.the_next_run_completes()


def test_a_run_that_was_killed_is_no_longer_running_when_its_lease_is_over(large: Large):
    program = large.export_in_mid_run()
    program.signal(signal.SIGKILL)
    program.wait()
    number = str(large.bridge.json("runs", "list", "--most", "1")["runs"][0]["run"])
    wait_until(lambda: large.bridge.json("runs", "show", number)["status"] == "interrupted")
    assert large.bridge.refused(2, "runs", "cancel", number) == f"Run {number} is not running: it ended as interrupted."
    large.the_next_run_completes()


def test_an_import_is_cancelled_between_two_people(large: Large):
    program = large.bridge.start("import")
    wait_until(lambda: large.bridge.json("runs", "list")["runs"] != [])
    large.bridge.run("runs", "cancel", "1")
    assert program.wait().status in {0, 1}
    assert large.bridge.json("runs", "list", "--most", "1")["runs"][0]["status"] in {"cancelled", "succeeded"}
    large.bridge.ok("import")
    assert large.bridge.json("import")["counts"]["created"] == 0


def test_a_reader_who_goes_away_is_no_error(large: Large):
    """As `sonisbridge ... | head` does: no traceback, and the status tells of the command."""
    for command, status in ((("runs", "list"), 0), (("export", "--preview", "--outcomes"), 1), (("fields", "list"), 0)):
        read, write = os.pipe()
        os.close(read)
        program = subprocess.Popen(
            [sys.executable, "-m", "sonisbridge.cli", *command],
            env=large.bridge.environment, stdout=write, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        os.close(write)
        assert (program.communicate(timeout=60)[1], program.returncode) == ("", status)
