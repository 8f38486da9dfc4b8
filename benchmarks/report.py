"""Writes the figures of benchmarks into docs/performance.md and the chart beside it: python -m benchmarks.report FILES...

FILES are what `benchmarks.flows` and `benchmarks.planning` kept with --json. No figure is typed by hand; a later file takes the
place of an earlier one where both measured the same.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from . import chart, targets

DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
CHART = Path("images/performance.svg")
BEGIN, END = "<!-- figures: written by benchmarks.report -->", "<!-- end of the figures -->"
HEADINGS = (
    "people", "database", "scenario", "seconds", "floor", "ratio", "requests", "for each changed contact", "posts", "polls",
    "pages", "by id", "single", "planned a second", "CPU seconds", "peak MB",
)  # fmt: skip
TERMS = (
    "scan_pages", "look_before_writing", "read_before_update", "posts", "polls", "readback_pages", "singles", "links",
    "requests", "posts_seconds", "requests_seconds",
)  # fmt: skip
PLAN_HEADINGS = ("people", "database", "scenario", "planned a second", "seconds", "CPU seconds", "peak MB")
Json = Any


def main(arguments: Sequence[str] | None = None) -> int:
    """Write both; 2 where a file holds no figures or the document has no place for them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--document", type=Path, default=DOCUMENT, help="the document with both marks")
    options = parser.parse_args(arguments)
    try:
        documents = [json.loads(path.read_text(encoding="utf-8")) for path in options.files]
        text = options.document.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        _old, after = rest.split(END)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"The figures cannot be written: {error}\n")
        return 2
    picture = options.document.parent / CHART
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_text(chart.drawn(chart.bars(documents)), encoding="utf-8")
    written = "\n".join(written_figures(documents))
    options.document.write_text(f"{before}{BEGIN}\n\n{written}\n\n{END}{after}", encoding="utf-8")
    return 0


def written_figures(documents: Sequence[Json]) -> Iterator[str]:
    """The lines between both marks."""
    last = documents[-1]
    machine = last["machine"]
    yield (
        f"Measured on {last['made']} with {machine['cores']} cores, {machine['memory_gb']} GB of memory, "
        f"Python {machine['python']}, {machine['system']}; {_clock(last['time_scale'])}."
    )
    yield f"\n![Contacts an hour]({CHART})\n"
    yield from _speeds(documents)
    runs = _runs(documents)
    yield "\n### Every scenario\n"
    yield from _table(HEADINGS, [_run_cells(run) for run in runs])
    yield "\n### What each floor is made of\n"
    names = [term.replace("_", " ") for term in TERMS]
    yield from _table(("people", "database", "scenario", *names), [_floor_cells(run) for run in runs])
    plans = _runs(documents, "plans")
    if plans:
        yield "\n### Planning alone\n"
        yield from _table(PLAN_HEADINGS, [_plan_cells(plan) for plan in plans])
    yield "\n### Targets\n"
    yield from _targets(documents)
    yield "\n### What always holds\n"
    yield from _rules(runs)


def _clock(scale: float) -> str:
    return "in real time" if scale == 1 else f"with the clock of the limits running {scale:g} times as fast"


def _speeds(documents: Sequence[Json]) -> Iterator[str]:
    rows = [
        [
            bar.label,
            f"{bar.per_hour:,.0f}",
            {"ours": "measured", "measured": "measured beside it"}.get(bar.kind, bar.kind),
        ]
        for bar in reversed(chart.bars(documents))
    ]
    yield from _table(("way", "contacts an hour", "how the figure came about"), rows)


def _runs(documents: Sequence[Json], kind: str = "runs") -> list[Json]:
    found = {
        (run["people"], run["database"], _scenario(run)): run
        for document in documents
        for run in document.get(kind, [])
    }
    sizes = sorted({key[:2] for key in found})
    return [run for size in sizes for key, run in found.items() if key[:2] == size]


def _scenario(run: Json) -> str:
    return targets.described(run["scenario"], run.get("side", ""))


def _run_cells(run: Json) -> list[str]:
    asked = run["asked"]
    each = run["requests_per_changed_contact"]
    return [
        f"{run['people']:,}", run["database"], _scenario(run), f"{run['seconds']:,.1f}", f"{run['floor']['seconds']:,.1f}",
        f"{run['ratio']:.2f}", f"{run['requests']:,}", "" if each is None else f"{each:.4f}", f"{asked['posts']:,}",
        f"{asked['polls']:,}", f"{asked['pages']:,}", f"{asked['by_ids']:,}", f"{asked['singles']:,}",
        f"{run['planned_per_second']:,}", f"{run['cpu_seconds']:,.1f}", f"{run['peak_mb']:,}",
    ]  # fmt: skip


def _plan_cells(plan: Json) -> list[str]:
    return [
        f"{plan['people']:,}", plan["database"], plan["scenario"], f"{plan['planned_per_second']:,}",
        f"{plan['seconds']:,.1f}", f"{plan['cpu_seconds']:,.1f}", f"{plan['peak_mb']:,}",
    ]  # fmt: skip


def _floor_cells(run: Json) -> list[str]:
    terms = [_figure(run["floor"][term]) for term in TERMS]
    return [f"{run['people']:,}", run["database"], _scenario(run), *terms]


def _targets(documents: Sequence[Json]) -> Iterator[str]:
    found: Iterator[Json] = (one.document() for document in documents for one in targets.judged(document))
    judged = {(one["what"], one["scenario"], one["people"], one["database"]): one for one in found}
    rows = [
        [
            one["what"],
            one["scenario"],
            f"{one['people']:,}",
            one["database"],
            _asked(one),
            _figure(one["found"]),
            _met(one),
        ]
        for one in judged.values()
    ]
    if rows:
        yield from _table(("what", "scenario", "people", "database", "asked", "found", ""), rows)
    else:
        yield "None of the sizes that rule 15 speaks of was measured."


def _asked(one: Json) -> str:
    if one["at_most"] is not None:
        return f"at most {_figure(one['at_most'])}"
    return f"at least {_figure(one['at_least'])}"


def _met(one: Json) -> str:
    return "met" if one["met"] else "**missed**"


def _rules(runs: Sequence[Json]) -> Iterator[str]:
    """How often each rule was looked at, and every time that it was broken."""
    looked: dict[str, int] = {}
    broken = []
    for run in runs:
        for check in run["checks"]:
            looked[check["rule"]] = looked.get(check["rule"], 0) + 1
            if not check["held"]:
                broken.append(
                    f"- {check['rule']} broken, {run['scenario']} of {run['people']:,}: {check['what']}: {check['found']}"
                )
    counts = ", ".join(f"{rule} {many} times" for rule, many in sorted(looked.items()))
    yield f"Looked at after each scenario: {counts}. {'Broken:' if broken else 'None was broken.'}"
    if broken:
        yield ""
        yield from broken


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{'---|' * len(headings)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _figure(value: float) -> str:
    return f"{value:,.4g}" if isinstance(value, float) and not value.is_integer() else f"{value:,.0f}"


if __name__ == "__main__":
    sys.exit(main())
