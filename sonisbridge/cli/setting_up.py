"""`migrate`, `institution` and `check`: connecting a pair, and looking whether all is well."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path

import click

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.policy import Policy
from sonisbridge.store import institutions
from sonisbridge.store.institutions import Connections
from sonisbridge.store.models import Institution
from sonisbridge.sync import setup

from .commands import Family, Prepared, WithoutDatabase
from .main import user
from .running import institution_option, json_option
from .show import COULD_NOT, DONE, as_json, table
from .start import migrate as bring_up_to_date


@click.command(cls=WithoutDatabase)
@json_option
def migrate(json_wanted: bool) -> None:
    """Set the bridge's own database up, or bring it to the form of this version."""
    renewed = bring_up_to_date()
    if json_wanted:
        as_json({"migrated": renewed})
    else:
        click.echo("The database was brought up to date." if renewed else "The database is up to date.")


@click.group(cls=Family)
def institution() -> None:
    """Connect a SONIS with an ActiveCampaign account, and set its choices."""


@institution.command()
@click.argument("name")
@click.option(
    "--sonis",
    required=True,
    metavar="URL",
    help="Address of the database, such as postgresql://user:password@host/sonis.",
)
@click.option(
    "--endpoint",
    required=True,
    metavar="URL",
    help="Access Token Endpoint, such as https://you.api-us1.com.",
)
@click.option(
    "--token-env",
    metavar="VAR",
    help="Environment variable that holds the Access Token; without it, standard input is read.",
)
@click.option("--time-zone", metavar="TZ", help="Time zone of the institution, such as America/Chicago.")
@click.option("--country", metavar="US", help="Country of telephone numbers that name none.")
@click.option(
    "--sonis-schema",
    metavar="FILE",
    help="TOML file with the table and column names that differ from the usual ones.",
)
@json_option
def add(
    name: str,
    sonis: str,
    endpoint: str,
    token_env: str | None,
    time_zone: str | None,
    country: str | None,
    sonis_schema: str | None,
    json_wanted: bool,
) -> None:
    """Connect institution NAME. Both sides are tried, and kept only when both answer."""
    schema = text_of(sonis_schema) if sonis_schema else ""
    policy = Policy()
    if time_zone:
        policy = setup.changed_policy(policy, "time_zone", time_zone)
    if country:
        policy = setup.changed_policy(policy, "country", country)
    known = Connections(
        name=name,
        sonis_url=sonis,
        endpoint=endpoint,
        token=read_token(token_env),
        sonis_schema=schema,
    )
    row = setup.add(known, policy, by=user())
    if json_wanted:
        as_json(_document(row))
    else:
        click.echo(
            f"Connected {row.name}. Next: `sonisbridge fields create --yes`, then `sonisbridge mapping suggest --apply`."
        )


def read_token(variable: str | None) -> str:
    """The token from that environment variable, or from standard input; never from an argument."""
    if variable is not None:
        token = os.environ.get(variable, "").strip()
        if not token:
            raise WrongSettingsError(
                f"The environment variable {variable} is not set, or blank: put the Access Token into it."
            )
        return token
    if sys.stdin.isatty():
        return str(click.prompt("Access Token", hide_input=True)).strip()
    token = sys.stdin.readline().strip()
    if not token:
        raise WrongSettingsError(
            "No Access Token on standard input: give it there, or name a variable with --token-env."
        )
    return token


@institution.command("list")
@json_option
def list_(json_wanted: bool) -> None:
    """List the institutions and their choices; no secret is shown."""
    rows = list(Institution.objects.order_by("name"))
    if json_wanted:
        as_json({"institutions": [_document(row) for row in rows]})
    elif not rows:
        click.echo("No institution is connected yet: start with `sonisbridge institution add`.")
    else:
        table(
            ("Institution", "Endpoint", "Time zone"),
            ((r.name, r.endpoint, _choices(r)["time_zone"]) for r in rows),
        )


def _document(row: Institution) -> dict[str, object]:
    return {"name": row.name, "endpoint": row.endpoint, **_choices(row)}


def _choices(row: Institution) -> dict[str, object]:
    policy = institutions.policy_of(row)
    values = {item.name: getattr(policy, item.name) for item in dataclasses.fields(Policy)}
    values["placeholder_birthdates"] = [day.isoformat() for day in policy.placeholder_birthdates]
    values["term_years"] = dict(policy.term_years)
    return values


@institution.command("set")
@click.argument("name")
@click.argument("settings", metavar="KEY=VALUE...", nargs=-1, required=True)
@json_option
def set_(name: str, settings: tuple[str, ...], json_wanted: bool) -> None:
    """Change choices or connections of institution NAME: all of them, or none when one cannot be.

    Connections are endpoint, sonis_url, sonis_schema=FILE and token=-, which reads the token from standard input. A new
    connection is tried before it is kept. `institution list --json` shows the choices.
    """
    row = institutions.get(name)
    setup.change_all(row, _pairs(settings), by=user())
    if json_wanted:
        as_json(_document(row))
    else:
        click.echo(f"Changed {len(settings)} setting{'' if len(settings) == 1 else 's'} of {name}.")


def _pairs(settings: tuple[str, ...]) -> dict[str, str]:
    """What is to be set, the token and the schema file read."""
    pairs: dict[str, str] = {}
    for setting in settings:
        key, sign, value = setting.partition("=")
        if not sign:
            raise click.UsageError("Each setting is written KEY=VALUE, for example time_zone=America/Chicago.")
        if key == "token":
            if value != "-":
                raise click.UsageError("A token is never an argument: use token=- and give it on standard input.")
            value = read_token(None)
        if key == "sonis_schema" and value:
            value = text_of(value)
        pairs[key] = value
    return pairs


def text_of(path: str) -> str:
    """The text of a schema file. Raises WrongSettingsError when it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise WrongSettingsError(f"The schema file {path!r} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise WrongSettingsError(f"The schema file {path!r} is not UTF-8 text: save it as UTF-8.") from error


@click.command(cls=Prepared)
@institution_option
@json_option
def check(institution: str | None, json_wanted: bool) -> int:
    """Look at every connection, the schema and the mapping, and say how to mend what is wrong."""
    found = list(setup.check(institutions.get(institution)))
    if json_wanted:
        as_json({"findings": [dataclasses.asdict(item) for item in found]})
    else:
        for item in found:
            click.echo(f"{item.severity:8} {item.text} {item.mend}".rstrip())
    return COULD_NOT if any(item.severity == "error" for item in found) else DONE
