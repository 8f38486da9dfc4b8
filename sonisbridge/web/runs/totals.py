"""The totals of a run as chips: each says how many, and shows them alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sonisbridge.store import history
from sonisbridge.store.history import Group
from sonisbridge.store.models import Run
from sonisbridge.web.charts import KINDS
from sonisbridge.web.pages import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One outcome of a run."""

    kind: str
    many: int
    planned: bool
    """It would happen."""
    link: str
    """Shows these alone, or everybody again; "" where there is nothing to list."""
    chosen: bool


def chips(request: Request, run: Run, groups: Iterable[Group]) -> list[Chip]:
    """A chip for each outcome that somebody had."""
    totals = total_by_outcome(run, groups)
    chosen = request.GET.get("outcome", "")
    planned = history.waits(run)
    return [
        Chip(
            kind=kind,
            many=totals[kind],
            planned=planned,
            link="" if kind == "unchanged" else _link(request, "" if kind == chosen else kind),
            chosen=kind == chosen,
        )
        for kind in KINDS
        if totals.get(kind)
    ]


def total_by_outcome(run: Run, groups: Iterable[Group]) -> dict[str, int]:
    """Outcome to how many; people without a line are those whose contact agrees."""
    totals: dict[str, int] = {}
    for group in groups:
        totals[group.outcome] = totals.get(group.outcome, 0) + group.many
    listed = sum(totals.values())
    agree = run.counts.get("read", 0) - listed
    if agree > 0:
        totals["unchanged"] = totals.get("unchanged", 0) + agree
    return totals


def _link(request: Request, kind: str) -> str:
    query = request.GET.copy()
    for name in ("outcome", "reason", "page", "as"):
        query.pop(name, None)
    if kind:
        query["outcome"] = kind
    return f"{request.path}?{query.urlencode()}" if query else request.path
