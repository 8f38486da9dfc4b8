"""`conflicts` and `prospects`: what waits for a user."""

from __future__ import annotations

import click

from sonisbridge.store import conflicts as stored
from sonisbridge.store import institutions
from sonisbridge.store.models import OpenConflict
from sonisbridge.sync import decisions
from sonisbridge.sync import prospects as web_prospects

from .main import user
from .running import institution_option, json_option
from .show import as_json, table


@click.group()
def conflicts() -> None:
    """People and contacts about whom a user has to decide."""


@conflicts.command("list")
@institution_option
@click.option("--reason", default="", help="Only those with this reason.")
@json_option
def list_conflicts(institution: str | None, reason: str, json_wanted: bool) -> None:
    """The conflicts that wait, grouped by reason."""
    found = stored.waiting(institutions.get(institution), reason=reason)
    if json_wanted:
        as_json({"conflicts": [_document(row) for row in found]})
    elif not found:
        click.echo("Nothing waits.")
    else:
        table(
            ("Conflict", "Reason", "SONIS ID", "Contacts", "Proposed", "Message"),
            (
                (
                    row.pk,
                    row.reason,
                    row.sonis_id,
                    " ".join(row.contact_ids),
                    row.proposed or "",
                    row.message,
                )
                for row in found
            ),
        )


def _document(row: OpenConflict) -> dict[str, object]:
    return {
        "conflict": row.pk,
        "reason": row.reason,
        "sonis_id": row.sonis_id or None,
        "contact_ids": row.contact_ids,
        "proposed": str(row.proposed) if row.proposed else None,
        "message": row.message,
    }


@conflicts.command()
@click.argument("conflict_id", metavar="CONFLICT", type=int, required=False)
@click.argument("action", type=click.Choice(decisions.ACTIONS))
@institution_option
@click.option("--reason", help="Decide every conflict of this reason instead of one.")
@click.option("--contact-id", help="Which contact, where several are offered.")
@click.option("--sonis-id", help="Which person, where the conflict is about several.")
def resolve(
    conflict_id: int | None,
    action: str,
    institution: str | None,
    reason: str | None,
    contact_id: str | None,
    sonis_id: str | None,
) -> None:
    """Decide CONFLICT: link the person and the contact, say that they are not the same, or ignore it."""
    row = institutions.get(institution)
    if (conflict_id is None) == (reason is None):
        raise click.UsageError("Give the number of one conflict, or --reason for all of a reason.")
    chosen = stored.waiting(row, reason=reason) if reason else [stored.find(row, conflict_id or 0)]
    for conflict in chosen:
        decisions.decide(conflict, action, by=user(), contact_id=contact_id, sonis_id=sonis_id)
    click.echo(
        f"Decided {len(chosen)} conflict{'' if len(chosen) == 1 else 's'}: {action}. The next export acts on it."
    )


@click.group()
def prospects() -> None:
    """Web prospects that wait in SONIS."""


@prospects.command("list")
@institution_option
@json_option
def list_prospects(institution: str | None, json_wanted: bool) -> None:
    """The web prospects that nobody converted yet."""
    found = web_prospects.waiting(institutions.get(institution))
    if json_wanted:
        as_json(
            {
                "prospects": [
                    {
                        "prospect": item.row_id,
                        "submitted": item.submitted.isoformat() if item.submitted else None,
                        "program": item.program or None,
                        "contact_id": item.contact_id or None,
                    }
                    for item in found
                ]
            }
        )
    elif not found:
        click.echo("No web prospect waits.")
    else:
        table(
            ("Web prospect", "Name", "E-mail", "Submitted", "Program", "Contact"),
            (
                (
                    item.row_id,
                    f"{item.first_name} {item.last_name}",
                    item.email,
                    item.submitted or "",
                    item.program,
                    item.contact_id,
                )
                for item in found
            ),
        )


@prospects.command()
@click.argument("row_id", metavar="ID", required=False)
@click.option("--all", "everyone", is_flag=True, help="All that wait.")
@institution_option
@json_option
def convert(row_id: str | None, everyone: bool, institution: str | None, json_wanted: bool) -> None:
    """Make people of web prospects: one by its ID, or --all."""
    if (row_id is None) == (not everyone):
        raise click.UsageError("Give the ID of one web prospect, or --all.")
    made = web_prospects.convert(institutions.get(institution), None if everyone else [str(row_id)], by=user())
    if json_wanted:
        as_json({"converted": [{"prospect": item.row_id, "sonis_id": sonis_id} for item, sonis_id in made]})
        return
    for item, sonis_id in made:
        click.echo(f"Web prospect {item.row_id} is {sonis_id} now; the next export writes it to the contact.")
    if not made:
        click.echo("No web prospect waits.")
