"""`schema`: which tables and columns of SONIS are read, and whether they are there."""

from __future__ import annotations

import dataclasses

import click

from sonisbridge.store import institutions
from sonisbridge.sync import schema as schemas
from sonisbridge.sync.schema import SchemaProbe

from .commands import Family
from .running import institution_option, json_option
from .setting_up import text_of
from .show import DONE, WRONG_USE, as_json, table


@click.group(cls=Family)
def schema() -> None:
    """See where SONIS keeps what is read, and check a schema file."""


@schema.command()
@institution_option
@click.option("--usual", is_flag=True, help="The documented names instead of those in force; needs no institution.")
@json_option
def show(institution: str | None, usual: bool, json_wanted: bool) -> None:
    """Print the schema in force as a whole schema file, to be kept and changed."""
    text = schemas.usual() if usual else schemas.shown(institutions.get(institution))
    if json_wanted:
        as_json({"file": text})
    else:
        click.echo(text, nl=False)


@schema.command()
@institution_option
@json_option
def probe(institution: str | None, json_wanted: bool) -> int:
    """Compare the schema in force with SONIS: what is missing, what looks alike, what is empty."""
    return _tell(schemas.probed(institutions.get(institution)), json_wanted=json_wanted)


@schema.command()
@click.argument("file", metavar="FILE")
@institution_option
@json_option
def check(file: str, institution: str | None, json_wanted: bool) -> int:
    """Compare the schema of FILE with SONIS; nothing is put in force.

    `institution set NAME sonis_schema=FILE` puts it in force.
    """
    return _tell(schemas.probed(institutions.get(institution), text_of(file)), json_wanted=json_wanted)


def _tell(found: SchemaProbe, *, json_wanted: bool) -> int:
    if json_wanted:
        as_json(
            {
                "usable": found.usable,
                "columns": [dataclasses.asdict(place) for place in found.places],
                "findings": [dataclasses.asdict(item) for item in found.findings],
                "empty": list(found.empty),
            }
        )
        return DONE if found.usable else WRONG_USE
    table(
        ("Column", "In SONIS", "State", "Filled", "Looks alike"),
        (
            (
                place.column,
                place.physical,
                place.state,
                f"{place.filled} of {place.sampled}" if place.sampled else "",
                ", ".join(place.near),
            )
            for place in found.places
        ),
    )
    for item in found.findings:
        click.echo(f"{item.severity:8} {item.text} {item.mend}".rstrip())
    if found.empty:
        click.echo(f"Empty: nobody in the sample has a value for {', '.join(found.empty)}.")
    if found.usable:
        click.echo("People can be read with this schema.")
    return DONE if found.usable else WRONG_USE
