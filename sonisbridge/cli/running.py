"""`export`, `import` and `reconcile`: the runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import click
from django.utils import timezone

from sonisbridge.core.filters import Filters
from sonisbridge.store import institutions, workers
from sonisbridge.store.models import Run
from sonisbridge.sync import notices
from sonisbridge.sync.inbound import import_contacts
from sonisbridge.sync.outbound import Order
from sonisbridge.sync.outbound import export as run_export
from sonisbridge.sync.reconcile import reconcile as run_reconcile

from .commands import Prepared, stop_printing
from .main import user
from .show import as_json, progress_bar, run_document, run_status, show_run

Command = TypeVar("Command", bound=Callable[..., Any])

CODES = {
    "sonis-id": ("ID", "Only these people."),
    "status": ("CODE", "Who hold this module status, such as PS."),
    "campus": ("CODE", "Of this campus."),
    "division": ("CODE", "Of this division."),
    "department": ("CODE", "Of this department."),
    "level": ("CODE", "Of this level."),
    "program": ("CODE", "With this program."),
    "school-year": ("CODE", "With a program in this school year, such as 202728."),
    "semester": ("CODE", "With a program in this semester."),
    "inquiry-type": ("CODE", "With this inquiry type."),
    "agency": ("NAME", "With this agency (the admissions representative)."),
    "refer-by": ("CODE", "With this refer-by code."),
}
"""Each may be repeated: any of the values will do."""
DATES = {
    "received-from": "Received on this day or later.",
    "received-to": "Received on this day or before.",
    "entry-from": "With a program entry date on this day or later.",
    "entry-to": "With a program entry date on this day or before.",
}


class Day(click.ParamType[date]):
    """A day, written YYYY-MM-DD."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day. Fails with a good value for what is none."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            self.fail(f"{value!r} is not a day: write it as YYYY-MM-DD, for example 2026-09-01", param, ctx)


WORKER_IS_UP = timedelta(seconds=20)
"""A worker that was heard of within that time is there."""

institution_option = click.option(
    "--institution", "-i", metavar="NAME", help="Which institution; needed when there are several."
)
json_option = click.option("--json", "json_wanted", is_flag=True, help="One JSON object on standard output.")
outcomes_option = click.option("--outcomes", is_flag=True, help="Also say what became of each, and why.")


def filter_options(command: Command) -> Command:
    """Adds the filters: repeatable, OR within one and AND between."""
    for name, what in reversed(DATES.items()):
        command = click.option(f"--{name}", type=Day(), metavar="YYYY-MM-DD", help=what)(command)
    for name, (metavar, what) in reversed(CODES.items()):
        command = click.option(f"--{name}", multiple=True, metavar=metavar, help=what)(command)
    return command


def filters_from(values: dict[str, Any]) -> Filters:
    """The filters that were given."""
    chosen: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, tuple):
            chosen[name] = tuple(item.strip() for item in value)
        elif value is not None:
            chosen[name] = value
    return Filters(**chosen)


@click.command(cls=Prepared)
@institution_option
@filter_options
@click.option(
    "--preview",
    is_flag=True,
    help="Only show what would be sent; `runs apply` then sends what was shown.",
)
@click.option("--yes", is_flag=True, help="Send at once, without holding the plan.")
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
    """Export SONIS people to ActiveCampaign contacts.

    Filters can be repeated: any value of one filter will do, and every filter must be met. Without filters everybody with
    an exported status is sent.
    """
    if preview and yes:
        raise click.UsageError("--preview writes nothing and --yes writes at once: choose one.")
    order = Order(started_by=user(), filters=filters_from(filters), preview=preview, approved=yes)
    with notices_after(), progress_bar(wanted=not json_wanted) as report:
        run = run_export(institutions.get(institution), order, report)
    return finish(run, outcomes=outcomes, json_wanted=json_wanted)


@click.command("import", cls=Prepared)
@institution_option
@click.option("--preview", is_flag=True, help="Only show what would be imported.")
@outcomes_option
@json_option
def import_(institution: str | None, preview: bool, outcomes: bool, json_wanted: bool) -> int:
    """Import the contacts that SONIS has never seen, as web prospects."""
    with notices_after(), progress_bar(wanted=not json_wanted) as report:
        run = import_contacts(institutions.get(institution), started_by=user(), preview=preview, report=report)
    return finish(run, outcomes=outcomes, json_wanted=json_wanted)


@click.command(cls=Prepared)
@institution_option
@outcomes_option
@json_option
def reconcile(institution: str | None, outcomes: bool, json_wanted: bool) -> int:
    """Read all of both sides and report every difference, writing nothing."""
    with notices_after(), progress_bar(wanted=not json_wanted) as report:
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


@contextmanager
def notices_after() -> Iterator[None]:
    """What the runs inside call for is sent at the end, also when one failed, unless a worker is up that sends it."""
    try:
        yield
    finally:
        seen = workers.last_seen()
        if seen is None or timezone.now() - seen > WORKER_IS_UP:
            notices.tick()


def finish(run: Run, *, outcomes: bool, json_wanted: bool) -> int:
    """Print the run and give its exit status, also when nobody reads on."""
    try:
        if json_wanted:
            as_json(run_document(run, with_outcomes=outcomes))
        else:
            show_run(run)
            if outcomes:
                show_outcomes(run)
    except BrokenPipeError:
        stop_printing()
    return run_status(run)


def show_outcomes(run: Run, kinds: tuple[str, ...] = ()) -> None:
    """A line a person or contact."""
    from sonisbridge.store.plans import outcomes

    for line in outcomes(run, kinds=kinds):
        who = line.sonis_id or f"contact {line.contact_id}"
        click.echo(f"  {who}: {line.outcome or line.planned}: {line.message}")
