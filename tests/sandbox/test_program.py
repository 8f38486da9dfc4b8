"""The program itself: its arguments, its state file, its end."""

import json
import subprocess
import sys
import time

import pytest

from tests.sandbox.conftest import WORLD
from tests.sandbox.program import SandboxProgram, write_world


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sonisbridge.sandbox", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "none"),
        ("--port", "70000"),
        ("--limits", "some"),
        ("--fault", "nonsense=1"),
        ("--fault", "503=maybe"),
        ("--switch", "blank_clears=perhaps"),
        ("--switch", "time_zone=Nowhere"),
        ("--world", "/does/not/exist.json"),
        ("--state", "/does/not/exist/state"),
        ("--time-scale", "0"),
        ("--unknown",),
    ],
)
def test_a_bad_argument_is_one_plain_line_and_status_2(arguments):
    ended = _run(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert len(ended.stderr.strip().splitlines()) == 1


def test_a_port_in_use_is_said(program):
    ended = _run("--port", program.url.rpartition(":")[2])
    assert ended.returncode == 2
    assert "port" in ended.stderr


def test_it_ends_cleanly_on_a_signal_and_starts_from_its_state(tmp_path):
    state = str(tmp_path / "state")
    with SandboxProgram("--state", state, world=WORLD) as sandbox:
        sandbox.api.put("/contacts/1", json={"contact": {"firstName": "Kept"}})
        sandbox.api.delete("/contacts/2")
        sandbox.switch(blank_clears="on")
        before = sandbox.world()
        assert sandbox.stop() == 0
    with SandboxProgram("--state", state) as again:
        assert again.world() == before
        assert again.history(1)[0]["new"] == "Kept"
        assert again.control("GET", "/switches")["switches"]["blank_clears"]["value"] == "on"


def test_a_kill_loses_no_more_than_the_last_second(tmp_path):
    state = tmp_path / "state"
    with SandboxProgram("--state", str(state), "--time-scale", "10") as sandbox:
        sandbox.api.post("/contact/sync", json={"contact": {"email": "kept@x.test"}})
        batch = sandbox.bulk({"email": "later@x.test"}, {"email": "too@x.test"})
        time.sleep(1.2)
        sandbox.kill()
    with SandboxProgram("--state", str(state)) as again:
        assert again.contact("kept@x.test")["id"] == "1"
        again.advance(20)
        assert again.get("/import/info", batchId=batch)["status"] == "completed"


def test_a_file_that_is_no_state_is_refused(tmp_path):
    path = tmp_path / "state"
    path.write_text("this is no database, and long enough to be taken for one by nobody")
    ended = _run("--port", "0", "--state", str(path))
    assert ended.returncode == 2


def test_a_world_file_is_the_start(tmp_path):
    path = write_world(tmp_path / "world.json", WORLD)
    with SandboxProgram("--world", str(path), "--token", "abc") as sandbox:
        assert sandbox.token == "abc"
        assert sandbox.contact("ann@x.test")["orgname"] == "SONIS"
        sandbox.api.delete("/contacts/1")
        sandbox.reset()
        assert sandbox.contact("ann@x.test")["id"] == "1"


def test_made_up_contacts_are_the_same_for_the_same_seed():
    worlds = []
    for _ in range(2):
        with SandboxProgram("--contacts", "60", "--seed", "7") as sandbox:
            contacts = sandbox.get("/contacts", limit=100, include="contactLists")
        worlds.append([(one["email"], one["phone"]) for one in contacts["contacts"]])
        statuses = {row["status"] for row in contacts["contactLists"]}
    assert worlds[0] == worlds[1]
    assert len(worlds[0]) == 60
    assert {"1", "2"} <= statuses


def test_no_line_holds_the_token_or_a_person(tmp_path):
    command = [sys.executable, "-m", "sonisbridge.sandbox", "--port", "0", "--limits", "off"]
    with subprocess.Popen(
        [*command, "--token", "verysecret"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["portal"] == f"{ready['url']}/portal/"
        process.terminate()
        rest, errors = process.communicate(timeout=10)
    assert (process.returncode, rest, errors) == (0, "", "")
