"""`users`: who may sign in to the pages. What the pages can do besides needs somebody who is signed in."""

from __future__ import annotations

from typing import Any

import click
from django.contrib.auth.models import User
from django.db import transaction

from sonisbridge.core.roles import MEANINGS, Role
from sonisbridge.store import institutions
from sonisbridge.store import users as stored
from sonisbridge.store.users import Account, OneTimePassword

from .commands import Family
from .main import user
from .running import json_option
from .show import as_json, table

ROLES = click.Choice([str(role) for role in Role])


@click.group(cls=Family)
def users() -> None:
    """Say who may sign in to the pages."""


@users.command("add")
@click.argument("username")
@click.option("--email", default="", metavar="ADDRESS", help="May be typed in place of the username to sign in.")
@click.option(
    "--role", type=ROLES, required=True, help="; ".join(f"{role} {meaning}" for role, meaning in MEANINGS.items()) + "."
)
@click.option("--institution", metavar="NAME", help="The role is for this institution. [default: all of them]")
@json_option
def add_user(username: str, email: str, role: str, institution: str | None, json_wanted: bool) -> None:
    """Make a user, and show the one-time password that they sign in with first."""
    where = institutions.get(institution) if institution else None
    with transaction.atomic():
        made = stored.add(username, email, by=user())
        stored.give(made.user, Role(role), where, by=user())
    _show_password(made, json_wanted)


@users.command("list")
@json_option
def list_users(json_wanted: bool) -> None:
    """List the users with their roles."""
    found = stored.accounts(User.objects.order_by("username"))
    if json_wanted:
        as_json({"users": [_document(account) for account in found]})
    elif not found:
        click.echo("There is no user yet: `sonisbridge users add` makes one.")
    else:
        table(
            ("Username", "E-mail", "Roles", "One-time codes", "State"),
            (
                (
                    account.user.username,
                    account.user.email,
                    "; ".join(f"{grant.role} ({grant.institution or 'all institutions'})" for grant in account.grants),
                    "on" if account.second_factor else "off",
                    account.standing,
                )
                for account in found
            ),
        )


@users.command("reset-password")
@click.argument("username")
@click.option("--second-factor", is_flag=True, help="Also remove the one-time codes, as when a telephone is lost.")
@json_option
def reset_password(username: str, second_factor: bool, json_wanted: bool) -> None:
    """Make a new one-time password for a user, and sign them out everywhere."""
    found = stored.named(username)
    with transaction.atomic():
        if second_factor:
            stored.reset_second_factor(found, by=user())
        made = stored.reset_password(found, by=user())
    _show_password(made, json_wanted)


def _show_password(made: OneTimePassword, json_wanted: bool) -> None:
    if json_wanted:
        as_json({**_document(stored.accounts([made.user])[0]), "one_time_password": made.password})
        return
    click.echo(f"One-time password of {made.user.username}: {made.password}")
    days = stored.GIVEN_FOR.days
    click.echo(f"It is shown this once and signs in for {days} days; the first page asks for one of their own.")


def _document(account: Account) -> dict[str, Any]:
    return {
        "user": account.user.pk,
        "username": account.user.username,
        "email": account.user.email or None,
        "roles": [
            {"role": grant.role, "institution": grant.institution.name if grant.institution else None}
            for grant in account.grants
        ],
        "one_time_codes": account.second_factor,
        "state": account.standing,
    }
