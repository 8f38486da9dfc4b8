"""`rights`: the script that makes a database user with the least rights."""

from __future__ import annotations

from typing import get_args

import click

from sonisbridge.sonis.rights import Kind, Purpose
from sonisbridge.store import institutions
from sonisbridge.sync import rights as scripts

from .commands import Prepared
from .running import institution_option, json_option
from .setting_up import text_of
from .show import as_json


@click.command(cls=Prepared)
@institution_option
@click.option(
    "--for",
    "purpose",
    type=click.Choice(get_args(Purpose)),
    default="import",
    show_default=True,
    help="export reads; import also adds web prospects; convert also makes people.",
)
@click.option("--kind", type=click.Choice(get_args(Kind)), help="Kind of database; by itself that of the institution.")
@click.option("--login", metavar="NAME", default="sonisbridge", show_default=True, help="Name of the user to make.")
@click.option("--database", metavar="NAME", help="Of no institution yet: the database that SONIS is in.")
@click.option("--sonis-schema", metavar="FILE", help="Of no institution yet: its schema file.")
@json_option
def rights(
    institution: str | None,
    purpose: Purpose,
    kind: Kind | None,
    login: str,
    database: str | None,
    sonis_schema: str | None,
    json_wanted: bool,
) -> None:
    """Print the script that makes a database user for sonisbridge with the least rights.

    With --database and --kind no institution is needed.
    """
    if database is not None:
        if kind is None:
            raise click.UsageError("With --database also say which --kind of database it is.")
        schema = text_of(sonis_schema) if sonis_schema else ""
        text = scripts.for_schema(schema, purpose, kind=kind, login=login, database=database)
    elif sonis_schema is not None:
        raise click.UsageError("--sonis-schema goes with --database and --kind.")
    else:
        text = scripts.for_institution(institutions.get(institution), purpose, login=login, kind=kind)
    if json_wanted:
        as_json({"script": text})
    else:
        click.echo(text, nl=False)
