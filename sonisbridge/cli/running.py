"""`export`, `import` and `reconcile`: the runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import click

from sonisbridge.core.filters import Filters
from sonisbridge.store import institutions
from sonisbridge.store.models import Run
from sonisbridge.sync.inbound import import_contacts
from sonisbridge.sync.outbound import Order
from sonisbridge.sync.outbound import export as run_export
from sonisbridge.sync.reconcile import reconcile as run_reconcile

from .main import user
from .show import as_json, progress_bar, run_document, run_status, show_run

Command = TypeVar("Command", bound=Callable[..., Any])

CODES = (
    "sonis-id", "status", "campus", "division", "department", "level", "program", "school-year", "semester",
    "inquiry-type", "agency", "refer-by",
)  # fmt: skip
DATES = ("received-from", "received-to", "entry-from", "entry-to")

institution_option = click.option(
    "--institution", "-i", metavar="NAME", help="Which institution, when there are several."
)
json_option = click.option("--json", "json_wanted", is_flag=True, help="One JSON object on standard output.")
outcomes_option = click.option("--outcomes", is_flag=True, help="Also what became of each, and why.")


def filter_options(command: Command) -> Command:
    """Adds the filters: repeatable, OR within one and AND between."""
    for name in reversed(DATES):
        day = click.DateTime(formats=["%Y-%m-%d"])
        command = click.option(f"--{name}", type=day, metavar="YYYY-MM-DD", help="A day.")(command)
    for name in reversed(CODES):
        command = click.option(f"--{name}", multiple=True, metavar="CODE", help="Repeatable: any of them.")(command)
    return command


def filters_from(values: dict[str, Any]) -> Filters:
    """The filters that were given."""
    chosen: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, datetime):
            chosen[name] = date(value.year, value.month, value.day)
        elif isinstance(value, tuple):
            chosen[name] = tuple(item.strip() for item in value)
    return Filters(**chosen)


@click.command()
@institution_option
@filter_options
@click.option(
    "--preview",
    is_flag=True,
    help="Plan and show; write nothing. `runs apply` sends what was shown.",
)
@click.option("--yes", is_flag=True, help="Apply without holding.")
@outcomes_option
@json_option
def export(
    institution: str | None,
    preview: bool,
    yes: bool,
    outcomes: bool,
    json_wanted: bool,
    **filters: Any,
) -> int:
    """Export SONIS people to ActiveCampaign contacts."""
    if preview and yes:
        raise click.UsageError("--preview writes nothing and --yes writes at once: choose one.")
    order = Order(started_by=user(), filters=filters_from(filters), preview=preview, approved=yes)
    with progress_bar(wanted=not json_wanted) as report:
        run = run_export(institutions.get(institution), order, report)
    return finish(run, outcomes=outcomes, json_wanted=json_wanted)


@click.command("import")
@institution_option
@click.option("--preview", is_flag=True, help="Show what would be imported; write nothing.")
@outcomes_option
@json_option
def import_(institution: str | None, preview: bool, outcomes: bool, json_wanted: bool) -> int:
    """Import contacts that SONIS has never seen as web prospects."""
    with progress_bar(wanted=not json_wanted) as report:
        run = import_contacts(institutions.get(institution), started_by=user(), preview=preview, report=report)
    return finish(run, outcomes=outcomes, json_wanted=json_wanted)


@click.command()
@institution_option
@outcomes_option
@json_option
def reconcile(institution: str | None, outcomes: bool, json_wanted: bool) -> int:
    """Read all of both sides and report every difference; write nothing."""
    with progress_bar(wanted=not json_wanted) as report:
        outbound, inbound = run_reconcile(institutions.get(institution), started_by=user(), report=report)
    if json_wanted:
        document = run_document(outbound, with_outcomes=outcomes)
        document["inbound"] = run_document(inbound, with_outcomes=outcomes)
        as_json(document)
    else:
        for run in (outbound, inbound):
            show_run(run)
            if outcomes:
                show_outcomes(run)
    return max(run_status(outbound), run_status(inbound))


def finish(run: Run, *, outcomes: bool, json_wanted: bool) -> int:
    """Print the run and give its exit status."""
    if json_wanted:
        as_json(run_document(run, with_outcomes=outcomes))
    else:
        show_run(run)
        if outcomes:
            show_outcomes(run)
    return run_status(run)


def show_outcomes(run: Run, kinds: tuple[str, ...] = ()) -> None:
    """A line a person or contact."""
    from sonisbridge.store.plans import outcomes

    for line in outcomes(run, kinds=kinds):
        who = line.sonis_id or f"contact {line.contact_id}"
        click.echo(f"  {who}: {line.outcome or line.planned}: {line.message}")
