"""The documents and sources of the project, and the commands that stand in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_OURS = ("sonisbridge", "tests", "docs", "changes", "scripts", "benchmarks", "requirements", ".ci")
_LEFT_OUT = {"__pycache__", "node_modules", ".venv-clients"}

OPERATORS = ROOT / "docs/operators.md"
ADMINISTRATORS = ROOT / "docs/administrators.md"
RULES = ROOT / "docs/rules.md"


def documents() -> list[Path]:
    """Every Markdown file of the project."""
    return [path for path in files() if path.suffix == ".md"]


def files() -> list[Path]:
    """Every text file that the project is made of."""
    at_root = [
        path for path in ROOT.iterdir() if path.is_file() and (path.suffix in {".md", ".toml"} or not path.suffix)
    ]
    below = (path for folder in _OURS for path in (ROOT / folder).rglob("*") if path.is_file())
    kept = [path for path in below if not _LEFT_OUT & set(path.parts) and _is_text(path)]
    return sorted([path for path in at_root if _is_text(path) and path.name != ".coverage"] + kept)


def _is_text(path: Path) -> bool:
    return b"\0" not in path.open("rb").read(4096)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A command as it stands in a document."""

    file: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.text}"


_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
_COMMAND = re.compile(r"^(?:\./run|sonisbridge|\.venv/bin/sonisbridge)(?=\s|$)")
_PART = re.compile(r"\s*(?:\|{1,2}|&&|;|>{1,2}|<|\s#)\s*")


def commands_in(path: Path) -> Iterator[Written]:
    """The commands of ours that a document shows, in code blocks and in running text."""
    text = path.read_text(encoding="utf-8")
    lines = [line for _kind, block in _FENCE.findall(text) for line in block.replace("\\\n", " ").splitlines()]
    lines += [" ".join(found.split()) for found in _INLINE.findall(_FENCE.sub("", text))]
    for line in lines:
        for part in _PART.split(line.removeprefix("$ ").strip()):
            if _COMMAND.match(part):
                yield Written(file=path.name, text=part)
