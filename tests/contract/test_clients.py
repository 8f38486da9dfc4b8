"""Clients that were written for ActiveCampaign work against the sandbox, unchanged."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.clients.environments import HERE, node_client, python_clients
from tests.sandbox.program import SandboxProgram

WORLD = {"lists": [{"name": "Newsletter"}], "contacts": [{"email": "ann@x.test"}]}


@pytest.fixture
def sandbox(program: SandboxProgram) -> Iterator[SandboxProgram]:
    """The sandbox with one contact."""
    program.reset()
    program.put_world(WORLD)
    yield program


def _run(*command: str | Path) -> dict[str, Any]:
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def _python(sandbox: SandboxProgram, scenario: str) -> dict[str, Any]:
    return _run(python_clients(), HERE / f"{scenario}.py", sandbox.url, sandbox.token)


def test_activecampaign_python(sandbox: SandboxProgram):
    result = _python(sandbox, "scenario_activecampaign_python")
    assert result == {
        "id": "2",
        "found": ["2"],
        "options": ["Blue", "Red"],
        "values": ["Blue"],
        "tags": ["1"],
        "tags_left": [],
        "lists": ["Newsletter", "Visitors"],
        "missing": {"message": "No Result found for Subscriber with id 9999"},
    }
    eve = sandbox.contact("eve@x.test")
    assert (eve["lastName"], eve["phone"]) == ("Stonehouse", "+1555")
    assert sandbox.get("/contacts/2/contactLists")["contactLists"][0]["status"] == "1"


def test_activecampaign_api(sandbox: SandboxProgram):
    result = _python(sandbox, "scenario_activecampaign_api")
    assert result == {
        "id": "2",
        "found": ["ann@x.test", "eve@x.test"],
        "value": "Red",
        "fields": ["Colour"],
        "hook": ["subscribe"],
        "events": 25,
        "segments": [],
        "twice": 422,
    }
    assert sandbox.contact("eve@x.test")["lastName"] == "Stone"


def test_active_campaign_api_node(sandbox: SandboxProgram):
    folder = node_client()
    script = HERE / "node" / "scenario.cjs"
    result = _run("node", script, folder, sandbox.url, sandbox.token)
    assert result.pop("batch")
    assert result == {"id": "2", "found": ["2"], "values": ["Blue"], "tag": "1", "twice": 422}
    eve = sandbox.contact("eve@x.test")
    assert (eve["lastName"], eve["phone"]) == ("Stone", "+1555")
    sandbox.advance(10)
    assert sandbox.contact("later@x.test")["id"] == "3"
