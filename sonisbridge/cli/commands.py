"""How every command begins and ends: its arguments are read first, then the settings, the log and the database are made ready."""

from __future__ import annotations

import difflib
import os
import sys
from typing import Any

import click

from .start import get_ready, only_settings

_VERBOSE = "sonisbridge.verbose"


def wants_log(context: click.Context) -> bool:
    """Whether --verbose was given, before the command or after it."""
    return bool(context.meta.get(_VERBOSE))


def _note_verbose(context: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        context.meta[_VERBOSE] = True


def verbose_option(*, hidden: bool) -> click.Option:
    """--verbose; shown in the help of `sonisbridge` itself, understood by every command."""
    return click.Option(
        ["--verbose"],
        is_flag=True,
        expose_value=False,
        callback=_note_verbose,
        hidden=hidden,
        help="Also log what goes on, as JSON lines on standard error.",
    )


class Prepared(click.Command):
    """A command that finds the settings, the log and the database ready. Wrong use is told before either is touched."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.params.append(verbose_option(hidden=True))

    def get_ready(self, context: click.Context) -> None:
        """Make ready what the command needs."""
        get_ready(verbose=wants_log(context))

    def invoke(self, context: click.Context) -> Any:
        """Run it. A reader that went away, as `head` does, is no error: what was to be done is done."""
        self.get_ready(context)
        try:
            return super().invoke(context)
        except BrokenPipeError:
            stop_printing()
            return 0


class WithoutDatabase(Prepared):
    """A command that makes the database ready itself."""

    def get_ready(self, context: click.Context) -> None:
        """Read the settings and set the log up."""
        only_settings(verbose=wants_log(context))


class Family(click.Group):
    """Commands under one word; a word that is none of them is told with the nearest one that is."""

    command_class = Prepared

    def resolve_command(
        self, context: click.Context, words: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the words begin with."""
        name = words[0]
        if self.get_command(context, name) is None and not name.startswith("-"):
            near = difflib.get_close_matches(name, self.list_commands(context), 1, 0.6)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            context.fail(f"No such command {name!r}.{hint}")
        return super().resolve_command(context, words)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, each with the whole of its first sentence."""
        found = ((name, self.get_command(context, name)) for name in self.list_commands(context))
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(200)) for name, command in found if command])


def stop_printing() -> None:
    """Nobody reads standard output any more: nothing more is written there, also not at the end of the program."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
