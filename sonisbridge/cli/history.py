"""`runs`: what happened, and what waits to be applied."""

from __future__ import annotations

import click

from sonisbridge.store import institutions
from sonisbridge.store import runs as records
from sonisbridge.sync.outbound import apply_stored

from .commands import Family
from .main import user
from .running import finish, institution_option, json_option, notices_after, outcomes_option
from .show import KINDS, as_json, progress_bar, run_document, table


@click.group(cls=Family)
def runs() -> None:
    """See what each run did, apply one that waits, cancel one."""


@runs.command("list")
@institution_option
@click.option(
    "--most",
    default=20,
    show_default=True,
    type=click.IntRange(1),
    help="How many, the newest first.",
)
@json_option
def list_(institution: str | None, most: int, json_wanted: bool) -> None:
    """List the newest runs."""
    records.interrupt_lapsed()
    found = records.latest(institutions.get(institution) if institution else None, most)
    if json_wanted:
        as_json({"runs": [run_document(run) | {"institution": run.institution.name} for run in found]})
        return
    if not found:
        click.echo("No run yet: start with `sonisbridge import` or `sonisbridge export --preview`.")
        return
    rows = [
        (
            run.pk, run.institution.name, "export" if run.kind == records.OUTBOUND else "import",
            run.status.replace("_", " ") + (" (preview)" if run.preview else ""),
            f"{run.started_at:%Y-%m-%d %H:%M}", run.started_by,
            ", ".join(f"{run.counts[kind]:,} {kind.replace('_', ' ')}" for kind in KINDS if run.counts.get(kind)),
        )
        for run in found
    ]  # fmt: skip
    table(("Run", "Institution", "What", "Status", "Started (UTC)", "By", "Outcomes"), rows)


@runs.command()
@click.argument("run_id", metavar="ID", type=int)
@outcomes_option
@json_option
def show(run_id: int, outcomes: bool, json_wanted: bool) -> None:
    """Show run ID; with --outcomes also what became of each person or contact."""
    records.interrupt_lapsed()
    finish(records.find(run_id), outcomes=outcomes, json_wanted=json_wanted)


@runs.command()
@click.argument("run_id", metavar="ID", type=int)
@outcomes_option
@json_option
def apply(run_id: int, outcomes: bool, json_wanted: bool) -> int:
    """Send the plan of run ID as it was shown, held or previewed."""
    records.interrupt_lapsed()
    with notices_after(), progress_bar(wanted=not json_wanted) as report:
        run = apply_stored(records.find(run_id), by=user(), report=report)
    return finish(run, outcomes=outcomes, json_wanted=json_wanted)


@runs.command()
@click.argument("run_id", metavar="ID", type=int)
@json_option
def cancel(run_id: int, json_wanted: bool) -> None:
    """End run ID between two requests, or drop its plan when it waits to be applied."""
    run = records.ask_to_cancel(run_id, by=user())
    if json_wanted:
        as_json(run_document(run))
    elif run.status == "cancelled":
        click.echo(f"Run {run_id}: {run.message}")
    else:
        click.echo(f"Run {run_id} was asked to end: what it has sent stays, the rest is not sent.")
