"""Settings, choices, reasons, dependencies, links and rules: what a document lists is what the code has."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from datetime import date

import pytest

from sonisbridge.cli import show
from sonisbridge.core.outcome import Kind, Reason
from sonisbridge.core.policy import Policy

from .documents import ADMINISTRATORS, OPERATORS, ROOT, RULES, documents, files

THIS_FOLDER = ROOT / "tests/docs"


def section(text: str, heading: str) -> str:
    """The text under a heading, up to the next one of its rank."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^\1 |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {heading!r}"
    return found[2]


def rows(text: str) -> list[list[str]]:
    """The cells of every table row whose first cell is code."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def first_cells(text: str) -> set[str]:
    return {row[0].strip(" `") for row in rows(text)}


def test_the_settings_table_lists_what_is_read_and_nothing_else():
    read = set(re.findall(r"SONISBRIDGE_[A-Z_]+", (ROOT / "sonisbridge/settings.py").read_text(encoding="utf-8")))
    listed = first_cells(section(OPERATORS.read_text(encoding="utf-8"), "Settings"))
    assert listed == read


def test_every_setting_that_a_document_names_is_read():
    read = set(re.findall(r"SONISBRIDGE_[A-Z_]+", (ROOT / "sonisbridge/settings.py").read_text(encoding="utf-8")))
    named = {name for path in documents() for name in re.findall(r"SONISBRIDGE_[A-Z_]+\b", path.read_text("utf-8"))}
    assert {name for name in named - read if not name.startswith(("SONISBRIDGE_TEST_", "SONISBRIDGE_OPENAPI"))} <= {
        "SONISBRIDGE_"
    }


def test_every_choice_is_listed_with_its_default():
    listed = {row[0].strip("`"): row[1] for row in rows(section(ADMINISTRATORS.read_text("utf-8"), "4. Choices"))}
    assert listed == {item.name: spoken(getattr(Policy(), item.name)) for item in dataclasses.fields(Policy)}


def spoken(value: object) -> str:
    """A default as the table writes it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(item.isoformat() if isinstance(item, date) else str(item) for item in value)
        case Mapping():
            return ", ".join(value) or "none"
        case None:
            return "none"
    return str(value)


def test_every_reason_and_outcome_is_explained():
    text = ADMINISTRATORS.read_text(encoding="utf-8")
    assert first_cells(section(text, "Reasons")) == {str(item) for item in Reason}
    assert first_cells(section(text, "Outcomes")) == {str(item) for item in Kind}


@pytest.mark.parametrize(("path", "heading"), [(OPERATORS, "Exit statuses"), (RULES, "16. Command line and settings")])
def test_the_exit_statuses_are_listed(path, heading):
    listed = {int(number) for number in re.findall(r"^\| (\d+) \|", section(path.read_text("utf-8"), heading), re.M)}
    assert {show.DONE, show.PROBLEMS, show.WRONG_USE, show.COULD_NOT, show.HELD} <= listed


def test_every_dependency_has_its_line_of_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = list(project["project"]["dependencies"])
    for group in (project["project"]["optional-dependencies"], project["dependency-groups"]):
        wanted += [item for items in group.values() for item in items]
    names = {found[0] for item in wanted if (found := re.match(r"[A-Za-z0-9_.-]+", item))}
    assert first_cells((ROOT / "docs/decisions/0009-dependencies.md").read_text(encoding="utf-8")) == names


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def test_every_relative_link_resolves():
    broken = []
    for path in documents():
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
            if re.match(r"[a-z]+:", target):
                continue
            file, _sign, anchor = target.partition("#")
            found = (path.parent / file).resolve() if file else path
            if not found.exists() or (anchor and anchor not in anchors(found.read_text(encoding="utf-8"))):
                broken.append(f"{path.name}: {target}")
    assert broken == []


def test_every_file_that_a_document_names_exists():
    wrong = []
    for path in documents():
        for name in re.findall(
            r"`([\w.-]+(?:/[\w.-]+)+\.(?:py|md|sql|sh|toml|txt))`", path.read_text(encoding="utf-8")
        ):
            if not any((base / name).exists() for base in (ROOT, ROOT / "sonisbridge", path.parent)):
                wrong.append(f"{path.name}: {name}")
    assert wrong == []


_CITED = re.compile(r"\brules?\s+((?:\d+(?:\.\d+)?)(?:\s*(?:,\s*and|,|and|to|or)\s+\d+(?:\.\d+)?)*)", re.IGNORECASE)


def rule_numbers() -> set[str]:
    text = RULES.read_text(encoding="utf-8")
    return set(re.findall(r"^## (\d+)\. ", text, re.MULTILINE)) | set(
        re.findall(r"^\*\*(\d+\.\d+)\*\*", text, re.MULTILINE)
    )


def test_every_rule_that_is_cited_has_its_number():
    known = rule_numbers()
    wrong = {
        f"{path.relative_to(ROOT)}: rule {number}"
        for path in files()
        if path.suffix in {".py", ".md", ".toml", ".sql"}
        for cited in _CITED.findall(path.read_text(encoding="utf-8"))
        for number in re.findall(r"\d+(?:\.\d+)?", cited)
        if number not in known
    }
    assert wrong == set()


def test_the_rules_stand_in_order_and_none_is_missing():
    text = RULES.read_text(encoding="utf-8")
    heads = [int(number) for number in re.findall(r"^## (\d+)\. ", text, re.MULTILINE)]
    assert heads == list(range(18))
    by_section: dict[str, list[int]] = {}
    for first, second in re.findall(r"^\*\*(\d+)\.(\d+)\*\*", text, re.MULTILINE):
        by_section.setdefault(first, []).append(int(second))
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_section.values())


_SECTION_CITED = re.compile(r"(docs/[\w-]+\.md),? section (\d+)")


def test_every_section_that_is_cited_exists():
    wrong = {
        f"{path.relative_to(ROOT)}: {name}, section {number}"
        for path in files()
        if path.suffix == ".py"
        for name, number in _SECTION_CITED.findall(path.read_text(encoding="utf-8"))
        if not re.search(rf"^#+ {number}\b", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert wrong == set()


FOREIGN = {
    "a path of one machine": re.compile(r"(?<![\w.<])/(?:work|root|home)/\w|/tmp/\w"),
    "a package host": re.compile(
        r"https?://[^\s/\"'`)]*(?:pypi|pythonhosted|npmjs|artifact|nexus|mirror)", re.IGNORECASE
    ),
    "how the work was handed out": re.compile(
        r"\bissue #\d|\b(?:this|our|another|an earlier|a previous|helper'?s?) session\b|\bthe spec\b", re.IGNORECASE
    ),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_the_project_speaks_of_itself_alone(what):
    found = {
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in files()
        if THIS_FOLDER not in path.parents
        for match in FOREIGN[what].finditer(path.read_text(encoding="utf-8", errors="replace"))
    }
    assert found == set()
