"""`conflicts`: people whose contact is in doubt wait for a user."""

from __future__ import annotations

import click

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.outcome import Reason
from sonisbridge.store import conflicts as stored
from sonisbridge.store import institutions
from sonisbridge.store.models import OpenConflict
from sonisbridge.sync import decisions, merged

from .commands import Family
from .main import user
from .running import institution_option, json_option
from .show import as_json, table

REASONS = click.Choice([str(reason) for reason in Reason])


@click.group(cls=Family)
def conflicts() -> None:
    """Decide about people whose contact is in doubt."""


@conflicts.command("list")
@institution_option
@click.option("--reason", type=REASONS, metavar="REASON", help="Only those with this reason.")
@json_option
def list_conflicts(institution: str | None, reason: str | None, json_wanted: bool) -> None:
    """List the conflicts that wait, grouped by reason."""
    found = stored.waiting(institutions.get(institution), reason=reason or "")
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
@click.argument("conflict_ids", metavar="[CONFLICT]...", type=int, nargs=-1)
@click.argument("action", type=click.Choice(decisions.ACTIONS))
@institution_option
@click.option("--reason", type=REASONS, metavar="REASON", help="Decide every conflict that has this reason.")
@click.option("--contact-id", metavar="ID", help="Which contact, where several are offered.")
@click.option("--sonis-id", metavar="ID", help="Which person, where the conflict names no one or several.")
@json_option
def resolve(
    conflict_ids: tuple[int, ...],
    action: str,
    institution: str | None,
    reason: str | None,
    contact_id: str | None,
    sonis_id: str | None,
    json_wanted: bool,
) -> None:
    """Decide about CONFLICTs: link person and contact, say that they are not the same, or ignore the conflict."""
    row = institutions.get(institution)
    if bool(conflict_ids) == bool(reason):
        raise click.UsageError("Give the numbers of conflicts, or --reason for all of one reason.")
    if reason:
        chosen = stored.waiting(row, reason=reason)
    else:
        chosen = [stored.find(row, number) for number in dict.fromkeys(conflict_ids)]
    if not chosen:
        raise WrongSettingsError(f"No conflict waits with the reason {reason}: `sonisbridge conflicts list` shows all.")
    numbers = [conflict.pk for conflict in chosen]
    decisions.decide_all(chosen, action, by=user(), contact_id=contact_id, sonis_id=sonis_id)
    if json_wanted:
        as_json({"decided": numbers, "action": action})
    else:
        many = f"{len(numbers)} conflict{'' if len(numbers) == 1 else 's'}"
        click.echo(f"Decided {many}: {action}. The next export acts on it.")


@conflicts.command()
@click.argument("conflict_id", metavar="CONFLICT", type=int)
@institution_option
@json_option
def candidates(conflict_id: int, institution: str | None, json_wanted: bool) -> None:
    """List the people whom a CONFLICT's contact may belong to, where its SONIS ID names nobody (merged away, say)."""
    found = merged.candidates(stored.find(institutions.get(institution), conflict_id))
    if json_wanted:
        as_json(
            {"conflict": conflict_id, "candidates": [{"sonis_id": item.sonis_id, "why": item.why} for item in found]}
        )
    elif not found:
        click.echo("Nobody in SONIS shares the contact's name or e-mail.")
    else:
        table(("SONIS ID", "Name", "E-mail", "Why"), ((i.sonis_id, i.name, i.email, i.why) for i in found))
        click.echo(f"Link one with `sonisbridge conflicts resolve {conflict_id} link --sonis-id ID`.")
