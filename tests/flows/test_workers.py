"""Workers as programs, on both databases: each run once, whoever dies or is stopped (rules 8.2, 8.3, 17)."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sonisbridge.store.runs import ENDED
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
        made = Fleet(folder / "home", url, WORKERS[request.param], SONISBRIDGE_LEASE_SECONDS="6")
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


class Addresses:
    """Makes the look-alike answer at many addresses of this machine, as many accounts would."""

    def __init__(self, many: int, port: int) -> None:
        self._to = port
        self._loop = asyncio.new_event_loop()
        hosts = [f"127.0.0.{number}" for number in range(2, many + 2)]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        listening = asyncio.start_server(self._join, hosts, _free_port())
        server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)
        self.port = server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Answer no more."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer), return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.2", 0))
        return int(free.getsockname()[1])


def each_once(fleet: Fleet, folder: Path, many: int) -> None:
    """Order a run for so many institutions at once: each is carried out, once."""
    with SandboxProgram("--limits", "off", "--time-scale", str(SCALE)) as account:
        addresses = Addresses(many, int(account.url.rpartition(":")[2]))
        household = Household(fleet, folder, account, name=f"One of {many}")
        made = fleet.desk.ask("copies", institution=household.institution, many=many, port=addresses.port)
        ordered = [fleet.desk.ask("order", institution=institution, kind="inbound") for institution in made]
        wait_for(
            lambda: all(run.status in ENDED for run in fleet.desk.runs(ordered[0] - 1)), "the end of them all", 500
        )
        runs = fleet.desk.runs(ordered[0] - 1)
        assert [run.id for run in runs] == ordered, "nobody had to go on from another"
        assert {(run.status, run.fence) for run in runs} == {("succeeded", 1)}
        assert len({run.worker for run in runs}) == len(fleet.workers)
        household.close()
        addresses.close()


def test_runs_of_many_institutions_are_each_carried_out_once(fleet: Fleet, tmp_path: Path):
    each_once(fleet, tmp_path, 12)


@pytest.mark.full
@pytest.mark.timeout(600)
def test_runs_of_two_hundred_institutions_are_each_carried_out_once(fleet: Fleet, tmp_path: Path):
    each_once(fleet, tmp_path, 200)
