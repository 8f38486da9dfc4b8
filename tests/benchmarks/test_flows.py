"""The whole benchmark on a small school: every figure is there and no rule is broken. How fast it is, is not looked at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.place import NO_LINKS, WHOLE_DAYS
from benchmarks.report import TERMS
from benchmarks.scenarios import NAMES
from tests.databases import fresh_database
from tests.docs.documents import ROOT


def benchmark(folder: Path, *options: str) -> dict[str, Any]:
    figures = folder / "figures.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.flows", "--json", str(figures), "--svg", str(folder / "chart.svg"), *options],
        cwd=ROOT, capture_output=True, text=True, timeout=580, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(figures.read_text(encoding="utf-8")))


@pytest.mark.full
@pytest.mark.timeout(600)
def test_every_scenario_gives_every_figure_and_breaks_no_rule(tmp_path):
    found = benchmark(tmp_path, "--people", "60", "--time-scale", "50", "--peers", "10")
    assert [run["scenario"] for run in found["runs"]] == list(NAMES)
    for run in found["runs"]:
        assert [check for check in run["checks"] if not check["held"]] == [], run["scenario"]
        assert {check["rule"] for check in run["checks"]} >= {"P1", "P3", "P4", "P5", "P6", "P7", "P9"}
        assert set(TERMS) <= set(run["floor"])
        assert run["floor"]["seconds"] > 0
        assert run["cpu_seconds"] > 0
        assert run["peak_mb"] > 0
    by_name = {run["scenario"]: run for run in found["runs"]}
    changed = {name: run["changed"] for name, run in by_name.items()}
    assert min(changed[name] for name in ("first export", "all changed", "import of 5 %")) >= 3
    assert changed["settling"] == changed["unchanged"] == changed["full reconcile"] == 0
    assert by_name["first export"]["planned_per_second"] > 0
    assert [(peer["requests"], peer["contacts"], peer["throttled"]) for peer in found["peers"]] == [
        (10, 10, 0),
        (30, 10, 0),
    ]
    assert (tmp_path / "chart.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.full
@pytest.mark.timeout(600)
def test_the_account_may_be_another(tmp_path):
    found = benchmark(
        tmp_path, "--people", "40", "--time-scale", "50", "--peers", "0", "--switch", WHOLE_DAYS, NO_LINKS,
        "--scenarios", "first export", "unchanged",
    )  # fmt: skip
    first, unchanged = found["runs"]
    assert {run["side"] for run in found["runs"]} == {f"{WHOLE_DAYS} {NO_LINKS}"}
    assert first["floor"]["links"] == first["changed"] > 0
    assert unchanged["floor"]["scan_pages"] == 1
    assert not any(check["held"] is False for run in found["runs"] for check in run["checks"])


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.postgres
def test_the_state_may_lie_in_postgresql(tmp_path):
    with fresh_database("postgresql", tmp_path) as server:
        found = benchmark(
            tmp_path, "--people", "40", "--time-scale", "50", "--peers", "0", "--database", "postgresql",
            "--server", server, "--scenarios", "first export", "settling",
        )  # fmt: skip
    assert [run["database"] for run in found["runs"]] == ["postgresql"] * 2
