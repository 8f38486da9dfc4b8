"""Commands and documents agree (rule 16)."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

import click
import pytest

from sonisbridge.cli.main import cli

from .documents import ROOT, Written, commands_in, documents

PROGRAMS = {"sandbox": "sonisbridge.sandbox", "sample-sonis": "sonisbridge.sandbox.sample_school"}
"""Commands that hand everything on to a program of its own."""
NO_COMMAND = {"COMMAND", "..."}


@pytest.fixture(autouse=True)
def _help_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands are loaded as for `--help`: without a database."""
    monkeypatch.setattr(sys, "argv", ["sonisbridge", "--help"])


def walk(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command and sub-command."""
    if not isinstance(command, click.Group):
        yield words
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from walk(found, (*words, name))


def written() -> list[Written]:
    return [item for path in documents() for item in commands_in(path)]


def in_messages() -> list[Written]:
    """The commands that messages and docstrings of ours name in backquotes."""
    found = []
    for path in (ROOT / "sonisbridge").rglob("*.py"):
        for text in re.findall(r"`(sonisbridge [^`\n]+)`", path.read_text(encoding="utf-8")):
            filled = re.sub(r"\{[^}]*\}", "1", text)
            found.append(Written(file=path.name, text=filled))
    return found


def words_of(text: str) -> list[str]:
    return shlex.split(text)[1:]


def problem(words: list[str]) -> str:
    """Why a command line cannot be, "" when it can."""
    command: click.Command = cli
    context = click.Context(cli, info_name="sonisbridge")
    words = [word for word in words if word != "--verbose"]
    if not words or words[0] in NO_COMMAND or words == ["--version"]:
        return ""
    while isinstance(command, click.Group):
        if not words or words[0] == "--help":
            return ""
        name, *words = words
        found = command.get_command(context, name)
        if found is None:
            return f"there is no command {name}"
        if name in PROGRAMS:
            return _unknown_option(name, words)
        command, context = found, click.Context(found, info_name=name, parent=context)
    return _refused(command, context, words)


def _refused(command: click.Command, context: click.Context, words: list[str]) -> str:
    if not words or words == ["..."] or "--help" in words:
        return ""  # named, not shown in full
    try:
        values, left, _order = command.make_parser(context).parse_args(list(words))
    except click.UsageError as error:
        return error.format_message()
    lacking = [item.name for item in command.params if item.required and not values.get(item.name or "")]
    return f"left over: {left}" if left else f"lacks {lacking}" if lacking else _wrong_kind(command, context, words)


def _wrong_kind(command: click.Command, context: click.Context, words: list[str]) -> str:
    """Arguments that are numbers or choices must be such; placeholders in capitals stand for anything."""
    if any(word.strip("-").isupper() for word in words):
        return ""
    values, _left, _order = command.make_parser(context).parse_args(list(words))
    for item in command.params:
        value = values.get(item.name or "")
        if isinstance(value, str) and isinstance(item.type, click.Choice | click.types.IntParamType):
            try:
                item.type_cast_value(context, value)
            except click.UsageError as error:
                return error.format_message()
    return ""


@cache
def _help_of(name: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", PROGRAMS[name], "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def _unknown_option(name: str, words: list[str]) -> str:
    known = set(re.findall(r"--[a-z][a-z-]*", _help_of(name)))
    unknown = [word for word in words if word.startswith("--") and word.partition("=")[0] not in known]
    return f"{name} has no {', '.join(unknown)}" if unknown else ""


def test_every_command_stands_in_a_document():
    named = {tuple(words_of(item.text)) for item in written()}
    text = "\n".join(path.read_text(encoding="utf-8") for path in documents())
    missing = [
        " ".join(words)
        for words in walk(cli)
        if not any(line[: len(words)] == words for line in named) and f"`{' '.join(words)}" not in text
    ]
    assert missing == []


def test_every_command_in_a_document_exists_with_its_options():
    wrong = {str(item): why for item in written() if (why := problem(words_of(item.text)))}
    assert wrong == {}


def test_every_command_in_a_message_exists_with_its_options():
    wrong = {str(item): why for item in in_messages() if (why := problem(words_of(item.text)))}
    assert wrong == {}


def test_commands_are_found_in_documents_at_all():
    assert len(written()) > 30
    assert len(in_messages()) > 10


@pytest.mark.parametrize(
    "text",
    ["exprot", "export --priview", "runs show seven", "runs show 1 2", "conflicts resolve 3 burn"],
)
def test_a_command_that_cannot_be_is_noticed(text):
    assert problem(text.split())
