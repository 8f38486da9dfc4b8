"""`webhook`: whether ActiveCampaign tells of contacts as soon as they change (rule 9.1)."""

from __future__ import annotations

from typing import Any

import click

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.store import institutions, webhooks
from sonisbridge.store.models import Institution
from sonisbridge.sync import webhook as hearing

from .commands import Family
from .main import user
from .running import institution_option, json_option
from .show import PROBLEMS, as_json

_BY_HAND = (
    "In ActiveCampaign, Settings > Developer > Manage Webhooks, add one with this address; choose the events that a contact is "
    "added or subscribes and that a contact is updated, from every source."
)


@click.group(cls=Family)
def webhook() -> None:
    """Hear of contacts as soon as ActiveCampaign has them."""


@webhook.command()
@institution_option
@click.option("--register", is_flag=True, help="Register the address in ActiveCampaign; it needs SONISBRIDGE_URL.")
@click.option("--replace", is_flag=True, help="Make another address in the place of the one that is on.")
@json_option
def on(institution: str | None, register: bool, replace: bool, json_wanted: bool) -> int:
    """Turn the webhook on, at an address that nobody can guess and that is shown this once."""
    row = institutions.get(institution)
    if webhooks.of(row) is not None and not replace:
        raise WrongSettingsError(
            f"The webhook of {row.name} is on already, and its address is kept nowhere: `sonisbridge webhook on --replace` "
            "makes another one."
        )
    made = hearing.turn_on(row, by=user(), register=register)
    if json_wanted:
        problem = made.problem or None
        as_json({"path": made.path, "address": made.address or None, "registered": made.registered, "problem": problem})
    else:
        click.echo(f"The webhook of {row.name} is on. Its address, shown this once:")
        click.echo(made.address or f"https://YOUR-SERVER{made.path}")
        click.echo("It is registered in ActiveCampaign." if made.registered else _BY_HAND)
        if made.problem:
            click.echo(made.problem, err=True)
    return PROBLEMS if made.problem else 0


@webhook.command()
@institution_option
@json_option
def off(institution: str | None, json_wanted: bool) -> int:
    """Hear nothing any more; what sonisbridge registered is taken away again."""
    row = institutions.get(institution)
    left = hearing.turn_off(row, by=user())
    if json_wanted:
        as_json({"on": False, "problem": left or None})
    else:
        click.echo(f"The webhook of {row.name} is off.")
        if left:
            click.echo(left, err=True)
    return PROBLEMS if left else 0


@webhook.command()
@institution_option
@json_option
def show(institution: str | None, json_wanted: bool) -> None:
    """Say whether it is on, when something last came, and how many contacts wait to be looked at."""
    row = institutions.get(institution)
    found = document(row)
    if json_wanted:
        as_json(found)
    elif not found["on"]:
        click.echo(f"The webhook of {row.name} is off: `sonisbridge webhook on` turns it on.")
    else:
        how = "registered by sonisbridge" if found["registered"] else "registered by hand, if it is"
        click.echo(f"The webhook of {row.name} is on since {found['since']}, {how} in ActiveCampaign.")
        click.echo(f"Last heard: {found['heard'] or 'nothing yet'}. Waiting: {found['waiting']}.")
        if found["whole_due"]:
            click.echo("More came than is kept: an import of all contacts is due.")


def document(row: Institution) -> dict[str, Any]:
    """The webhook as JSON has it."""
    found, waiting = webhooks.of(row), webhooks.waiting(row)
    if found is None:
        return {"on": False}
    return {
        "on": True,
        "since": found.made_at.isoformat(timespec="seconds"),
        "registered": bool(found.registered),
        "heard": found.heard_at.isoformat(timespec="seconds") if found.heard_at else None,
        "waiting": waiting.many,
        "waiting_since": waiting.since.isoformat(timespec="seconds") if waiting.since else None,
        "whole_due": found.whole_due,
    }
