"""The benchmark of planning on a small school: every plan is made and told. How fast it is, is not looked at."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from benchmarks.planning import PLANS
from tests.docs.documents import ROOT


@pytest.mark.full
@pytest.mark.timeout(300)
def test_every_plan_is_made(tmp_path):
    kept = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks.planning", "--people", "200", "--times", "2", "--json", str(kept)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    plans = {plan["scenario"].removeprefix("plan: "): plan["counts"] for plan in json.loads(kept.read_text())["plans"]}
    assert tuple(plans) == PLANS
    everybody = plans["new"]["created"]
    assert plans["settling"]["unchanged"] == plans["unchanged"]["unchanged"] == everybody > 100
    assert 0 < plans["1 % changed"]["updated"] < everybody / 10
    assert plans["changes settled"]["unchanged"] == everybody
