"""What commands print: one JSON object on standard output, or plain lines; progress goes to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from sonisbridge.core.wording import lasting
from sonisbridge.store.models import PlanLine, Run
from sonisbridge.store.plans import outcomes
from sonisbridge.sync.estimates import estimate_of

DONE, PROBLEMS, WRONG_USE, COULD_NOT, HELD = 0, 1, 2, 3, 4
"""Exit statuses (rule 16)."""

KINDS = ("created", "updated", "unchanged", "skipped", "conflict", "failed", "held", "not_kept")


def as_json(document: Any) -> None:
    """Print one JSON object."""
    click.echo(json.dumps(document, ensure_ascii=False))


@contextmanager
def progress_bar(*, wanted: bool = True) -> Iterator[Any]:
    """A report for a run: a bar on a terminal, nothing in a pipe."""
    if not (wanted and sys.stderr.isatty()):
        yield lambda _step, _done, _total: None
        return
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task("Starting", total=None)
        yield lambda step, done, total: bar.update(task, description=step, completed=done, total=total)


def run_document(run: Run, *, with_outcomes: bool = False) -> dict[str, Any]:
    """A run as rule 16 writes it."""
    document: dict[str, Any] = {
        "run": run.pk,
        "kind": run.kind,
        "status": run.status,
        "counts": {key: run.counts.get(key, 0) for key in ("read", *KINDS)},
        "drift": run.drift,
        "requests": run.requests,
        "seconds": round(run.seconds, 3),
    }
    if run.preview:
        document["preview"] = True
    if run.status == "held" or _can_be_applied(run):
        about = estimate_of(run)
        document["estimate"] = {"requests": about.requests, "seconds": round(about.seconds, 1)}
    if with_outcomes:
        document["outcomes"] = [outcome_document(line) for line in outcomes(run)]
    return document


def outcome_document(line: PlanLine) -> dict[str, Any]:
    """What became of one person or contact."""
    return {
        "sonis_id": line.sonis_id or None,
        "contact_id": str(line.contact_id) if line.contact_id is not None else None,
        "outcome": line.outcome or line.planned,
        "reason": line.reason or None,
        "message": line.message,
    }


def run_status(run: Run) -> int:
    """The exit status that a run deserves."""
    if run.status == "held":
        return HELD
    if run.status == "succeeded":
        return DONE
    return PROBLEMS


def show_run(run: Run) -> None:
    """A run in a few lines."""
    what = {"outbound": "Export", "inbound": "Import"}[run.kind]
    if run.preview:
        what = f"{what} preview"
    click.echo(
        f"{what}, run {run.pk}: {run.status.replace('_', ' ')} in {run.seconds:.1f} s, {_many(run.requests, 'request')}."
    )
    read = run.counts.get("read", 0)
    who = _many(read, "person", "people") if run.kind == "outbound" else f"{_many(read, 'contact')} without a SONIS ID"
    parts = [f"{run.counts.get(kind, 0):,} {_word(run, kind)}" for kind in KINDS if run.counts.get(kind)]
    click.echo(f"  {who}: {', '.join(parts) or 'nothing to do'}.")
    for text, many in run.warnings.items():
        click.echo(f"  Note ({many:,}): {text}" if many > 1 else f"  Note: {text}")
    if run.drift:
        told = "would be set back to SONIS's" if run.preview or run.status == "held" else "set back to SONIS's"
        click.echo(f"  {_many(run.drift, 'value')} changed in ActiveCampaign, {told}.")
    if run.message:
        click.echo(f"  {run.message}")
    if run.status == "held" or _can_be_applied(run):
        about = estimate_of(run)
        click.echo(f"  Sending takes about {lasting(about.seconds)} and {_many(about.requests, 'request')}.")
    if run.status == "held":
        click.echo(f"  See it: sonisbridge runs show {run.pk} --outcomes. Send it: sonisbridge runs apply {run.pk}.")
    elif _can_be_applied(run):
        click.echo(f"  Send what was shown: sonisbridge runs apply {run.pk}.")


def _can_be_applied(run: Run) -> bool:
    changes = run.counts.get("created", 0) + run.counts.get("updated", 0)
    return bool(run.preview and run.kind == "outbound" and not run.reconcile and changes)


def _many(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def _word(run: Run, kind: str) -> str:
    word = kind.replace("_", " ")
    if run.preview and kind in {"created", "updated"}:
        return f"would be {word}"
    return {"conflict": "in conflict"}.get(word, word)


def table(titles: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Rows under titles: folded to a terminal's width, a line a row in a pipe."""
    cells = [[str(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        grid = Table(*titles, box=None, pad_edge=False, header_style="bold")
        for row in cells:
            grid.add_row(*row)
        Console(highlight=False, markup=False).print(grid)
        return
    every = [list(titles), *cells]
    widths = [max(len(row[place]) for row in every) for place in range(len(every[0]))]
    for row in every:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
