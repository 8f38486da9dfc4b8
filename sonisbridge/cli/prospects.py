"""`prospects`: the web prospects that wait in SONIS, and who they became."""

from __future__ import annotations

from typing import Any

import click

from sonisbridge.core.arrival import Likeness
from sonisbridge.store import institutions
from sonisbridge.sync import prospects as web_prospects
from sonisbridge.sync import recognition
from sonisbridge.sync.prospects import Waiting

from .commands import Family
from .main import user
from .running import institution_option, json_option
from .show import as_json, table


@click.group(cls=Family)
def prospects() -> None:
    """Make people of the web prospects that wait in SONIS."""


@prospects.command("list")
@institution_option
@json_option
def list_prospects(institution: str | None, json_wanted: bool) -> None:
    """List the web prospects that nobody converted yet, each with the people it may be already."""
    found = web_prospects.waiting_with_duplicates(institutions.get(institution))
    if json_wanted:
        as_json({"prospects": [_document(item) for item in found]})
    elif not found:
        click.echo("No web prospect waits.")
    else:
        table(
            ("Web prospect", "Name", "E-mail", "Submitted", "Program", "Contact", "Possible duplicates"),
            (
                (
                    item.prospect.row_id,
                    f"{item.prospect.first_name} {item.prospect.last_name}",
                    item.prospect.email,
                    item.prospect.submitted or "",
                    item.prospect.program,
                    item.prospect.contact_id,
                    _alike(item.duplicates),
                )
                for item in found
            ),
        )


def _document(item: Waiting) -> dict[str, Any]:
    prospect = item.prospect
    return {
        "prospect": prospect.row_id,
        "submitted": prospect.submitted.isoformat() if prospect.submitted else None,
        "program": prospect.program or None,
        "contact_id": prospect.contact_id or None,
        "possible_duplicates": [{"sonis_id": alike.sonis_id, "why": alike.why} for alike in item.duplicates],
    }


def _alike(found: tuple[Likeness, ...]) -> str:
    return ", ".join(f"{item.sonis_id} ({item.why})" for item in found)


@prospects.command()
@click.argument("row_id", metavar="ID")
@institution_option
@json_option
def show(row_id: str, institution: str | None, json_wanted: bool) -> None:
    """Show web prospect ID with everything that a person would be made of, under the names that `convert --set` takes."""
    found = web_prospects.details(institutions.get(institution), row_id)
    if json_wanted:
        as_json(
            {
                "prospect": found.row_id,
                "contact_id": found.contact_id or None,
                "values": {field.name: value for field, value in found.rows()},
                "left_over": dict(found.left_over),
                "possible_duplicates": [{"sonis_id": item.sonis_id, "why": item.why} for item in found.duplicates],
            }
        )
        return
    table(("Name", "Field", "Value"), ((field.name, field.title, value) for field, value in found.rows()))
    for data_point, text in found.left_over.items():
        click.echo(f"Did not fit: {data_point}: {text}")
    if found.duplicates:
        click.echo(f"Possible duplicate of {_alike(found.duplicates)}.")


@prospects.command()
@click.argument("row_id", metavar="ID", required=False)
@click.option("--all", "everyone", is_flag=True, help="All that wait.")
@click.option("--set", "edits", metavar="NAME=VALUE", multiple=True, help="Change a value first; `show` has the names.")
@click.option("--anyway", is_flag=True, help="Also those who are in SONIS by the same name and e-mail.")
@institution_option
@json_option
def convert(
    row_id: str | None,
    everyone: bool,
    edits: tuple[str, ...],
    anyway: bool,
    institution: str | None,
    json_wanted: bool,
) -> None:
    """Make a person of web prospect ID, or of --all that wait."""
    if (row_id is None) == (not everyone):
        raise click.UsageError("Give the ID of one web prospect, or --all.")
    if edits and everyone:
        raise click.UsageError("--set is for one web prospect: give its ID.")
    pairs = [edit.partition("=") for edit in edits]
    if not all(sign for _name, sign, _value in pairs):
        raise click.UsageError("Each edit is written NAME=VALUE, for example city=Nashville.")
    row = institutions.get(institution)
    chosen = None if everyone else [str(row_id).strip()]
    changes = {name.strip(): value for name, _sign, value in pairs}
    made = web_prospects.convert(row, chosen, by=user(), edits=changes, anyway=anyway)
    waits = web_prospects.waiting_with_duplicates(row) if everyone else []
    left_out = [item for item in waits if item.duplicates and item.duplicates[0].same]
    if json_wanted:
        as_json(
            {
                "converted": [{"prospect": item.row_id, "sonis_id": sonis_id} for item, sonis_id in made],
                "left_out": [_document(item) for item in left_out],
            }
        )
        return
    for item, sonis_id in made:
        click.echo(f"Web prospect {item.row_id} is {sonis_id} now; the next export writes it to the contact.")
    for waiting in left_out:
        click.echo(f"Left out: {waiting.prospect.row_id} is in SONIS already: {_alike(waiting.duplicates)}.")
    if not made:
        click.echo("No web prospect was converted." if left_out else "No web prospect waits.")


@prospects.command()
@click.argument("row_id", metavar="ID")
@click.argument("sonis_id", metavar="SONIS_ID")
@institution_option
@json_option
def assign(row_id: str, sonis_id: str, institution: str | None, json_wanted: bool) -> None:
    """Say that web prospect ID is the person SONIS_ID, who stays as they are."""
    made = web_prospects.assign(institutions.get(institution), row_id, sonis_id, by=user())
    if json_wanted:
        as_json({"prospect": row_id, "sonis_id": made})
    else:
        click.echo(f"Web prospect {row_id} is {made}; the next export links the contact.")


@prospects.command()
@institution_option
@json_option
def gone(institution: str | None, json_wanted: bool) -> None:
    """List imports whose web prospect is gone from SONIS, with the people they may have become."""
    found = recognition.gone(institutions.get(institution))
    if json_wanted:
        as_json(
            {
                "gone": [
                    {
                        "prospect": item.row_id,
                        "contact_id": item.contact_id,
                        "candidates": [{"sonis_id": alike.sonis_id, "why": alike.why} for alike in item.candidates],
                    }
                    for item in found
                ]
            }
        )
    elif not found:
        click.echo("No web prospect is gone without a trace.")
    else:
        table(
            ("Contact", "Web prospect", "May be"),
            ((item.contact_id, item.row_id, _alike(item.candidates)) for item in found),
        )


@prospects.command()
@click.argument("contact_id", metavar="CONTACT")
@click.argument("sonis_id", metavar="SONIS_ID")
@institution_option
@json_option
def became(contact_id: str, sonis_id: str, institution: str | None, json_wanted: bool) -> None:
    """Say that the import of CONTACT, whose web prospect is gone, became the person SONIS_ID."""
    recognition.became(institutions.get(institution), contact_id, sonis_id, by=user())
    if json_wanted:
        as_json({"contact_id": contact_id, "sonis_id": sonis_id})
    else:
        click.echo(f"Contact {contact_id} is {sonis_id}; the next export links it.")
