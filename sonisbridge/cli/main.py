"""`sonisbridge COMMAND`: the commands, and what happens to an error (rule 16)."""

from __future__ import annotations

import getpass
import logging
import os
import sys
from typing import Any

import click

from sonisbridge import __version__
from sonisbridge.core.errors import (
    CancelledError,
    RetryLaterError,
    SonisbridgeError,
    WrongSettingsError,
)

WRONG_USE, COULD_NOT = 2, 3

_COMMANDS = {
    "demo": ("demo", "demo"),
    "migrate": ("setting_up", "migrate"),
    "check": ("setting_up", "check"),
    "institution": ("setting_up", "institution"),
    "fields": ("mapping", "fields"),
    "mapping": ("mapping", "mapping"),
    "export": ("running", "export"),
    "import": ("running", "import_"),
    "reconcile": ("running", "reconcile"),
    "runs": ("history", "runs"),
    "conflicts": ("waiting", "conflicts"),
    "prospects": ("waiting", "prospects"),
    "sample-sonis": ("programs", "sample_sonis"),
    "sandbox": ("programs", "sandbox"),
}
_WITHOUT_DATABASE = {"sandbox", "sample-sonis", "demo"}


class Commands(click.Group):
    """Loads a command when it is asked for, after the settings were read."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Every command, in the order of the work."""
        return list(_COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of that name."""
        if name not in _COMMANDS:
            return None
        from importlib import import_module

        from sonisbridge.cli.start import get_ready

        asks_help = bool({"--help", "-h"} & set(sys.argv[1:])) or len(sys.argv) < 2
        if name not in _WITHOUT_DATABASE:
            _django_only() if asks_help else get_ready(verbose=bool(context.params.get("verbose")))
        module, attribute = _COMMANDS[name]
        command: click.Command = getattr(import_module(f"sonisbridge.cli.{module}"), attribute)
        return command


def _django_only() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sonisbridge.settings")
    import django

    django.setup()


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sonisbridge", message="%(prog)s %(version)s")
@click.option("--verbose", is_flag=True, help="Also log what goes on, as JSON lines on standard error.")
def cli(verbose: bool) -> None:
    """Keeps SONIS and ActiveCampaign in agreement: exports people, imports new contacts."""


def user() -> str:
    """Who runs the command, for the record."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "command line"


def main() -> None:
    """Run a command. Every error of ours is one plain line on standard error, and an exit status that says which."""
    try:
        status: Any = cli(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        sys.exit(_say("Stopped.", 130))
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        where = f" See `{context.command_path} --help`." if context else ""
        sys.exit(_say(f"{error.format_message()}{where}", WRONG_USE))
    except WrongSettingsError as error:
        sys.exit(_say(str(error), WRONG_USE))
    except CancelledError as error:
        sys.exit(_say(str(error), 1))
    except RetryLaterError as error:
        sys.exit(_say(f"{error} Try again later.", COULD_NOT))
    except SonisbridgeError as error:
        sys.exit(_say(str(error), COULD_NOT))
    except KeyboardInterrupt:
        sys.exit(_say("Stopped. What was done is recorded; run it again to go on.", 130))
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        logging.getLogger("sonisbridge").exception("a command failed")
        kind = type(error).__name__
        sys.exit(
            _say(
                f"An error in sonisbridge itself ({kind}); --verbose logs more. Nothing is half done.",
                COULD_NOT,
            )
        )
    sys.exit(status if isinstance(status, int) else 0)


def _say(text: str, status: int) -> int:
    click.echo(f"sonisbridge: {text}", err=True)
    return status
