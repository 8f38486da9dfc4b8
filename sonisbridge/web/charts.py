"""Charts, drawn by the server as SVG: every shape has its numbers in words, and a table stands beside it (rule 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from .templatetags.words import outcome_word

STACKED = ("created", "updated", "not_kept", "failed")
"""The outcomes that a chart of days stacks: what was written, and what went wrong with it."""
WIDTH, HEIGHT = 560, 150
LEFT, RIGHT, TOP, BOTTOM = 44, 16, 16, 20
BAR_WIDTH = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a chart: a day."""

    label: str
    """Under the column; "" leaves it out."""
    title: str
    """The whole of it in words."""
    values: Mapping[str, int] = field(default_factory=dict)
    """Class of a segment to its height, from below."""
    marked: bool = False
    """Something failed there."""


def columns_chart(name: str, title: str, description: str, columns: Sequence[Column]) -> SafeString:
    """Stacked columns. `name` is the chart's id in the page."""
    most = _nice(max((sum(column.values.values()) for column in columns), default=0))
    step = (WIDTH - LEFT - RIGHT) / max(len(columns), 1)
    parts = [_axis(most)]
    parts += [_column(column, LEFT + place * step, step, most) for place, column in enumerate(columns)]
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-words">'
        '<title id="{}-title">{}</title><desc id="{}-words">{}</desc>{}</svg>',
        WIDTH, HEIGHT, name, name, name, title, name, description, SafeString("".join(parts)),
    )  # fmt: skip


def _axis(most: int) -> SafeString:
    lines = []
    for value in (most, most // 2, 0) if most > 1 else (most, 0):
        y = _y(value, most)
        lines.append((LEFT, WIDTH - RIGHT, f"{y:.1f}", f"{y:.1f}", LEFT - 6, f"{y + 4:.1f}", f"{value:,}"))
    return format_html_join(
        "",
        '<line class="axis" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" text-anchor="end">{}</text>',
        lines,
    )


def _column(column: Column, x: float, step: float, most: int) -> SafeString:
    gap = min(step * 0.25, 6)
    parts = []
    below = 0
    for kind, value in column.values.items():
        if value:
            top, bottom = _y(below + value, most), _y(below, most)
            height = max(bottom - top, 1)
            parts.append((kind, f"{x + gap / 2:.1f}", f"{bottom - height:.1f}", f"{step - gap:.1f}", f"{height:.1f}"))
            below += value
    rects = format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', parts)
    middle = f"{x + step / 2:.1f}"
    label = format_html('<text x="{}" y="{}" text-anchor="middle">{}</text>', middle, HEIGHT - 5, column.label)
    mark = format_html('<path class="mark" d="M{} 3l-4 7h8z"/>', middle) if column.marked else ""
    return format_html("<g><title>{}</title>{}{}{}</g>", column.title, rects, mark, label if column.label else "")


def _y(value: int, most: int) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / most) if most else float(HEIGHT - BOTTOM)


def _nice(value: int) -> int:
    """The next number that reads well on an axis: 1, 2, 4, 10, 20, 40, 100..."""
    power = 1
    while True:
        for step in (1, 2, 4):
            if value <= step * power:
                return step * power
        power *= 10


KINDS = ("created", "updated", "unchanged", "skipped", "conflict", "not_kept", "failed", "held")


def totals_bar(counts: Mapping[str, int]) -> SafeString:
    """The totals of a run as one small bar, said in words to those who do not see it."""
    parts = [(kind, counts.get(kind, 0)) for kind in KINDS if counts.get(kind)]
    total = sum(many for _kind, many in parts)
    if not total:
        return SafeString("")
    words = ", ".join(f"{many:,} {outcome_word(kind)}" for kind, many in parts)
    rects = []
    x = 0.0
    for kind, many in parts:
        width = max(BAR_WIDTH * many / total, 2)
        rects.append((kind, f"{x:.1f}", f"{width:.1f}"))
        x += width
    return format_html(
        '<svg class="chart totals" viewBox="0 0 {} 10" width="{}" height="10" preserveAspectRatio="none" role="img" '
        'aria-label="{}"><title>{}</title>{}</svg>',
        f"{x:.1f}", BAR_WIDTH, words, words,
        format_html_join("", '<rect class="{}" x="{}" y="0" width="{}" height="10"/>', rects),
    )  # fmt: skip
