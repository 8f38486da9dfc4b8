"""`sandbox` and `sample-sonis`: programs of their own, started as such, so that they share none of our mistakes."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

_PASS_ON: dict[str, Any] = {"ignore_unknown_options": True, "help_option_names": []}


@click.command(context_settings=_PASS_ON)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox(arguments: tuple[str, ...]) -> None:
    """A local server that behaves like ActiveCampaign, for rehearsals and tests."""
    _become("sonisbridge.sandbox", arguments)


@click.command("sample-sonis", context_settings=_PASS_ON)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sample_sonis(arguments: tuple[str, ...]) -> None:
    """Make the sample school in a database: sample-sonis URL --people N [--seed S]."""
    _become("sonisbridge.sandbox.sample_school", arguments)


def _become(module: str, arguments: tuple[str, ...]) -> None:
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606
