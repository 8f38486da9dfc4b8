"""The command line of the sandbox."""

import argparse
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from sonisbridge.sandbox.faults import FaultError, FaultRule, rule_from_text
from sonisbridge.sandbox.switches import SwitchError, Switches

MOST_CONTACTS = 2_000_000


class BadArgument(Exception):
    """An argument that cannot be used; the message is one plain line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the sandbox is started with."""

    host: str
    port: int
    contacts: int
    real_limits: bool
    time_scale: float
    state: Path | None
    world: Path | None
    faults: tuple[FaultRule, ...]
    switches: tuple[tuple[str, str], ...]
    token: str
    seed: int


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadArgument(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="sonisbridge sandbox",
        description="A local server that behaves like ActiveCampaign v3; nothing in it is real.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8300, help="0 takes a free one")
    parser.add_argument("--contacts", type=int, default=0, metavar="N", help="made-up contacts")
    parser.add_argument("--limits", choices=("real", "off"), default="real")
    parser.add_argument("--time-scale", type=float, default=1.0, metavar="K")
    parser.add_argument("--state", type=Path, metavar="FILE", help="keeps the state there")
    parser.add_argument("--world", type=Path, metavar="FILE", help="the world to start with")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--switch", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--token", default="")
    parser.add_argument("--seed", type=int, default=1)
    return parser


def parse_options(arguments: Sequence[str]) -> Options:
    """The options; raises BadArgument."""
    given = _parser().parse_args(arguments)
    if not 0 <= given.port <= 65535:
        raise BadArgument("--port must be between 0 and 65535")
    if not 0 <= given.contacts <= MOST_CONTACTS:
        raise BadArgument(f"--contacts must be between 0 and {MOST_CONTACTS}")
    if not 0.01 <= given.time_scale <= 10_000:
        raise BadArgument("--time-scale must be between 0.01 and 10000")
    if given.world is not None and not given.world.is_file():
        raise BadArgument(f"--world: there is no file {given.world}")
    if given.state is not None and not given.state.resolve().parent.is_dir():
        raise BadArgument(f"--state: there is no folder {given.state.resolve().parent}")
    if given.token and not (given.token.isascii() and given.token.isprintable()):
        raise BadArgument("--token must be plain ASCII")
    return Options(
        host=given.host,
        port=given.port,
        contacts=given.contacts,
        real_limits=given.limits == "real",
        time_scale=given.time_scale,
        state=given.state,
        world=given.world,
        faults=tuple(_fault(text) for text in given.fault),
        switches=tuple(_switch(text) for text in given.switch),
        token=given.token or secrets.token_hex(32),
        seed=given.seed,
    )


def _fault(text: str) -> FaultRule:
    try:
        return rule_from_text(text)
    except FaultError as error:
        raise BadArgument(f"--fault {text}: {error}") from error


def _switch(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    try:
        Switches().change(name, value)
    except SwitchError as error:
        raise BadArgument(f"--switch {text}: {error}") from error
    return name, value
