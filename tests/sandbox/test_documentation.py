"""docs/sandbox.md names every switch, fault, option, control and mark, and no other."""

import re
from pathlib import Path

from sonisbridge.sandbox.faults import FAULTS
from sonisbridge.sandbox.switches import SWITCHES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "sandbox.md").read_text()
SOURCES = {path.name: path.read_text() for path in (ROOT / "sonisbridge" / "sandbox").glob("*.py")}


def _section(name: str) -> str:
    return TEXT.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_every_switch_is_documented_with_its_default_and_meaning():
    documented = {row[0].strip("`"): (row[1].strip("`"), row[3]) for row in _rows(_section("Switches"))}
    assert documented == {name: (one.default, one.meaning) for name, one in SWITCHES.items()}


def test_every_fault_is_documented():
    documented = {row[0].strip("`"): row[1] for row in _rows(_section("Faults"))}
    assert documented == dict(FAULTS)


def test_every_switch_decides_something():
    others = "".join(text for name, text in SOURCES.items() if name != "switches.py")
    assert [name for name in SWITCHES if f'"{name}"' not in others] == []


def test_every_mark_is_documented():
    marks = {
        mark
        for text in SOURCES.values()
        for call in re.findall(r"\.note\(([^)]*)\)", text)
        for mark in re.findall(r'"([a-z_0-9]+)"', call)
    } - {"lists", "limit"}
    rows = _section("Portal")
    assert [mark for mark in sorted(marks) if mark.replace("_", " ") not in rows] == []


def test_every_control_is_documented():
    controls = set(re.findall(r'"((?:GET|PUT|POST|DELETE) /[a-z]+)"', SOURCES["control.py"]))
    documented = set(re.findall(r"((?:GET|PUT|POST|DELETE) /[a-z]+)", _section("Control")))
    assert documented == controls


def test_every_option_is_documented():
    options = set(re.findall(r'"(--[a-z-]+)"', SOURCES["options.py"]))
    assert set(re.findall(r"`(--[a-z-]+)", _section("Start it"))) >= options


def test_nothing_of_ours_is_imported():
    for name, text in SOURCES.items():
        imported = re.findall(r"^\s*(?:from|import)\s+(sonisbridge[\w.]*|django[\w.]*)", text, re.M)
        assert all(one.startswith("sonisbridge.sandbox") for one in imported), name
