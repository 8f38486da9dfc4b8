"""`sonisbridge COMMAND`: the commands, and what happens to an error (rule 16)."""

from __future__ import annotations

import getpass
import logging
import signal
import sys
from importlib import import_module
from typing import Any, NamedTuple, NoReturn

import click

from sonisbridge import __version__
from sonisbridge.core.errors import (
    CancelledError,
    RetryLaterError,
    SonisbridgeError,
    WrongSettingsError,
)

from .commands import Family, verbose_option
from .start import log_errors, setup_django

WRONG_USE, COULD_NOT, STOPPED, TERMINATED = 2, 3, 130, 143


class _Place(NamedTuple):
    """Where a command is, and what the list of commands says of it, so that showing the list loads none of them."""

    module: str
    name: str
    what: str


_COMMANDS = {
    "demo": _Place("demo", "demo", "Show the main job on a sample school."),
    "serve": _Place("serving", "serve", "Serve the pages, and carry out runs."),
    "migrate": _Place("setting_up", "migrate", "Set the bridge's own database up, or renew it."),
    "institution": _Place("setting_up", "institution", "Connect a SONIS with an ActiveCampaign account."),
    "rehearse": _Place("rehearse", "rehearse", "Try the whole configuration on a masked copy."),
    "schema": _Place("schema", "schema", "See where SONIS keeps what is read; check a schema file."),
    "rights": _Place("rights", "rights", "Print the script for a database user with the least rights."),
    "fields": _Place("mapping", "fields", "List the contact fields, make the missing ones."),
    "mapping": _Place("mapping", "mapping", "Choose which contact field each data point feeds."),
    "check": _Place("setting_up", "check", "Look whether all is well, with a mend for what is not."),
    "export": _Place("running", "export", "Export SONIS people to ActiveCampaign contacts."),
    "import": _Place("running", "import_", "Import new contacts into SONIS as web prospects."),
    "reconcile": _Place("running", "reconcile", "Compare all of both sides; write nothing."),
    "worker": _Place("working", "worker", "Carry out the runs that were ordered."),
    "runs": _Place("history", "runs", "See what each run did; apply or cancel one."),
    "conflicts": _Place("waiting", "conflicts", "Decide about people whose contact is in doubt."),
    "prospects": _Place("prospects", "prospects", "Make people of the web prospects that wait in SONIS."),
    "schedules": _Place("schedules", "schedules", "Let imports and exports start by themselves."),
    "webhook": _Place("webhook", "webhook", "Hear of contacts as soon as ActiveCampaign has them."),
    "watch": _Place("watch", "watch", "Export who changed in SONIS, soon after they did."),
    "notifications": _Place("notifications", "notifications", "Say who is told that a run was made."),
    "backup": _Place("state", "backup", "Write the bridge's state into a file."),
    "restore": _Place("state", "restore", "Make the bridge's state from such a file."),
    "users": _Place("users", "users", "Say who may sign in to the pages."),
    "sample-sonis": _Place("programs", "sample_sonis", "Make the sample school in a database."),
    "sandbox": _Place("programs", "sandbox", "Start a local look-alike of ActiveCampaign."),
}
_WITHOUT_DJANGO = {"sandbox", "sample-sonis", "demo"}


class Commands(Family):
    """Loads a command when it is asked for, after the settings were read."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Every command, in the order of the work."""
        return list(_COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """The command of that name."""
        if name not in _COMMANDS:
            return None
        if name not in _WITHOUT_DJANGO:
            setup_django()
        place = _COMMANDS[name]
        command: click.Command = getattr(import_module(f"sonisbridge.cli.{place.module}"), place.name)
        return command

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.what) for name, place in _COMMANDS.items()])


@click.command(
    cls=Commands,
    params=[verbose_option(hidden=False)],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="sonisbridge", message="%(prog)s %(version)s")
def cli() -> None:
    """Keeps SONIS and ActiveCampaign in agreement: exports people, imports new contacts."""


def user() -> str:
    """Who runs the command, for the record."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "command line"


class _TerminatedError(KeyboardInterrupt):
    """The system asked the program to end; a run ends as it does by Ctrl-C."""


def _terminate(_signal: int, _frame: object) -> NoReturn:
    raise _TerminatedError


def main() -> None:
    """Run a command. Every error of ours is one plain line on standard error, and an exit status that says which."""
    log_errors()
    signal.signal(signal.SIGTERM, _terminate)
    try:
        status: Any = _run()
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(WRONG_USE)
    except click.ClickException as error:
        sys.exit(_say(f"{_sentence(error.format_message())}{_where(error)}", WRONG_USE))
    except _TerminatedError:
        sys.exit(_say("Ended by the system. What was done is recorded; run it again to go on.", TERMINATED))
    except (KeyboardInterrupt, click.Abort):
        sys.exit(_say("Stopped. What was done is recorded; run it again to go on.", STOPPED))
    except Exception as error:  # noqa: BLE001 (nothing is above it)
        sys.exit(_failed(error))
    sys.exit(status if isinstance(status, int) else 0)


def _run() -> Any:
    """Read the arguments and run the command; errors pass as they are."""
    with cli.make_context("sonisbridge", sys.argv[1:]) as context:
        return cli.invoke(context)


def _failed(error: Exception) -> int:
    match error:
        case WrongSettingsError():
            return _say(str(error), WRONG_USE)
        case CancelledError():
            return _say(str(error), 1)
        case RetryLaterError():
            mend = "" if "later" in str(error) else " Try again later."
            return _say(f"{error}{mend}", COULD_NOT)
        case SonisbridgeError():
            return _say(str(error), COULD_NOT)
    if _of_database(error):
        return _say(
            "The bridge's own database stopped answering: see that it is up and its disk is not full, then run it "
            "again. What was done is recorded.",
            COULD_NOT,
        )
    logging.getLogger("sonisbridge").error("a command failed", exc_info=error)
    kind = type(error).__name__
    return _say(f"An error in sonisbridge itself ({kind}), not in what you asked for: please report it.", COULD_NOT)


def _of_database(error: Exception) -> bool:
    from django.db import DatabaseError, InterfaceError

    return isinstance(error, DatabaseError | InterfaceError)


def _sentence(text: str) -> str:
    """One line that ends as a sentence does."""
    line = " ".join(text.split())
    return line if line.endswith((".", "?", "!")) else f"{line}."


def _where(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f" See `{context.command_path} --help`." if context else ""


def _say(text: str, status: int) -> int:
    click.echo(f"sonisbridge: {text}", err=True)
    return status
