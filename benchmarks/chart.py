"""Contacts an hour, ours beside others, as bars in an SVG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

WIDTH, ROW, TOP, LEFT, BAR = 960, 34, 64, 400, 450
OURS, THEIRS, TOLD = "#1f6feb", "#8b949e", "#c9d1d9"
FIRST = "first export"
TITLE = "Contacts an hour, within the limits of one account"
LEGEND = "blue: sonisbridge; grey: measured beside it; light: published by others, not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One line of the chart."""

    label: str
    per_hour: float
    kind: str
    """ours, measured beside us, or published."""


def bars(documents: Iterable[Mapping[str, Any]]) -> list[Bar]:
    """Ours at each size, the other ways, and what others publish; the slowest first."""
    found: dict[str, Bar] = {}
    for document in documents:
        scaled = "" if document["time_scale"] == 1 else f", clock x {document['time_scale']:g}"
        for run in document["runs"]:
            if run["scenario"] == FIRST and run["changed"] and not run.get("side"):
                label = f"sonisbridge, first export of {run['people']:,} ({run['database']}{scaled})"
                found[label] = Bar(label=label, per_hour=run["changed"] / run["seconds"] * 3600, kind="ours")
        for peer in document["peers"]:
            found[peer["label"]] = Bar(label=peer["label"], per_hour=peer["per_hour"], kind="measured")
        for told in document["published"]:
            per_hour = told["contacts"] / told["seconds"] * 3600
            found[told["label"]] = Bar(label=told["label"], per_hour=per_hour, kind="published")
    return sorted(found.values(), key=lambda bar: bar.per_hour)


def drawn(lines: Sequence[Bar]) -> str:
    """The chart as the text of an SVG file; it is read on a white and on a dark page."""
    height = TOP + ROW * len(lines) + 24
    most = max((bar.per_hour for bar in lines), default=1)
    colours = {"ours": OURS, "measured": THEIRS, "published": TOLD}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title"',
        ' font-family="system-ui, sans-serif" font-size="13">',
        f'<title id="title">{TITLE}</title>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="28" font-size="17" font-weight="600" fill="#1f2328">{TITLE}</text>',
        f'<text x="16" y="48" fill="#57606a">{LEGEND}</text>',
    ]
    for number, bar in enumerate(lines):
        y = TOP + ROW * number
        width = max(BAR * bar.per_hour / most, 1)
        parts += [
            f'<text x="{LEFT - 10}" y="{y + 17}" text-anchor="end" fill="#1f2328">{escape(bar.label)}</text>',
            f'<rect x="{LEFT}" y="{y + 3}" width="{width:.1f}" height="20" rx="2" fill="{colours[bar.kind]}"/>',
            f'<text x="{LEFT + width + 8:.1f}" y="{y + 17}" fill="#1f2328">{bar.per_hour:,.0f}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
